/** The meaning of a template: a walk over its tree with Python's values, a step budget and no way out. Steps 8 of the way of an event. */
import { BrineError } from '../../errors.ts';
import { DictView } from '../../python/view.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import type { Args, At, Expr, Macro, Parameter, Stmt, Target } from './ast.ts';
import { checkNames } from './check-names.ts';
import type { Environment } from './environment.ts';
import { applyFilter, filterNames } from './filters.ts';
import { createGlobals } from './globals.ts';
import { DEFAULTS, type LexOptions } from './lexer.ts';
import { loadData } from './load.ts';
import { attribute, item, Slice } from './members.ts';
import { setKey } from './methods.ts';
import { binary, compare, escapeText, hashableKey, iterate, sized, truthy, unary } from './operate.ts';
import { parseTemplate } from './parser.ts';
import { printed } from './printed.ts';
import { applyTest } from './tests.ts';
import {
  asMarkup,
  asValue,
  concat,
  HostDict,
  HostValue,
  hosted,
  hostOwned,
  isMarkup,
  isTainted,
  isText,
  plain,
  strip,
  Text,
  tainted,
  toText,
} from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { asAny, Callable, defined, kind, Namespace, OperationError, operationError, python, undefinedValue } from './values.ts';
import { weigh } from './weigh.ts';

/** Steps and characters that one rendering may take. */
const STEPS = 400_000;
const CHARACTERS = 4_000_000;

/** A piece of output, and the template line that it came from. */
export interface Piece {
  readonly text: string | Text;
  readonly line: number;
}

class BreakLoop extends Error {}
class ContinueLoop extends Error {}

type Scope = Map<string, Value>;

/** The top of a template: from where it extends another one, nothing more is written of it. */
interface Root {
  readonly out: Piece[];
  parent: { readonly source: string; readonly path: string } | null;
}

interface Frame {
  readonly root?: Root;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly blocks: Map<string, { readonly body: readonly Stmt[]; readonly name: string }[]>;
  /** What is printed is escaped, but for markup. */
  readonly escape?: boolean;
}

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

export class Evaluator {
  readonly #env: Environment;
  readonly #options: LexOptions;
  readonly #globals: Scope;
  #steps = 0;
  #characters = 0;
  #depth = 0;
  /** Did the expression under way look at anything of a host? */
  #touched = false;

  constructor(env: Environment, context: Readonly<Record<string, Value>>) {
    this.#env = env;
    this.#options = { ...DEFAULTS, ...env.options };
    this.#globals = new Map([...createGlobals(env), ...Object.entries(env.globals ?? {}), ...Object.entries(context)]);
  }

  /** Renders a template; the pieces in order. */
  render(source: string, name: string): Piece[] {
    const out: Piece[] = [];
    const frame: Frame = { name, scopes: [this.#globals, new Map()], blocks: new Map() };
    try {
      this.#template(this.#parsed(source, name), frame, out);
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

  /** A template, then what it extends; what is written before `extends` stays. */
  #template(body: readonly Stmt[], frame: Frame, out: Piece[]): void {
    this.#collectBlocks(body, frame);
    const root: Root = { out, parent: null };
    this.#body(body, { ...frame, root }, out);
    if (!root.parent) return;
    const { source, path } = root.parent;
    this.#deeper(() =>
      this.#template(this.#parsed(source, path), { ...frame, name: path, scopes: [...frame.scopes, new Map()] }, out),
    );
  }

  #parsed(source: string, name: string): readonly Stmt[] {
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

  #body(body: readonly Stmt[], frame: Frame, out: Piece[]): void {
    for (const stmt of body) this.#statement(stmt, frame, out);
  }

  #emit(out: Piece[], text: string | Text, line: number): void {
    this.#characters += plain(text).length;
    if (this.#characters > CHARACTERS)
      throw new BrineError({ code: 'jinja.budget', text: `more than ${CHARACTERS} characters of output` });
    out.push({ text, line });
  }

  #statement(stmt: Stmt, frame: Frame, out: Piece[]): void {
    const outer = this.#touched;
    this.#touched = false;
    this.#located(stmt, frame, () => this.#run(stmt, frame, out));
    // A statement inside of an expression is one of a macro that it calls.
    this.#touched ||= outer;
  }

