/** What two texts differ in, line by line, with a few lines around. */
export interface DiffLine {
  readonly kind: 'same' | 'minus' | 'plus' | 'gap';
  readonly text: string;
}

const AROUND = 3;

export function diffLines(wanted: string, found: string): readonly DiffLine[] {
  const [a, b] = [wanted.trimEnd().split('\n'), found.trimEnd().split('\n')];
  const common = commonLengths(a, b);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] as string });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ kind: 'minus', text: a[i] as string });
      i += 1;
    } else {
      lines.push({ kind: 'plus', text: b[j] as string });
      j += 1;
    }
  }
  return cut(lines);
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

/** The longest common subsequence from each pair of lines on. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (table[i] as number[])[j] =
        a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
  return table;
}

function cut(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = lines.map((_line, i) => lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(({ kind }) => kind !== 'same'));
  return lines.flatMap((line, i) => {
    if (near[i]) return [line];
    return near[i + 1] || (i === lines.length - 1 && near.some(Boolean)) ? [{ kind: 'gap' as const, text: '…' }] : [];
  });
}

const SIGNS = { same: ' ', minus: '-', plus: '+', gap: ' ' } as const;

export function formatDiff(lines: readonly DiffLine[]): string {
  return lines.map(({ kind, text }) => `  ${SIGNS[kind]} ${text}`).join('\n');
}
