/** Text by code points, as Python counts it: an emoji is one character. Offsets in UTF-16 units are called offsets, Python's are indexes. */

const SURROGATE = /[\ud800-\udfff]/;

/** Every UTF-16 unit is a character of its own. */
export function isSimple(text: string): boolean {
  return !SURROGATE.test(text);
}

/** `len(text)`. */
export function lengthOf(text: string): number {
  if (isSimple(text)) return text.length;
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

export function charsOf(text: string): string[] {
  return isSimple(text) ? text.split('') : [...text];
}

/** Index → offset; past the end is the end. */
export function offsetOf(text: string, index: number): number {
  if (index <= 0) return 0;
  if (isSimple(text)) return Math.min(index, text.length);
  let offset = 0;
  for (const char of text) {
    if (index === 0) break;
    index -= 1;
    offset += char.length;
  }
  return offset;
}

/** Offset → index. */
export function indexOf(text: string, offset: number): number {
  return isSimple(text) ? offset : lengthOf(text.slice(0, offset));
}

/** Python's order of texts: by code point, where JavaScript's is by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === length) return a.length < b.length ? -1 : 1;
  const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
  const [xPair, yPair] = [isPairHalf(a, at), isPairHalf(b, at)];
  if (xPair !== yPair) return xPair ? 1 : -1;
  return x < y ? -1 : 1;
}

/** Half of a surrogate pair: its character lies above every character of one unit. */
function isPairHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code >= 0xd800 && code < 0xdc00) return (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
  return code >= 0xdc00 && code < 0xe000 && at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
