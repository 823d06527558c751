/** The relay's CURVE secret in a file, for relays that have to keep the key that minions pinned. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BrineError } from '../core/errors.ts';
import { type CurveKeys, createCurveKeys, curveKeysOf } from '../trust/curve.ts';

/** The pair in this file, made at first (mode 0600); without a file a pair that is gone with the process. Throws `relay.settings`. */
export async function loadRelayKeys(file: string | null): Promise<CurveKeys> {
  if (file === null) return createCurveKeys();
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (kept !== null) {
    const keys = curveKeysOf(kept.trim());
    if (keys) return keys;
    throw new BrineError({
      code: 'relay.settings',
      text: 'expected 40 characters of Z85, found something else',
      where: { file },
      hint: 'name another file with --key; minions that pinned the old key have to join again',
    });
  }
  const keys = createCurveKeys();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${keys.secretKey}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return keys;
}
