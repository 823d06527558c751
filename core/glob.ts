/** Python's fnmatch.fnmatchcase, exactly: `*` crosses everything, `?` is one character, `[…]` and `[!…]`, no escapes (salt-semantics 1.3). */

export type GlobToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [from: number, to: number])[] };

/** `literal`: ranges of UTF-16 units in which no character means anything but itself (what a host wrote). */
export function parseGlob(glob: string, literal: readonly (readonly [number, number])[] = []): readonly GlobToken[] {
  const tokens: GlobToken[] = [];
  const text = (char: string) => {
    const last = tokens.at(-1);
    if (last?.kind === 'text') tokens[tokens.length - 1] = { kind: 'text', text: last.text + char };
    else tokens.push({ kind: 'text', text: char });
  };
  const isLiteral = (at: number) => literal.some(([from, to]) => at >= from && at < to);
  for (let i = 0; i < glob.length; ) {
    const char = String.fromCodePoint(glob.codePointAt(i) as number);
    const set = char === '[' && !isLiteral(i) ? parseSet(glob, i) : null;
    if (isLiteral(i)) text(char);
    else if (char === '*') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' });
    } else if (char === '?') tokens.push({ kind: 'one' });
    else if (set) tokens.push(set.token);
    else text(char);
    i = set ? set.end : i + char.length;
  }
  return tokens;
}

/** A set from its `[`; null when it is not closed, which makes the bracket a plain character. */
function parseSet(glob: string, start: number): { token: GlobToken; end: number } | null {
  let from = start + 1;
  const negated = glob[from] === '!';
  if (negated) from += 1;
  const close = glob.indexOf(']', glob[from] === ']' ? from + 1 : from);
  if (close < 0) return null;
  const chars = [...glob.slice(from, close)].map((char) => char.codePointAt(0) as number);
  const ranges: [number, number][] = [];
  for (let i = 0; i < chars.length; i += 1) {
    const [first, dash, last] = [chars[i] as number, chars[i + 1], chars[i + 2]];
    if (dash === 45 && last !== undefined) {
      if (first <= last) ranges.push([first, last]);
      i += 2;
    } else ranges.push([first, first]);
  }
  return { token: { kind: 'set', negated, ranges }, end: close + 1 };
}

/** The same with one token a character, as `matchSteps` wants it. */
export function stepsOf(tokens: readonly GlobToken[]): readonly GlobToken[] {
  return tokens.flatMap((token): GlobToken[] =>
    token.kind === 'text' ? [...token.text].map((text) => ({ kind: 'text', text })) : [token],
  );
}

/** Does the whole text match? Linear in the text for each star. */
export function matchSteps(steps: readonly GlobToken[], chars: readonly string[]): boolean {
  let [s, c, star, mark] = [0, 0, -1, 0];
  while (c < chars.length) {
    const step = steps[s];
    if (step?.kind === 'any') {
      star = s++;
      mark = c;
    } else if (step && isOne(step, chars[c] as string)) {
      s += 1;
      c += 1;
    } else if (star >= 0) {
      s = star + 1;
      mark += 1;
      c = mark;
    } else return false;
  }
  while (steps[s]?.kind === 'any') s += 1;
  return s === steps.length;
}

function isOne(step: GlobToken, char: string): boolean {
  if (step.kind === 'one') return true;
  if (step.kind === 'text') return step.text === char;
  if (step.kind !== 'set') return false;
  const code = char.codePointAt(0) as number;
  return step.ranges.some(([from, to]) => code >= from && code <= to) !== step.negated;
}

/** fnmatch.fnmatchcase(text, glob). */
export function matchGlob(text: string, glob: string, literal: readonly (readonly [number, number])[] = []): boolean {
  return matchSteps(stepsOf(parseGlob(glob, literal)), [...text]);
}

/** Does the glob have any meaning beyond its characters? */
export function isGlob(glob: string): boolean {
  return parseGlob(glob).some((token) => token.kind !== 'text');
}

/** What every match begins with: the characters before the first that means something else. */
export function literalPrefix(glob: string): string {
  const first = parseGlob(glob)[0];
  return first?.kind === 'text' ? first.text : '';
}
