/** Wildcards of event patterns: what they match, and the complexity that AWS counts for them (aws-facts 1.3). */
import { BrineError } from '../errors.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Test = (value: unknown) => boolean;

/** The complexity that AWS takes for one rule. */
export const MAX_COMPLEXITY = 10;

/** In AWS's words. */
export function fail(text: string): never {
  throw new BrineError({ code: 'pattern.invalid', text: `Event pattern is not valid. Reason: ${text}` });
}

/** The pieces between a wildcard's stars, escapes resolved. */
function wildcardPieces(wildcard: string): string[] {
  const pieces: string[] = [''];
  for (let i = 0; i < wildcard.length; i += 1) {
    const char = wildcard[i];
    if (char === '\\') {
      const next = wildcard[i + 1];
      if (next !== '*' && next !== '\\') fail(`Invalid escape character at pos ${i}`);
      pieces[pieces.length - 1] += next as string;
      i += 1;
    } else if (char === '*') {
      if (wildcard[i + 1] === '*') fail(`Consecutive wildcard characters at pos ${i}`);
      pieces.push('');
    } else pieces[pieces.length - 1] += char as string;
  }
  return pieces;
}

export function wildcardTest(wildcard: string): Test {
  const pieces = wildcardPieces(wildcard);
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return (found) => found === first;
  return (found) => {
    if (typeof found !== 'string' || found.length < first.length + last.length) return false;
    if (!found.startsWith(first) || !found.endsWith(last)) return false;
    let at = first.length;
    const end = found.length - last.length;
    for (const piece of pieces.slice(1, -1)) {
      const next = found.indexOf(piece, at);
      if (next < 0 || next + piece.length > end) return false;
      at = next + piece.length;
    }
    return at <= end;
  };
}

/**
 * An upper bound of the score that event-ruler computes: for the piece after each star 1 + the longest chain of its self-overlaps (a piece is the
 * first of its own chain; an empty one has none); the last piece ends with a quote byte. Never below the real score on 2,643 random rules (aws-facts 1.3).
 */
export function wildcardComplexity(wildcard: string): number {
  const pieces = wildcardPieces(wildcard).slice(1);
  return pieces.reduce(
    (sum, piece, i) => sum + 1 + (piece === '' ? 0 : borderDepth(i === pieces.length - 1 ? `${piece}"` : piece)),
    0,
  );
}

/** The longest chain of borders (a proper prefix that is also a suffix) over all prefixes of the text's UTF-8 bytes, each counting itself. */
function borderDepth(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const border: number[] = [0];
  const depth: number[] = [0, 1];
  let longest = 1;
  for (let i = 1, k = 0; i < bytes.length; i += 1) {
    while (k > 0 && bytes[i] !== bytes[k]) k = border[k - 1] as number;
    if (bytes[i] === bytes[k]) k += 1;
    border[i] = k;
    depth[i + 1] = k === 0 ? 1 : (depth[k] as number) + 1;
    longest = Math.max(longest, depth[i + 1] as number);
  }
  return longest;
}
