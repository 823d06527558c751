/** The text of a file that a person wrote. One that is no UTF-8 would lose letters without a word. */
import { readFileSync } from 'node:fs';
import { BrineError } from '../core/errors.ts';
import { utf8 } from '../core/json.ts';

/** Throws `json.encoding` with the line; `file` is how the place is told. */
export function readUtf8(path: string, file: string): string {
  const bytes = readFileSync(path);
  try {
    return utf8(bytes);
  } catch (cause) {
    let [line, from] = [1, 0];
    for (let to = bytes.indexOf(10); to >= 0 && isUtf8(bytes.subarray(from, to)); to = bytes.indexOf(10, from)) {
      line += 1;
      from = to + 1;
    }
    throw new BrineError(
      { code: 'json.encoding', where: { file, line }, text: 'expected UTF-8, found other bytes', hint: 'save the file as UTF-8' },
      { cause },
    );
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    return utf8(bytes) !== null;
  } catch {
    return false;
  }
}
