/** What is odd about a template before its YAML is looked at: names and functions that are not there, data of another shape, comments that are none. */
import { BrineError, type Where } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { textOf } from '../reactor/files.ts';
import type { Project } from '../reactor/reactions.ts';
import type { Expr, Stmt } from '../sls/jinja/ast.ts';
import { filterNames } from '../sls/jinja/filters.ts';
import { saltFunctions } from '../sls/salt-functions.ts';
import { type Mention, templatePath } from '../sls/template.ts';
import { Dict } from '../value.ts';
import { shownAs, startOf } from './abstract.ts';
import { sayIfSlow } from './check-arguments.ts';
import { deadBranches } from './dead-branches.ts';
import { type EventShape, shapeOfGlob } from './event-shapes.ts';
import type { Say } from './finding.ts';
import { CONTEXT_NAMES } from './frames.ts';
import type { Outline } from './outline.ts';
import { SALT_MODULES } from './salt-modules.ts';
import { walk } from './walk.ts';

export interface TemplateContext {
  readonly project: Project;
  readonly file: string;
  /** Of the entries that name the file. */
  readonly globs: readonly string[];
  readonly say: Say;
}

export function checkTemplate(statements: readonly Stmt[], outline: Outline, context: TemplateContext): void {
  const { file, globs, say } = context;
  const at = ({ line, col }: { line: number; col: number }): Where => ({ file, line, col });
  for (const { line, col, why, hint } of deadBranches(statements, globs))
    say('warning', 'lint.unreachable', `this branch is never taken: ${why}`, at({ line, col }), { hint });
  checkNames(statements, outline, say);
  const shapes = globs.map(shapeOfGlob);
  const shape = shapes.length > 0 && shapes.every((one) => one === shapes[0]) ? shapes[0] : undefined;
  const guarded = guardedNames(statements);
  walk(statements, (node) => {
    if (node.k === 'attr' && 'name' in node && UNSAFE.test(String(node.name)))
      say('error', 'jinja.security', `access to attribute '${String(node.name)}' is unsafe`, at(startOf(node as Expr)));
    if (node.k === 'attr' || node.k === 'item') checkData(node as Expr, { shape, say, at, guarded });
    // `{% call %}` and `{% filter %}` are statements of the same names.
    if (node.k === 'call' && 'args' in node) checkSaltCall(node as Extract<Expr, { k: 'call' }>, context, at);
    if ((node.k === 'filter' || node.k === 'test') && 'args' in node)
      checkPattern(node as Extract<Expr, { k: 'filter' | 'test' }>, say, at);
  });
}

/** What Jinja's sandbox closes; other names with underscores may be keys of data. */
const UNSAFE = /^__(class|mro|subclasses|globals|init|dict|bases?|getattribute|code|builtins|import|module|reduce|func|self)__$/;

/** What is named and is not there. */
export function checkMentions(mentions: readonly Mention[], { project, file, say }: TemplateContext): void {
  for (const { kind, name, optional, where } of mentions) {
    if (name === null || optional) continue;
    if (kind === 'filter' && !filterNames().has(name))
      say('error', 'jinja.missing', `there is no filter '${name}'`, where, { hint: hintFor(name, filterNames()) });
    if (kind === 'template' && textOf(project, templatePath(name, file)) === undefined)
      say('error', 'jinja.missing', `there is no template ${name}`, where, { hint: `make ${templatePath(name, file)}` });
  }
}

function hintFor(name: string, known: Iterable<string>): string | undefined {
  const near = nearest(name, known);
  return near && `did you mean ${near}?`;
}

/** Names that a template asks for before it uses them. */
function guardedNames(statements: readonly Stmt[]): ReadonlySet<string> {
  const names = new Set<string>();
  walk(statements, (node) => {
    const one = node as Expr;
    if (one.k === 'test' && ['defined', 'undefined', 'none', 'mapping', 'string'].includes(one.name)) names.add(shownAs(one.of));
    if (one.k === 'filter' && ['default', 'd'].includes(one.name) && one.of) names.add(shownAs(one.of));
    if (one.k === 'compare' && one.first.k === 'const')
      for (const { right } of one.rest) names.add(`${shownAs(right)}.${String(one.first.value)}`);
  });
  return names;
}

function checkNames(statements: readonly Stmt[], { unknown }: Outline, say: Say): void {
  const guarded = guardedNames(statements);
  for (const { name, where } of unknown) {
    if (guarded.has(name)) continue;
    const special: Readonly<Record<string, string>> = { id: 'data.id', minion: 'data.id', event: 'data', minion_id: 'data.id' };
    const near = special[name] ?? nearest(name, CONTEXT_NAMES);
    say('error', 'jinja.undefined', `'${name}' is undefined: nothing sets it`, where, { hint: near && `did you mean ${near}?` });
  }
}