  /** What a variable is to hold: with the mark that its value does not carry itself. */
  #held(value: Value): Value {
    const any = value as unknown;
    const marked = isText(value) || any instanceof HostDict || any instanceof HostValue || any instanceof Undefined;
    return this.#touched && !marked ? (new HostValue(value) as unknown as Value) : value;
  }

  /** What a variable or a member gives. */
  #seen(value: Value): Value {
    const any = value as unknown;
    if (!(any instanceof HostValue)) return value;
    this.#touched = true;
    return any.value;
  }

  /** What stands behind a call that changes it in place (`l.append(data.n)`) holds something of a host from now on. */
  #mark(expr: Expr | null, frame: Frame): void {
    let root = expr;
    while (root && root.k !== 'name') root = 'of' in root ? root.of : null;
    if (!root) return;
    const { name } = root;
    const scope = frame.scopes.findLast((one) => one.has(name));
    const value = scope?.get(name);
    if (scope && value !== undefined) scope.set(name, this.#held(value));
  }

  /** Runs with a fresh mark; true: it touched something of a host. */
  #apart<T>(run: () => T): { result: T; touched: boolean } {
    const outer = this.#touched;
    this.#touched = false;
    const result = run();
    const touched = this.#touched;
    this.#touched ||= outer;
    return { result, touched };
  }

  #run(stmt: Stmt, frame: Frame, out: Piece[]): void {
    if (frame.root?.parent && frame.root.out === out && ['data', 'print', 'block'].includes(stmt.k)) return;
    switch (stmt.k) {
      case 'data':
        return this.#emit(out, stmt.text, stmt.line);
      case 'print': {
        const value = this.#eval(stmt.expr, frame);
        const text = this.#located(stmt.expr, frame, () => this.#printed(value));
        return this.#emit(out, asMarkup(frame.escape && !isMarkup(text) ? escapeText(text) : text, false), stmt.line);
      }
      case 'if': {
        const taken = stmt.branches.findIndex(({ test }) => this.#truthy(test, frame));
        this.#env.branch?.(frame.name, stmt.line, taken);
        const branch = stmt.branches[taken];
        return this.#body(branch ? branch.body : stmt.else, frame, out);
      }
      case 'for':
        return this.#for(stmt, frame, out, 0);
      case 'set':
        return this.#assign(stmt.target, this.#eval(stmt.value, frame), frame);
      case 'setblock': {
        const inner: Piece[] = [];
        this.#body(stmt.body, push(frame), inner);
        const text = asValue(joined(inner));
        return this.#assign(stmt.target, stmt.filter ? this.#filterChain(stmt.filter, text, frame) : text, frame);
      }
      case 'with': {
        const inner = push(frame);
        const values = stmt.pairs.map(({ value }) => this.#eval(value, frame));
        stmt.pairs.forEach(({ target }, i) => this.#assign(target, values[i] as Value, inner));
        return this.#body(stmt.body, inner, out);
      }
      case 'macro':
        return void top(frame).set(stmt.name, this.#macro(stmt, frame));
      case 'call': {
        const caller = this.#macro(
          { k: 'macro', name: 'caller', parameters: stmt.parameters, body: stmt.body, line: stmt.line, col: stmt.col },
          frame,
        );
        if (stmt.call.k !== 'call') return;
        const callee = this.#eval(stmt.call.of, frame);
        const { args, kwargs } = this.#args(stmt.call.args, frame);
        return this.#emit(out, toText(this.#invoke(callee, args, kwargs.set('caller', caller))), stmt.line);
      }
      case 'filter': {
        const inner: Piece[] = [];
        this.#body(stmt.body, push(frame), inner);
        const value = this.#filterChain(stmt.filter, asValue(joined(inner)), frame);
        if (!isText(value)) throw new OperationError(`sequence item 0: expected str instance, ${kind(value)} found`);
        return this.#emit(out, value, stmt.line);
      }
      case 'do':
        this.#eval(stmt.expr, frame);
        return;
      case 'break':
        throw new BreakLoop();
      case 'continue':
        throw new ContinueLoop();
      case 'include':
        return this.#include(stmt, frame, out);
      case 'import':
        return void top(frame).set(stmt.as, this.#module(stmt.template, frame, { at: stmt, withContext: stmt.withContext }));
      case 'from': {
        const module = this.#module(stmt.template, frame, { at: stmt, withContext: stmt.withContext }) as unknown as Namespace;
        for (const { name, as } of stmt.names) {
          const found = module.members.get(name);
          top(frame).set(
            as,
            found ??
              undefinedValue(
                `the template '${plain(toText(this.#eval(stmt.template, frame)))}' (imported on line ${stmt.line} in '${frame.name}') does not export the requested name '${name}'`,
              ),
          );
        }
        return;
      }
      case 'load': {
        const inner: Piece[] = [];
        this.#body(stmt.body, push(frame), inner);
        return this.#assign(stmt.target, loadData(joined(inner), stmt.format), frame);
      }
      case 'importData': {
        const { source, path } = this.#load(stmt.template, frame, stmt);
        const inner: Piece[] = [];
        this.#template(
          this.#parsed(source, path),
          { name: path, scopes: stmt.withContext ? [...frame.scopes, new Map()] : [this.#globals, new Map()], blocks: new Map() },
          inner,
        );
        return this.#assign(stmt.target, loadData(joined(inner), stmt.format), frame);
      }
      case 'block':
        return this.#block(stmt.name, 0, frame, out);
      case 'extends': {
        const { root } = frame;
        if (!root || root.out !== out) throw new OperationError('cannot use extend from a non top-level scope', 'jinja.syntax');
        if (root.parent) throw new OperationError('extended multiple times', 'jinja.value');
        root.parent = this.#load(stmt.template, frame, stmt);
        return;
      }
      case 'autoescape':
        return this.#body(stmt.body, { ...push(frame), escape: this.#truthy(stmt.on, frame) }, out);
    }
  }

  #block(name: string, level: number, frame: Frame, out: Piece[]): void {
    const chain = frame.blocks.get(name) ?? [];
    const block = chain[level];
    if (!block) return;
    const inner = push({ ...frame, name: block.name });
    top(inner).set(
      'super',
      callable('super', () => {
        if (!chain[level + 1]) throw new OperationError(`there is no parent block called '${name}'.`, 'jinja.undefined');
        const pieces: Piece[] = [];
        this.#block(name, level + 1, frame, pieces);
        return asValue(joined(pieces));
      }),
    );
    this.#body(block.body, inner, out);
  }

  /** What `{{ … }}` writes: text with its taint; a host's null stays null. */
  #printed(value: Value): string | Text {
    const any = value as unknown;
    if (any instanceof Undefined) {
      if (this.#env.allowUndefined || any instanceof Lax) return '';
      throw new OperationError(any.message, any.code);
    }
    if (isText(value)) return value;
    weigh(value);
    const text = python(() => printed(value));
    return isTainted(value) || this.#touched ? tainted(text, isPlainValue(value) ? { value } : {}) : text;
  }

  #for(stmt: Extract<Stmt, { k: 'for' }>, frame: Frame, out: Piece[], depth: number, given?: Value): void {
    const source = given ?? this.#eval(stmt.iter, frame);
    let items = [...iterate(source)];
    if (stmt.test) {
      const { test } = stmt;
      items = items.filter((one) => {
        const inner = push(frame);
        this.#assign(stmt.target, one, inner);
        return this.#truthy(test, inner);
      });
    }
    this.#env.branch?.(frame.name, stmt.line, items.length === 0 ? -1 : 0);
    // A round that `break` or `continue` cut short does not count: then, too, the else part comes (Jinja).
    let whole = false;
    const size = sizeOf(source);
    let changed: Value[] | null = null;
    const touched = this.#touched;
    for (let i = 0; i < items.length; i += 1) {
      this.#step();
      const inner = push(frame);
      const loop: [string, Value][] = [
        ['index', BigInt(i + 1)],
        ['index0', BigInt(i)],
        ['revindex', BigInt(items.length - i)],
        ['revindex0', BigInt(items.length - i - 1)],
        ['first', i === 0],
        ['last', i === items.length - 1],
        ['length', BigInt(items.length)],
        ['depth', BigInt(depth + 1)],
        ['depth0', BigInt(depth)],
        ['previtem', i > 0 ? (items[i - 1] as Value) : undefinedValue('there is no previous item')],
        ['nextitem', i < items.length - 1 ? (items[i + 1] as Value) : undefinedValue('there is no next item')],
        [
          'cycle',
          callable('cycle', (args) => {
            if (args.length === 0) throw new OperationError('no items for cycling given');
            return args[i % args.length] as Value;
          }),
        ],
        [
          'changed',
          callable('changed', (args) => {
            const same = changed !== null && compare('==', changed, [...args]);
            changed = [...args];
            return !same;
          }),
        ],
      ];
      const call = (args: readonly Value[]): Value => {
        if (!stmt.recursive) throw new OperationError("The loop must have the 'recursive' marker to be called recursively.");
        const pieces: Piece[] = [];
        this.#deeper(() => this.#for(stmt, frame, pieces, depth + 1, args[0] as Value));
        return asValue(joined(pieces));
      };
      this.#touched = touched;
      this.#assign(stmt.target, items[i] as Value, inner);
      top(inner).set('loop', new Callable(`LoopContext ${i + 1}/${items.length}`, call, new Map(loop)) as unknown as Value);
      try {
        this.#body(stmt.body, inner, out);
        whole = true;
      } catch (error) {
        if (error instanceof BreakLoop) break;
        if (!(error instanceof ContinueLoop)) throw error;
      }
      if (size !== null && sizeOf(source) !== size)
        throw new OperationError('dictionary changed size during iteration', 'jinja.value');
    }
    if (!whole) this.#body(stmt.else, push(frame), out);
  }

  #assign(target: Target, value: Value, frame: Frame): void {
    if (target.k === 'name') top(frame).set(target.name, this.#held(value));
    else if (target.k === 'attr') {
      const space = this.#name(target.of, frame) as unknown;
      if (!(space instanceof Namespace)) throw new OperationError('cannot assign attribute on non-namespace object');
      space.members.set(target.name, this.#held(value));
    } else {
      const items = iterate(value);
      if (items.length < target.items.length)
        throw new OperationError(
          `not enough values to unpack (expected ${target.items.length}, got ${items.length})`,
          'jinja.value',
        );
      if (items.length > target.items.length)
        throw new OperationError(`too many values to unpack (expected ${target.items.length})`, 'jinja.value');
      target.items.forEach((inner, i) => this.#assign(inner, items[i] as Value, frame));
    }
  }

  #macro(stmt: Macro | Extract<Stmt, { k: 'macro' }>, frame: Frame): Value {
    const { parameters, body, name } = stmt;
    const uses = JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    const [varargs, keywords, caller] = ['varargs', 'kwargs', 'caller'].map((word) => uses.includes(`"name":"${word}"`)) as [
      boolean,
      boolean,
      boolean,
    ];
    const members: [string, Value][] = [
      ['name', name],
      ['arguments', new Tuple(parameters.map((parameter) => parameter.name))],
      ['catch_varargs', varargs],
      ['catch_kwargs', keywords],
      ['caller', caller],
    ];
    const call: Callable['call'] = (args, kwargs) => {
      const inner = push(frame);
      const scope = top(inner);
      const rest = kwargs.copy();
      if (kwargs instanceof HostDict) hostOwned(rest);
      parameters.forEach((parameter: Parameter, i) => {
        const given = i < args.length ? args[i] : rest.get(parameter.name);
        if (i >= args.length) rest.delete(parameter.name);
        else if (rest.has(parameter.name))
          throw new OperationError(`macro '${name}' got multiple values for argument '${parameter.name}'`);
        if (given !== undefined) scope.set(parameter.name, this.#held(given));
        else
          scope.set(
            parameter.name,
            parameter.value
              ? this.#eval(parameter.value, inner)
              : undefinedValue(`parameter '${parameter.name}' was not provided`),
          );
      });
      if (caller) {
        scope.set('caller', rest.get('caller') ?? undefinedValue('No caller defined'));
        rest.delete('caller');
      }
      if (varargs) scope.set('varargs', this.#held(new Tuple(args.slice(parameters.length))));
      else if (args.length > parameters.length)
        throw new OperationError(`macro '${name}' takes not more than ${parameters.length} argument(s)`);
      if (keywords) scope.set('kwargs', this.#held(rest));
      else if (rest.size > 0)
        throw new OperationError(`macro '${name}' takes no keyword argument '${String([...rest.keys()][0])}'`);
      const pieces: Piece[] = [];
      this.#deeper(() => this.#body(body, inner, pieces));
      return asValue(joined(pieces));
    };
    return asAny(new Callable(`Macro '${name}'`, call, new Map(members)));
  }

  #deeper(run: () => void): void {
    this.#depth += 1;
    if (this.#depth > 60) throw new OperationError('maximum recursion depth exceeded', 'jinja.budget');
    try {
      run();
    } finally {
      this.#depth -= 1;
    }
  }

  #load(template: Expr, frame: Frame, at: At): { source: string; path: string } {
    const value = this.#eval(template, frame);
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
    throw new OperationError(
      `${names.length > 1 ? `none of the templates given were found: ${names.map((one) => plain(one as never)).join(', ')}` : plain(names[0] as never)}`,
      'jinja.missing',
    );
  }

  #include(stmt: Extract<Stmt, { k: 'include' }>, frame: Frame, out: Piece[]): void {
    let found: { source: string; path: string };
    try {
      found = this.#load(stmt.template, frame, stmt);
    } catch (error) {
      if (stmt.ignoreMissing && error instanceof OperationError && error.code === 'jinja.missing') return;
      throw error;
    }
    const inner: Frame = stmt.withContext
      ? { ...push(frame), name: found.path, blocks: new Map() }
      : { name: found.path, scopes: [this.#globals, new Map()], blocks: new Map() };
    this.#deeper(() => this.#template(this.#parsed(found.source, found.path), inner, out));
  }

  #module(template: Expr, frame: Frame, { at, withContext }: { at: At; withContext: boolean }): Value {
    const { source, path } = this.#load(template, frame, at);
    const scope: Scope = new Map();
    const inner: Frame = {
      name: path,
      scopes: withContext ? [...frame.scopes, scope] : [this.#globals, scope],
      blocks: new Map(),
    };
    const pieces: Piece[] = [];
    this.#deeper(() => this.#template(this.#parsed(source, path), inner, pieces));
    const module = new Namespace();
    for (const [name, value] of scope) if (!name.startsWith('_')) module.members.set(name, value);
    return module as unknown as Value;
  }

  // Expressions

  #step(): void {
    this.#steps += 1;
    if (this.#steps > STEPS) throw new OperationError(`more than ${STEPS} steps`, 'jinja.budget');
  }

  #truthy(expr: Expr, frame: Frame): boolean {
    return this.#located(expr, frame, () => truthy(this.#eval(expr, frame)));
  }

  #name(name: string, frame: Frame): Value {
    for (let i = frame.scopes.length - 1; i >= 0; i -= 1) {
      const found = frame.scopes[i]?.get(name);
      if (found !== undefined) return this.#seen(found);
    }
    if (name === 'show_full_context') return callable(name, () => this.#context(frame));
    return name === 'self' ? this.#self(frame) : undefinedValue(`'${name}' is undefined`);
  }

  /** Every name that is known here. */
  #context(frame: Frame): Value {
    const all = new Dict();
    for (const scope of frame.scopes) for (const [name, value] of scope) all.set(name, this.#seen(value));
    return all;
  }

  /** The template itself: its blocks as functions. */
  #self(frame: Frame): Value {
    const self = new Namespace();
    for (const name of frame.blocks.keys()) {
      const block = () => {
        const pieces: Piece[] = [];
        this.#deeper(() => this.#block(name, 0, frame, pieces));
        return asValue(joined(pieces));
      };
      self.members.set(name, callable(`block ${name}`, block));
    }
    return asAny(self);
  }

  #eval(expr: Expr, frame: Frame): Value {
    this.#step();
    const value = this.#value(expr, frame);
    if (!this.#touched && (value as unknown) !== null && isMarked(value)) this.#touched = true;
    return value;
  }

  #value(expr: Expr, frame: Frame): Value {
    switch (expr.k) {
      case 'const':
        return expr.value;
      case 'name':
        return this.#name(expr.name, frame);
      case 'list':
        return expr.items.map((one) => this.#eval(one, frame));
      case 'tuple':
        return new Tuple(expr.items.map((one) => this.#eval(one, frame)));
      case 'dict': {
        const dict = new Dict();
        for (const [key, value] of expr.pairs) setKey(dict, this.#eval(key, frame), this.#eval(value, frame));
        return dict;
      }
      case 'attr':
        return this.#located(expr, frame, () => this.#seen(attribute(this.#eval(expr.of, frame), expr.name)));
      case 'item':
        return this.#located(expr, frame, () => this.#seen(item(this.#eval(expr.of, frame), this.#eval(expr.key, frame))));
      case 'slice': {
        const part = (one: Expr | null) => (one ? this.#eval(one, frame) : null);
        return new Slice(part(expr.from), part(expr.to), part(expr.step)) as unknown as Value;
      }
      case 'call':
        return this.#located(expr, frame, () => {
          const { result, touched } = this.#apart(() => ({ of: this.#eval(expr.of, frame), ...this.#args(expr.args, frame) }));
          const name = expr.of.k === 'attr' ? expr.of.name : '';
          if (touched && CHANGES.has(name)) this.#mark(expr.of, frame);
          weigh(...result.args, ...result.kwargs.values());
          if (!touched || name !== 'format') return this.#invoke(result.of, result.args, result.kwargs);
          return this.#invoke(result.of, result.args.map(hosted), hosted(result.kwargs) as Dict);
        });
      case 'filter':
        return this.#filterChain(expr, null, frame);
      case 'test':
        return this.#located(expr, frame, () => {
          const { args, kwargs } = this.#args(expr.args, frame);
          const of = this.#eval(expr.of, frame);
          weigh(of, ...args);
          return applyAny(expr.name, of, args, kwargs) !== expr.negated;
        });
      case 'unary':
        return this.#located(expr, frame, () => {
          if (expr.op === 'not') return !truthy(this.#eval(expr.of, frame));
          return unary(expr.op, this.#eval(expr.of, frame));
        });
      case 'binary':
        return this.#located(expr, frame, () => {
          const left = this.#eval(expr.left, frame);
          const { result: right, touched } = this.#apart(() => this.#eval(expr.right, frame));
          weigh(left, right);
          return binary(expr.op as '+', left, touched && expr.op === '%' && isText(left) ? hosted(right) : right);
        });
      case 'and': {
        const left = this.#eval(expr.left, frame);
        return this.#located(expr, frame, () => truthy(left)) ? this.#eval(expr.right, frame) : left;
      }
      case 'or': {
        const left = this.#eval(expr.left, frame);
        return this.#located(expr, frame, () => truthy(left)) ? left : this.#eval(expr.right, frame);
      }
      case 'compare':
        return this.#located(expr, frame, () => {
          let left = this.#eval(expr.first, frame);
          for (const { op, right } of expr.rest) {
            const value = this.#eval(right, frame);
            weigh(left, value);
            if (!compare(op, left, value)) return false;
            left = value;
          }
          return true;
        });
      case 'concat':
        return this.#located(expr, frame, () =>
          sized(
            asValue(
              concat(
                expr.items.map((one) => {
                  const { result, touched } = this.#apart(() => defined(this.#eval(one, frame)));
                  weigh(result);
                  return toText(touched ? hosted(result) : result);
                }),
              ),
            ),
          ),
        );
      case 'if':
        if (this.#truthy(expr.test, frame)) return this.#eval(expr.then, frame);
        if (expr.else) return this.#eval(expr.else, frame);
        return asAny(
          new Lax(
            `the inline if-expression on line ${expr.line} in '${frame.name}' evaluated to false and no else section was defined.`,
          ),
        );
    }
  }

  #filterChain(expr: Expr, start: Value | null, frame: Frame): Value {
    if (expr.k !== 'filter') return this.#eval(expr, frame);
    const inner = this.#apart(() =>
      expr.of
        ? expr.of.k === 'filter'
          ? this.#filterChain(expr.of, start, frame)
          : this.#eval(expr.of, frame)
        : (start as Value),
    );
    const of = inner.result;
    return this.#located(expr, frame, () => {
      this.#step();
      const { result: given, touched: asked } = this.#apart(() => this.#args(expr.args, frame));
      const touched = inner.touched || asked;
      if (touched && expr.name.endsWith('_dict_key_value')) this.#mark(expr.of, frame);
      const format = touched && expr.name === 'format';
      const whole = inner.touched && SERIALIZES.has(expr.name);
      const result = applyFilter(expr.name, whole && !isTainted(of) ? asHost(of) : of, {
        args: format ? given.args.map(hosted) : given.args,
        kwargs: format ? (hosted(given.kwargs) as Dict) : given.kwargs,
        env: this.#env,
        call: (callee, given, named) => this.#invoke(callee, given, named),
        filter: applyFilter,
        test: applyAny,
      });
      // A text that was made of something else than texts, numbers say.
      const made = touched && typeof result === 'string' && !LOOKS_UP.has(expr.name);
      return made && ![of, ...given.args, ...given.kwargs.values()].every(isText) ? asValue(tainted(result)) : result;
    });
  }

  #args({ positional, named, star, starstar }: Args, frame: Frame): { args: Value[]; kwargs: Dict } {
    const args = positional.map((one) => this.#eval(one, frame));
    if (star) args.push(...iterate(this.#eval(star, frame)));
    const kwargs = new Dict();
    for (const { name, value } of named) kwargs.set(name, this.#eval(value, frame));
    if (starstar) {
      const more = this.#eval(starstar, frame);
      if (!(more instanceof Dict)) throw new OperationError(`argument after ** must be a mapping, not ${kind(more)}`);
      if (more instanceof HostDict) hostOwned(kwargs);
      for (const [key, value] of more) kwargs.set(strip(key), value);
    }
    return { args, kwargs };
  }

  #invoke(callee: Value, args: readonly Value[], kwargs: Dict): Value {
    const any = callee as unknown;
    if (any instanceof Callable) {
      this.#touched ||= any.host;
      this.#step();
      return any.call(args, kwargs);
    }
    defined(callee);
    throw new OperationError(`'${kind(callee)}' object is not callable`);
  }

  /** Gives an error its place; inside a macro or an import the caller's place is added. */
  #located<T>(at: At, frame: Frame, run: () => T): T {
    try {
      return run();
    } catch (error) {
      const own = operationError(error);
      if (own)
        throw new BrineError({ code: own.code, text: own.message, where: { file: frame.name, line: at.line, col: at.col } });
      if (
        error instanceof BrineError &&
        error.where?.file !== undefined &&
        error.where.file !== frame.name &&
        !error.also?.some((place) => place.file === frame.name)
      ) {
        throw new BrineError({
          code: error.code,
          text: error.text,
          where: error.where,
          hint: error.hint,
          also: [...(error.also ?? []), { file: frame.name, line: at.line, col: at.col }],
        });
      }
      if (error instanceof RangeError)
        throw new BrineError({
          code: 'jinja.budget',
          text: 'a template is nested too deep',
          where: { file: frame.name, line: at.line, col: at.col },
        });
      throw error;
    }
  }
}

