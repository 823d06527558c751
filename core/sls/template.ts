/** An SLS file before anything is rendered: its pipe, the template in it, its tree, and what it names by a constant. Step 8. */
import { BrineError, type Where } from '../errors.ts';
import { SALT_ROOT } from '../reactor/files.ts';
import type { Settings } from '../settings.ts';
import type { Stmt } from './jinja/ast.ts';
import { DEFAULTS, type LexOptions } from './jinja/lexer.ts';
import { parseTemplate } from './jinja/parser.ts';

export interface Template {
  readonly pipe: readonly string[];
  readonly text: string;
  readonly options: Partial<LexOptions>;
}

/** Throws `sls.renderer`, `sls.empty`. */
export function readTemplate(source: string, file: string, settings: Pick<Settings, 'jinja_env'>): Template {
  if (source !== '' && source.trim() === '')
    throw new BrineError({ code: 'sls.empty', text: 'the file is nothing but white space', where: { file, line: 1, col: 1 } });
  return { pipe: pipeOf(source, file), ...optionsOf(source, settings.jinja_env) };
}

/** A place in a template where another file, filter or test is named. */
export interface Mention {
  readonly kind: 'template' | 'filter' | 'test';
  /** null: computed when the template runs. */
  readonly name: string | null;
  readonly optional: boolean;
  readonly where: Where;
}

/** Every template, filter and test that a file names. Throws what the parser throws, with its place. */
export function mentionsOf({ pipe, text, options }: Template, file: string): readonly Mention[] {
  if (!pipe.includes('jinja')) return [];
  const mentions: Mention[] = [];
  try {
    visit(parseTemplate(text, file, { ...DEFAULTS, ...options }), { mentions, file });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BrineError({ code: 'jinja.budget', text: 'a template is nested too deep', where: { file, line: 1, col: 1 } });
  }
  return mentions;
}

interface Visit {
  readonly mentions: Mention[];
  readonly file: string;
}

const TEMPLATES: ReadonlySet<string> = new Set(['include', 'import', 'from', 'importData', 'extends']);

function visit(node: unknown, found: Visit): void {
  if (typeof node !== 'object' || node === null) return;
  const { k, line, col, name } = node as { k?: string; line?: number; col?: number; name?: unknown };
  const where = { file: found.file, line: line ?? 1, col: col ?? 1 };
  if ((k === 'filter' || k === 'test') && typeof name === 'string')
    found.mentions.push({ kind: k, name, optional: false, where });
  if (k !== undefined && TEMPLATES.has(k)) {
    const { template, ignoreMissing } = node as Extract<Stmt, { k: 'include' }>;
    const constant = template.k === 'const' && typeof template.value === 'string' ? template.value : null;
    found.mentions.push({ kind: 'template', name: constant, optional: ignoreMissing === true, where });
  }
  if (k === 'const') return;
  for (const part of Object.values(node)) visit(part, found);
}

/** The file that a template means by a name: relative to itself, else below `salt://`. */
export function templatePath(name: string, from: string): string {
  const path = name.replace(/^salt:\/\//, '');
  if (!/^\.\.?\//.test(path)) return path.startsWith('/') ? path : SALT_ROOT + path;
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** `#!jinja|yaml` in the first line, which stays where it is: Jinja reads it as text, YAML as a comment. */
function pipeOf(source: string, file: string): readonly string[] {
  const found = /^#!(?!\/)([^\n]*)/.exec(source);
  if (!found) return ['jinja', 'yaml'];
  const pipe = (found[1] as string)
    .trim()
    .replace(/^(\w+)_(\w+)$/, '$2|$1')
    .split('|')
    .map((part) => part.trim().split(/\s/)[0] as string);
  const unknown = pipe.find((part) => !['jinja', 'yaml', 'json'].includes(part));
  const text = unknown === undefined && pipe.at(-1) === 'jinja';
  if (unknown === undefined && !text) return pipe;
  const where: Where = { file, line: 1, col: 1 };
  throw new BrineError({
    code: 'sls.renderer',
    text: text ? 'what comes out of jinja alone is text, no reactions' : `there is no renderer '${unknown}'`,
    where,
    hint: 'write the file in jinja|yaml',
  });
}

/** `#jinja2: {…}` in the first line or right below the renderer's, and `jinja_env` of the settings: options of Jinja's environment. */
function optionsOf(body: string, settings: Readonly<Record<string, unknown>>): { text: string; options: Partial<LexOptions> } {
  const found = /^((?:#![^/\n][^\n]*\n)?)#jinja2:[^\S\n]*(\{[^\n]*\})[^\S\n]*(?:\n|$)/.exec(body);
  let own: Record<string, unknown> = {};
  if (found) {
    try {
      own = JSON.parse(found[2] as string) as Record<string, unknown>;
    } catch {
      return { text: body, options: {} };
    }
  }
  const names = Object.keys(DEFAULTS);
  const options = Object.fromEntries(
    Object.entries({ ...settings, ...own })
      .map(([name, value]) => [name.toLowerCase(), value])
      .filter(([name]) => names.includes(name as string)),
  );
  // The line stays as an empty one, so that later lines keep their numbers.
  return {
    text: found ? `${found[1]}\n${body.slice(found[0].length)}` : body,
    options: options as Partial<LexOptions>,
  };
}
