/** What `brine reactor check` says: a problem, how bad it is, and whom it concerns. */
import type { ErrorCode, Problem, Where } from '../errors.ts';

export interface Finding extends Problem {
  /** An error cannot work; a warning works otherwise than it looks; a note is worth knowing. */
  readonly level: 'error' | 'warning' | 'note';
  readonly where: Where;
  /** Nothing to someone who runs Salt's own master. */
  readonly onlyBrine?: boolean;
}

export type Say = (level: Finding['level'], code: ErrorCode, text: string, where: Where, more?: Partial<Finding>) => void;

export function collect(): { readonly findings: Finding[]; readonly say: Say } {
  const findings: Finding[] = [];
  return {
    findings,
    say: (level, code, text, where, more = {}) => void findings.push({ level, code, text, where, ...more }),
  };
}

/** One of each, by file, line and column. */
export function tidy(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  const place = ({ where }: Finding) => `${where.file}:${where.line}:${where.col}`;
  // Quotes are no remedy where a host's word is the whole command.
  const whole = new Set(findings.filter(({ text }) => text.endsWith('as the command itself')).map(place));
  const once = findings.filter((one) => {
    const key = `${place(one)} ${one.code} ${one.text}`;
    return !(one.code === 'lint.quote' && whole.has(place(one))) && !seen.has(key) && seen.add(key);
  });
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  // Configuration first: its files are named relative to the project.
  const rank = ({ where }: Finding) => `${where.file?.startsWith('/') ? 1 : 0}${where.file ?? ''}`;
  return once.sort(
    (a, b) =>
      compare(rank(a), rank(b)) ||
      (a.where.line ?? 0) - (b.where.line ?? 0) ||
      (a.where.col ?? 0) - (b.where.col ?? 0) ||
      compare(a.code, b.code),
  );
}