/** Methods that change what they are called on. */
const CHANGES: ReadonlySet<string> = new Set(['append', 'extend', 'insert', 'update', 'setdefault']);

/** Filters that write a value down, so that it is put in as the value. */
const SERIALIZES: ReadonlySet<string> = new Set(
  'yaml json tojson python xml yaml_dquote yaml_squote yaml_encode dict_to_sls_yaml_params'.split(' '),
);

/** Filters whose result is a member of what goes in, or was written by the template's author. */
const LOOKS_UP: ReadonlySet<string> = new Set(
  'default d first last random min max attr traverse json_query method_call raw'.split(' '),
);

/** As a whole, so that an empty list counts, too. */
function asHost(value: Value): Value {
  return isText(value) || (value as unknown) instanceof Undefined ? value : (new HostValue(value) as unknown as Value);
}

/** What may stand in YAML as it is. */
function isPlainValue(value: Value): boolean {
  return value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Tuple || value instanceof Dict;
}

function push(frame: Frame): Frame {
  return { ...frame, scopes: [...frame.scopes, new Map()] };
}

function top(frame: Frame): Scope {
  return frame.scopes.at(-1) as Scope;
}

function callable(name: string, call: Callable['call']): Value {
  return new Callable(name, call) as unknown as Value;
}

function isMarked(value: Value): boolean {
  return value instanceof HostDict || ((value as unknown) instanceof Text && isTainted(value));
}

export function joined(pieces: readonly Piece[]): string | Text {
  return concat(pieces.map((piece) => piece.text));
}

/** Members of a mapping that is gone through, null for everything else. */
function sizeOf(source: Value): number | null {
  const any = source as unknown;
  if (any instanceof DictView) return any.dict.size;
  return source instanceof Dict ? source.size : null;
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

/** `is filter` asks for the names of filters, every other test for its own business. */
function applyAny(name: string, value: Value, args: readonly Value[], kwargs: Dict): boolean {
  if (name === 'filter') return hashableKey(value) !== undefined && isText(value) && filterNames().has(plain(value));
  return applyTest(name, value, args, kwargs);
}
