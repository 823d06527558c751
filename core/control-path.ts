/** Where control sockets lie: one for each state directory of an agent, one for each address of a relay. names.md. */
import { sha256 } from '@noble/hashes/sha2.js';

type Env = Readonly<Record<string, string | undefined>>;

/** `<runtime dir>/brine-<16 hex of sha256(data dir)>.sock`; a path of a socket is at most about 100 bytes. */
export function controlPath(dataDir: string, env: Env): string {
  return `${runtimeDir(env)}/brine-${hexOf(dataDir)}.sock`;
}

/** `<runtime dir>/brine-relay-<16 hex of sha256(push address)>.sock` */
export function relayControlPath(push: string, env: Env): string {
  return `${runtimeDir(env)}/brine-relay-${hexOf(push)}.sock`;
}

function runtimeDir(env: Env): string {
  return env.XDG_RUNTIME_DIR ?? '/tmp';
}

function hexOf(text: string): string {
  const hex = [...sha256(new TextEncoder().encode(text))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.slice(0, 16);
}
