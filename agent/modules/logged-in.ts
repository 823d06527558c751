/** Who is logged in, from the system's record of sessions (utmp(5), the form of 64-bit Linux). */
import { readFileSync } from 'node:fs';
import { Dict } from '../../core/value.ts';
import { commandOf, pids, procText } from './proc.ts';

const RECORD = 384;
const USER_PROCESS = 7;

export function loggedIn(): Dict[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync('/run/utmp');
  } catch {
    return []; // a container keeps none
  }
  const found: Dict[] = [];
  for (let at = 0; at + RECORD <= bytes.length; at += RECORD) {
    const record = bytes.subarray(at, at + RECORD);
    if (record.readInt16LE(0) !== USER_PROCESS) continue;
    const textAt = (from: number, length: number) =>
      record
        .subarray(from, from + length)
        .toString('utf8')
        .split('\0')[0] ?? '';
    const pid = record.readInt32LE(4);
    const login = new Date(record.readInt32LE(340) * 1000);
    found.push(
      Dict.of({
        user: textAt(44, 32),
        tty: textAt(8, 32),
        login: login.toTimeString().slice(0, 5),
        from: textAt(76, 256),
        what: whatOf(pid),
      }),
    );
  }
  return found;
}

/** The youngest child of the session. */
function whatOf(pid: number): string {
  const child = pids()
    .filter((one) => new RegExp(`^PPid:\\s+${pid}$`, 'm').test(procText(`${one}/status`)))
    .at(-1);
  return commandOf(child ?? pid).join(' ');
}
