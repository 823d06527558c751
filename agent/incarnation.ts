/** Which life of the host's state directory this is. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base32, type Incarnation, parseIncarnation } from '../core/ids.ts';
import type { Random } from '../core/ports.ts';
import { syncDirectory } from './log/file.ts';

/**
 * Made with the state directory; a rebuilt host under an old name is another incarnation. So is one whose log is gone: it would number its events
 * from the beginning again, and the platform would take them for ones that it has seen.
 */
export function loadIncarnation(dataDir: string, random: Random): Incarnation {
  const path = join(dataDir, 'incarnation');
  if (existsSync(path) && existsSync(join(dataDir, 'log', 'log'))) return parseIncarnation(readFileSync(path, 'utf8').trim());
  const fresh = base32(random.bytes(9), 13);
  writeFileSync(`${path}.new`, `${fresh}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncDirectory(dataDir);
  return parseIncarnation(fresh);
}
