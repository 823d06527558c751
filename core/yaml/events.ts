/** js-yaml's events for a text, and what it refuses but Salt reads: tabs behind an indicator, quoted and flow lines that stand too far to the left. */
import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { BrineError } from '../errors.ts';
import { hintFor } from './hint.ts';

export interface YamlOptions {
  readonly file?: string | undefined;
  /** The author's own line for a line of this text (through Jinja); from 1. */
  readonly line?: (line: number) => number;
}

/** What was read, line by line the same as the author's text. */
export interface Source {
  readonly text: string;
  /** Columns that were put in at the start of a line (from 0). */
  readonly shifts: ReadonlyMap<number, number>;
}

/** Lines that are read otherwise than they stand, at most. */
const MAX_REPAIRS = 100;

/** Stands for a lone dash in a flow collection, which js-yaml does not read: `[-]`. */
export const DASH = '\ue003';

/** Throws `yaml.syntax`. */
export function readEvents(text: string, options: YamlOptions): Source & { readonly events: Event[] } {
  const shifts = new Map<number, number>();
  let read = rootIndent(text);
  for (let i = 0; ; i += 1) {
    try {
      return { text: read, shifts, events: parseEvents(read, {}) };
    } catch (error) {
      const repaired = i < MAX_REPAIRS && error instanceof YAMLException ? repair(read, error, shifts) : null;
      if (repaired === null) throw syntaxError(error, text, options);
      read = repaired;
    }
  }
}

/** A block that is the whole document: its width counts from the first column, for js-yaml from the one before. */
function rootIndent(text: string): string {
  const header =
    /^(\ufeff?(?:(?:%|#)[^\n]*\n|[ \t\r]*\n)*(?:---(?:[ \t]+|[ \t]*(?:#[^\n]*)?\n))?(?:[&!]\S*[ \t]+)*[|>][-+]?)([1-8])/.exec(
      text,
    );
  if (!header) return text;
  const [all, before = '', width = ''] = header;
  return `${before}${Number(width) + 1}${text.slice(all.length)}`;
}

function repair(text: string, error: YAMLException, shifts: Map<number, number>): string | null {
  const line = error.mark?.line ?? 0;
  const start = startOfLine(text, line);
  if (start === undefined) return null;
  const rest = text.slice(start);
  const spaced = withoutTab(rest);
  if (spaced !== null) return text.slice(0, start) + spaced;
  const at = start + (error.mark?.column ?? 0);
  if (error.reason.startsWith('missed comma') && /^-[,\]}]/.test(text.slice(at)) && !text.includes(DASH))
    return text.slice(0, at) + DASH + text.slice(at + 1);
  if (error.reason !== 'deficient indentation' || shifts.has(line) || line === 0) return null;
  // Blanks at the start of such a line mean nothing; so many are enough for any place that it can continue.
  const columns =
    1 +
    Math.max(
      ...text
        .slice(0, start)
        .split(/\r\n|\n|\r/)
        .map((above) => above.search(/[^ ?-]|$/)),
    );
  shifts.set(line, columns);
  return text.slice(0, start) + ' '.repeat(columns) + rest;
}

function startOfLine(text: string, line: number): number | undefined {
  if (line === 0) return 0;
  const end = [...text.matchAll(/\r\n|\n|\r/g)][line - 1];
  return end && end.index + end[0].length;
}

/** With spaces for the first tabs of a line, where they stand behind a colon; null where they do not. */
function withoutTab(rest: string): string | null {
  const end = rest.search(/[\n\r]|$/);
  const tab = rest.slice(0, end).indexOf('\t');
  if (tab < 0) return null;
  const before = rest.slice(0, tab);
  const quotes = (sign: string) => before.split(sign).length % 2 === 1;
  if (!before.trimEnd().endsWith(':') || before.includes('#') || !quotes("'") || !quotes('"')) return null;
  let after = tab;
  while (rest[after] === '\t' || rest[after] === ' ') after += 1;
  return before + ' '.repeat(after - tab) + rest.slice(after);
}

function syntaxError(error: unknown, text: string, options: YamlOptions): BrineError {
  if (!(error instanceof YAMLException)) {
    return new BrineError(
      { code: 'yaml.syntax', text: 'the text is not YAML', where: { ...(options.file && { file: options.file }), line: 1 } },
      { cause: error },
    );
  }
  const mark = error.mark as { line: number; column: number } | undefined;
  const line = (mark?.line ?? 0) + 1;
  const { found, hint } = hintFor(text, line, error.reason ?? '');
  const where = {
    ...(options.file !== undefined && { file: options.file }),
    line: options.line?.(line) ?? line,
    col: (mark?.column ?? 0) + 1,
  };
  return new BrineError({ code: 'yaml.syntax', text: found, where, hint }, { cause: error });
}
