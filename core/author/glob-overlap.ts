/** Is there a tag that two globs both match? What check knows of loops and of files that one event meets twice rests on it. */
import { type GlobToken, parseGlob, stepsOf } from '../glob.ts';

const parsed = new Map<string, readonly GlobToken[]>();

/** Every entry is held against every tag that something fires: each glob is read once. */
function stepsOfGlob(glob: string): readonly GlobToken[] {
  const known = parsed.get(glob);
  if (known) return known;
  if (parsed.size > 5000) parsed.clear();
  const steps = stepsOf(parseGlob(glob));
  parsed.set(glob, steps);
  return steps;
}

/** Both walk over one imagined tag; a pair of places that was seen is not walked again. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [stepsOfGlob(a), stepsOfGlob(b)];
  const seen = new Set<number>();
  const waiting: [number, number][] = [[0, 0]];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const [i, j] = at;
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (i === left.length && j === right.length) return true;
    const [one, other] = [left[i], right[j]];
    if (one?.kind === 'any') waiting.push([i + 1, j]);
    if (other?.kind === 'any') waiting.push([i, j + 1]);
    if (!one || !other || !shareOne(one, other)) continue;
    waiting.push([one.kind === 'any' ? i : i + 1, other.kind === 'any' ? j : j + 1]);
  }
  return false;
}

/** Is there a character that both take? */
function shareOne(a: GlobToken, b: GlobToken): boolean {
  if (a.kind === 'any' || a.kind === 'one' || b.kind === 'any' || b.kind === 'one') return true;
  if (a.kind === 'text') return takes(b, a.text.codePointAt(0) as number);
  if (b.kind === 'text') return takes(a, b.text.codePointAt(0) as number);
  // Two sets: one of their ends, or a neighbour of one, is in both if anything is.
  const ends = [...a.ranges, ...b.ranges].flatMap(([from, to]) => [from - 1, from, to, to + 1]).filter((code) => code >= 0);
  return [...ends, 0x61, 0xe000].some((code) => takes(a, code) && takes(b, code));
}

function takes(token: GlobToken, code: number): boolean {
  if (token.kind === 'text') return token.text.codePointAt(0) === code;
  if (token.kind !== 'set') return true;
  return token.ranges.some(([from, to]) => code >= from && code <= to) !== token.negated;
}
