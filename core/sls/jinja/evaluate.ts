/** The meaning of a template: a walk over its tree with Python's values, a step budget and no way out. Steps 8 of the way of an event. */
import { BrineError } from '../../errors.ts';
import type { Value } from '../../value.ts';
import type { At, Expr, Stmt } from './ast.ts';
import { Budget } from './budget.ts';
import { checkNames } from './check-names.ts';
import type { Environment } from './environment.ts';
import { Statements, type Templates } from './eval-statement.ts';
import { type Frame, type Piece, push, type Root, type Scope } from './frame.ts';
import { createGlobals } from './globals.ts';
import { DEFAULTS, type LexOptions } from './lexer.ts';
import { parseTemplate } from './parser.ts';
import { iterate } from './sequences.ts';
import { isTainted, isText, plain } from './text.ts';
import { Namespace, OperationError } from './values.ts';

const parsed = new Map<string, readonly Stmt[]>();

function parseCached(source: string, name: string, options: LexOptions): readonly Stmt[] {
  const key = `${name}\u0000${JSON.stringify(options)}\u0000${source}`;
  const known = parsed.get(key);
  if (known) return known;
  const tree = parseTemplate(source, name, options);
  checkNames(tree, name);
  if (parsed.size > 500) parsed.clear();
  parsed.set(key, tree);
  return tree;
}

export class Evaluator implements Templates {
  readonly #env: Environment;
  readonly #options: LexOptions;
  readonly #budget = new Budget();
  readonly #statements: Statements;
  readonly globals: Scope;

  constructor(env: Environment, context: Readonly<Record<string, Value>>) {
    this.#env = env;
    this.#options = { ...DEFAULTS, ...env.options };
    this.globals = new Map([...createGlobals(env), ...Object.entries(env.globals ?? {}), ...Object.entries(context)]);
    this.#statements = new Statements(env, this.#budget, this);
  }

  /** A template, then what it extends; what is written before `extends` stays. */
  template(body: readonly Stmt[], frame: Frame, out: Piece[]): void {
    this.#collectBlocks(body, frame);
    const root: Root = { out, parent: null };
    this.#statements.body(body, { ...frame, root }, out);
    if (!root.parent) return;
    const { source, path } = root.parent;
    this.#budget.deeper(() =>
      this.template(this.parsed(source, path), { ...frame, name: path, scopes: [...frame.scopes, new Map()] }, out),
    );
  }

  parsed(source: string, name: string): readonly Stmt[] {
    return parseCached(source, name, this.#options);
  }

  #collectBlocks(body: readonly Stmt[], frame: Frame): void {
    for (const stmt of body) {
      if (stmt.k === 'block') {
        frame.blocks.set(stmt.name, [...(frame.blocks.get(stmt.name) ?? []), { body: stmt.body, name: frame.name }]);
        this.#collectBlocks(stmt.body, frame);
      } else if (stmt.k === 'if')
        for (const part of [...stmt.branches.map((branch) => branch.body), stmt.else]) this.#collectBlocks(part, frame);
      else if ('body' in stmt && stmt.k !== 'macro') this.#collectBlocks(stmt.body, frame);
    }
  }

  load(template: Expr, frame: Frame, at: At): { source: string; path: string } {
    const value = this.#statements.expressions.eval(template, frame);
    const names = isText(value) ? [value] : iterate(value);
    const wanted = names.map((one) => {
      if (isTainted(one))
        throw new BrineError({
          code: 'reactor.tainted',
          text: 'what a host wrote is the path of a template',
          where: { file: frame.name, ...at },
        });
      return resolvePath(plain(one as never), frame.name);
    });
    for (const path of wanted) {
      const source = this.#env.load(path);
      if (source !== undefined) return { source, path };
    }
    const asked = names.map((one) => `'${plain(one as never)}'`).join(', ');
    throw new OperationError(
      names.length > 1
        ? `none of the templates ${asked} is there`
        : `there is no template ${asked}: it is looked for as ${wanted[0]?.startsWith('/') ? wanted[0] : `salt://${wanted[0]}`}`,
      'jinja.missing',
    );
  }

  include(stmt: Extract<Stmt, { k: 'include' }>, frame: Frame, out: Piece[]): void {
    let found: { source: string; path: string };
    try {
      found = this.load(stmt.template, frame, stmt);
    } catch (error) {
      if (stmt.ignoreMissing && error instanceof OperationError && error.code === 'jinja.missing') return;
      throw error;
    }
    const inner: Frame = stmt.withContext
      ? { ...push(frame), name: found.path, blocks: new Map() }
      : { name: found.path, scopes: [this.globals, new Map()], blocks: new Map() };
    this.#budget.deeper(() => this.template(this.parsed(found.source, found.path), inner, out));
  }

  module(template: Expr, frame: Frame, { at, withContext }: { at: At; withContext: boolean }): Value {
    const { source, path } = this.load(template, frame, at);
    const scope: Scope = new Map();
    const inner: Frame = {
      name: path,
      scopes: withContext ? [...frame.scopes, scope] : [this.globals, scope],
      blocks: new Map(),
    };
    const pieces: Piece[] = [];
    this.#budget.deeper(() => this.template(this.parsed(source, path), inner, pieces));
    const module = new Namespace();
    for (const [name, value] of scope) if (!name.startsWith('_')) module.members.set(name, value);
    return module as unknown as Value;
  }

  // Expressions

  /** Renders a template; the pieces in order. */
  render(source: string, name: string): Piece[] {
    const out: Piece[] = [];
    const frame: Frame = { name, scopes: [this.globals, new Map()], blocks: new Map() };
    try {
      this.template(this.parsed(source, name), frame, out);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new BrineError({
        code: 'jinja.budget',
        text: 'a template is nested too deep',
        where: { file: name, line: 1, col: 1 },
      });
    }
    return out;
  }
}

/** `./x` and `../x` are relative to the template, everything else to the root. */
function resolvePath(path: string, from: string): string {
  if (!path.startsWith('./') && !path.startsWith('../')) return path.replace(/^salt:\/\//, '');
  const parts = from
    .replace(/^\/srv\/salt\//, '')
    .split('/')
    .slice(0, -1);
  for (const step of path.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}
