/** Two texts → what changed, in the form of `diff -u` with three lines around. */

const AROUND = 3;
/** Lines of the differing middle; beyond it all of it counts as changed. */
const MOST = 2000;

interface Change {
  readonly from: number;
  readonly fromEnd: number;
  readonly to: number;
  readonly toEnd: number;
}

/** Empty when nothing changed. Lines keep their ends, as in Python's difflib. */
export function unifiedDiff(before: string, after: string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  const groups = grouped(changesOf(a, b));
  if (groups.length === 0) return '';
  return ['--- \n', '+++ \n', ...groups.map((group) => hunk(a, b, group))].join('');
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let [ends, other] = [a.length, b.length];
  while (ends > start && other > start && a[ends - 1] === b[other - 1]) [ends, other] = [ends - 1, other - 1];
  if (start === ends && start === other) return [];
  if (ends - start > MOST || other - start > MOST) return [{ from: start, fromEnd: ends, to: start, toEnd: other }];
  return walk(a.slice(start, ends), b.slice(start, other), start);
}

/** By the longest common subsequence. */
function walk(a: readonly string[], b: readonly string[], offset: number): Change[] {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i * width + j] =
        a[i] === b[j]
          ? (longest[(i + 1) * width + j + 1] as number) + 1
          : Math.max(longest[(i + 1) * width + j] as number, longest[i * width + j + 1] as number);
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [from, to] = [i, j];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) break;
      if (j >= b.length || (i < a.length && (longest[(i + 1) * width + j] as number) >= (longest[i * width + j + 1] as number)))
        i += 1;
      else j += 1;
    }
    if (i > from || j > to) changes.push({ from: from + offset, fromEnd: i + offset, to: to + offset, toEnd: j + offset });
    while (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
  }
  return changes;
}

function grouped(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    if (last && change.from - (last.at(-1) as Change).fromEnd <= AROUND * 2) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

function hunk(a: readonly string[], b: readonly string[], group: readonly Change[]): string {
  const [first, last] = [group[0] as Change, group.at(-1) as Change];
  const [from, to] = [Math.max(0, first.from - AROUND), Math.max(0, first.to - AROUND)];
  const [fromEnd, toEnd] = [Math.min(a.length, last.fromEnd + AROUND), Math.min(b.length, last.toEnd + AROUND)];
  const out = [`@@ -${place(from, fromEnd)} +${place(to, toEnd)} @@\n`];
  let at = from;
  for (const change of group) {
    out.push(...a.slice(at, change.from).map((line) => ` ${line}`));
    out.push(...a.slice(change.from, change.fromEnd).map((line) => `-${line}`));
    out.push(...b.slice(change.to, change.toEnd).map((line) => `+${line}`));
    at = change.fromEnd;
  }
  out.push(...a.slice(at, fromEnd).map((line) => ` ${line}`));
  return out.join('');
}

function place(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${length === 0 ? from : from + 1},${length}`;
}