interface DataContext {
  readonly shape: EventShape | undefined;
  readonly say: Say;
  readonly at: (at: { line: number; col: number }) => Where;
  readonly guarded: ReadonlySet<string>;
}

/** `data.data.x` of an event whose data is flat, `data.name` of one that has no name. */
function checkData(expr: Expr, { shape, say, at, guarded }: DataContext): void {
  const [, name, inner] = /^data\.(\w+)(?:\.(\w+))?$/.exec(shownAs(expr)) ?? [];
  if (!shape || !name || guarded.has(`data.${name}`) || METHODS.has(name)) return;
  if (name === 'data' && shape.tag === 'salt/beacon/*/*')
    return say('warning', 'lint.shape', `the data of ${shape.tag} is flat: there is no data.data`, at(startOf(expr)), {
      hint: 'write data.name, not data.data.name',
    });
  if (name === 'data' && inner && shape.tag === 'salt/minion/*/start')
    return say('warning', 'lint.shape', `data.data of ${shape.tag} is a sentence, and has no ${inner}`, at(startOf(expr)));
  if (!shape.fields || name === '_stamp' || shape.fields.includes(name) || inner) return;
  const hint = nearest(name, shape.fields) ?? (/id$/.test(name) ? 'id' : undefined);
  say('warning', 'lint.shape', `the data of ${shape.tag} has no ${name}`, at(startOf(expr)), {
    hint: hint ? `did you mean data.${hint}?` : `it has ${shape.fields.slice(0, 10).join(', ')}`,
  });
}

const METHODS: ReadonlySet<string> = new Set(['get', 'items', 'keys', 'values', 'update', 'pop', 'copy']);

function checkSaltCall(expr: Extract<Expr, { k: 'call' }>, { project, say }: TemplateContext, at: DataContext['at']): void {
  const [, name] = /^salt(?:\.|\[')([\w.]+?)(?:'\])?$/.exec(shownAs(expr.of)) ?? [];
  if (!name) return;
  if (!name.includes('.')) return;
  try {
    const salt = saltFunctions({ id: null, grains: new Dict(), nodegroups: {} }, project.settings) as Dict;
    if (/^salt\[|^salt\.\w+$/.test(shownAs(expr.of))) salt.get(name);
    else (salt.get(name.split('.')[0] as string) as Dict).get(name.split('.')[1] as string);
  } catch (error) {
    const [module = '', fun = ''] = name.split('.');
    const known = SALT_MODULES.get(module)?.has(fun);
    const text = known
      ? `salt['${name}'] runs on Salt's master; a template of Brine reaches no host and no network`
      : `salt['${name}'] is not there`;
    const own = [...SALT_MODULES].flatMap(([one, list]) => (one === module ? [...list].map((each) => `${one}.${each}`) : []));
    say('error', 'jinja.missing', text, at(startOf(expr)), {
      ...(known
        ? { onlyBrine: true, hint: error instanceof Error ? error.message.replace(/^.*?: /, '') : undefined }
        : { hint: hintFor(name, own) }),
    });
  }
}

const WITH_PATTERN: ReadonlySet<string> = new Set(['regex_match', 'regex_search', 'regex_replace', 'match', 'search']);

function checkPattern(expr: Extract<Expr, { k: 'filter' | 'test' }>, say: Say, at: DataContext['at']): void {
  const [pattern] = expr.args.positional;
  if (WITH_PATTERN.has(expr.name) && pattern?.k === 'const' && typeof pattern.value === 'string')
    sayIfSlow(pattern.value, at(pattern), say);
}

/** `# {{ … }}`: YAML's comment, but Jinja runs it all the same. */
export function checkComments(source: string, { file, say }: TemplateContext): void {
  const bare = source.replace(/\{#[\s\S]*?#\}|\{%-?\s*raw\s*-?%\}[\s\S]*?\{%-?\s*endraw\s*-?%\}/g, (found) =>
    found.replace(/[^\n]/g, ' '),
  );
  bare.split('\n').forEach((line, i) => {
    const found = /^\s*#(?!!|jinja2:).*?\{[{%]/.exec(line);
    if (found)
      say(
        'warning',
        'lint.comment',
        'YAML leaves this comment out, Jinja runs it all the same',
        { file, line: i + 1, col: line.indexOf('#') + 1 },
        { hint: 'write {# … #}' },
      );
  });
}

/** What a parser threw, as a finding. */
export function sayError(error: unknown, file: string, say: Say): void {
  if (!(error instanceof BrineError) || error.family === 'ours') throw error;
  say('error', error.code, error.text, error.where ?? { file }, { hint: error.hint, also: error.also });
}
