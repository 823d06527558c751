/** Where an agent's control socket lies: one for each state directory. names.md. */
import { sha256 } from '@noble/hashes/sha2.js';

/** `<runtime dir>/brine-<16 hex of sha256(data dir)>.sock`; a path of a socket is at most about 100 bytes. */
export function controlPath(dataDir: string, env: Readonly<Record<string, string | undefined>>): string {
  const hex = [...sha256(new TextEncoder().encode(dataDir))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${env.XDG_RUNTIME_DIR ?? '/tmp'}/brine-${hex.slice(0, 16)}.sock`;
}
