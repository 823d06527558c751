/** The meaning of statements: what they write, and the names that they set. */
import { DictView } from '../../python/view.ts';
import { Dict, Tuple, type Value } from '../../value.ts';
import type { At, Expr, Stmt, Target } from './ast.ts';
import type { Budget } from './budget.ts';
import type { Environment } from './environment.ts';
import { Expressions } from './eval-expression.ts';
import { type Frame, joined, type Piece, push, type Scope, top } from './frame.ts';
import { loadData } from './load.ts';
import { located } from './located.ts';
import { type Changed, loopMembers } from './loop.ts';
import { macroOf, type Writer } from './macro.ts';
import { Marks } from './marks.ts';
import { escapeText } from './operate.ts';
import { printed } from './printed.ts';
import { iterate } from './sequences.ts';
import { asMarkup, asValue, isMarkup, isTainted, isText, plain, type Text, tainted, toText } from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { Callable, callable, kind, Namespace, OperationError, python, undefinedValue } from './values.ts';
import { weigh } from './weigh.ts';

/** What statements ask of other templates. */
export interface Templates {
  readonly globals: Scope;
  load(template: Expr, frame: Frame, at: At): { source: string; path: string };
  parsed(source: string, name: string): readonly Stmt[];
  template(body: readonly Stmt[], frame: Frame, out: Piece[]): void;
  include(stmt: Extract<Stmt, { k: 'include' }>, frame: Frame, out: Piece[]): void;
  module(template: Expr, frame: Frame, how: { at: At; withContext: boolean }): Value;
}

class BreakLoop extends Error {}
class ContinueLoop extends Error {}

export class Statements implements Writer {
  readonly #env: Environment;
  readonly budget: Budget;
  readonly marks = new Marks();
  readonly expressions: Expressions;
  readonly #templates: Templates;

  constructor(env: Environment, budget: Budget, templates: Templates) {
    this.#env = env;
    this.budget = budget;
    this.#templates = templates;
    this.expressions = new Expressions(env, { budget, marks: this.marks }, (name, frame) => this.#written(name, frame));
  }

  /** What a block writes, as a value. */
  #written(name: string, frame: Frame): Value {
    const pieces: Piece[] = [];
    this.budget.deeper(() => this.block(name, 0, frame, pieces));
    return asValue(joined(pieces));
  }

  body(body: readonly Stmt[], frame: Frame, out: Piece[]): void {
    for (const stmt of body) this.#statement(stmt, frame, out);
  }

  #emit(out: Piece[], text: string | Text, line: number): void {
    this.budget.write(plain(text).length);
    out.push({ text, line });
  }

  #statement(stmt: Stmt, frame: Frame, out: Piece[]): void {
    const outer = this.marks.touched;
    this.marks.touched = false;
    located(stmt, frame, () => this.#run(stmt, frame, out));
    // A statement inside of an expression is one of a macro that it calls.
    this.marks.touched ||= outer;
  }

  #run(stmt: Stmt, frame: Frame, out: Piece[]): void {
    if (frame.root?.parent && frame.root.out === out && ['data', 'print', 'block'].includes(stmt.k)) return;
    switch (stmt.k) {
      case 'data':
        return this.#emit(out, stmt.text, stmt.line);
      case 'print': {
        const value = this.expressions.eval(stmt.expr, frame);
        const text = located(stmt.expr, frame, () => this.#printed(value));
        return this.#emit(out, asMarkup(frame.escape && !isMarkup(text) ? escapeText(text) : text, false), stmt.line);
      }
      case 'if': {
        const taken = stmt.branches.findIndex(({ test }) => this.expressions.truthy(test, frame));
        this.#env.branch?.(frame.name, stmt, taken);
        const branch = stmt.branches[taken];
        return this.body(branch ? branch.body : stmt.else, frame, out);
      }
      case 'for':
        return this.#for(stmt, frame, out, 0);
      case 'set':
        return this.#assign(stmt.target, this.expressions.eval(stmt.value, frame), frame);
      case 'setblock': {
        const inner: Piece[] = [];
        this.body(stmt.body, push(frame), inner);
        const text = asValue(joined(inner));
        return this.#assign(stmt.target, stmt.filter ? this.expressions.filterChain(stmt.filter, text, frame) : text, frame);
      }
      case 'with': {
        const inner = push(frame);
        const values = stmt.pairs.map(({ value }) => this.expressions.eval(value, frame));
        stmt.pairs.forEach(({ target }, i) => this.#assign(target, values[i] as Value, inner));
        return this.body(stmt.body, inner, out);
      }
      case 'macro':
        return void top(frame).set(stmt.name, macroOf(stmt, frame, this));
      case 'call': {
        const caller = macroOf(
          { k: 'macro', name: 'caller', parameters: stmt.parameters, body: stmt.body, line: stmt.line, col: stmt.col },
          frame,
          this,
        );
        if (stmt.call.k !== 'call') return;
        const callee = this.expressions.eval(stmt.call.of, frame);
        const { args, kwargs } = this.expressions.args(stmt.call.args, frame);
        return this.#emit(out, toText(this.expressions.invoke(callee, args, kwargs.set('caller', caller))), stmt.line);
      }
      case 'filter': {
        const inner: Piece[] = [];
        this.body(stmt.body, push(frame), inner);
        const value = this.expressions.filterChain(stmt.filter, asValue(joined(inner)), frame);
        if (!isText(value)) throw new OperationError(`sequence item 0: expected str instance, ${kind(value)} found`);
        return this.#emit(out, value, stmt.line);
      }
      case 'do':
        this.expressions.eval(stmt.expr, frame);
        return;
      case 'break':
        throw new BreakLoop();
      case 'continue':
        throw new ContinueLoop();
      case 'include':
        return this.#templates.include(stmt, frame, out);
      case 'import':
        return void top(frame).set(
          stmt.as,
          this.#templates.module(stmt.template, frame, { at: stmt, withContext: stmt.withContext }),
        );
      case 'from': {
        const module = this.#templates.module(stmt.template, frame, {
          at: stmt,
          withContext: stmt.withContext,
        }) as unknown as Namespace;
        for (const { name, as } of stmt.names) {
          const found = module.members.get(name);
          top(frame).set(
            as,
            found ??
              undefinedValue(
                `the template '${plain(toText(this.expressions.eval(stmt.template, frame)))}' (imported on line ${stmt.line} in '${frame.name}') does not export the requested name '${name}'`,
              ),
          );
        }
        return;
      }
      case 'load': {
        const inner: Piece[] = [];
        this.body(stmt.body, push(frame), inner);
        return this.#assign(stmt.target, loadData(joined(inner), stmt.format), frame);
      }
      case 'importData': {
        const { source, path } = this.#templates.load(stmt.template, frame, stmt);
        const inner: Piece[] = [];
        this.#templates.template(
          this.#templates.parsed(source, path),
          {
            name: path,
            scopes: stmt.withContext ? [...frame.scopes, new Map()] : [this.#templates.globals, new Map()],
            blocks: new Map(),
          },
          inner,
        );
        return this.#assign(stmt.target, loadData(joined(inner), stmt.format), frame);
      }
      case 'block':
        return this.block(stmt.name, 0, frame, out);
      case 'extends': {
        const { root } = frame;
        if (!root || root.out !== out) throw new OperationError('cannot use extend from a non top-level scope', 'jinja.syntax');
        if (root.parent) throw new OperationError('extended multiple times', 'jinja.value');
        root.parent = this.#templates.load(stmt.template, frame, stmt);
        return;
      }
      case 'autoescape':
        return this.body(stmt.body, { ...push(frame), escape: this.expressions.truthy(stmt.on, frame) }, out);
    }
  }

  block(name: string, level: number, frame: Frame, out: Piece[]): void {
    const chain = frame.blocks.get(name) ?? [];
    const block = chain[level];
    if (!block) return;
    const inner = push({ ...frame, name: block.name });
    top(inner).set(
      'super',
      callable('super', () => {
        if (!chain[level + 1]) throw new OperationError(`there is no parent block called '${name}'.`, 'jinja.undefined');
        const pieces: Piece[] = [];
        this.block(name, level + 1, frame, pieces);
        return asValue(joined(pieces));
      }),
    );
    this.body(block.body, inner, out);
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
    return isTainted(value) || this.marks.touched ? tainted(text, isPlainValue(value) ? { value } : {}) : text;
  }

  #for(stmt: Extract<Stmt, { k: 'for' }>, frame: Frame, out: Piece[], depth: number, given?: Value): void {
    const source = given ?? this.expressions.eval(stmt.iter, frame);
    let items = [...iterate(source)];
    if (stmt.test) {
      const { test } = stmt;
      items = items.filter((one) => {
        const inner = push(frame);
        this.#assign(stmt.target, one, inner);
        return this.expressions.truthy(test, inner);
      });
    }
    this.#env.branch?.(frame.name, stmt, items.length === 0 ? -1 : 0);
    // A round that `break` or `continue` cut short does not count: then, too, the else part comes (Jinja).
    let whole = false;
    const size = sizeOf(source);
    const changed: Changed = { last: null };
    const touched = this.marks.touched;
    for (let i = 0; i < items.length; i += 1) {
      this.budget.step();
      const inner = push(frame);
      const loop = loopMembers(items, { i, depth, changed });
      const call = (args: readonly Value[]): Value => {
        if (!stmt.recursive) throw new OperationError("The loop must have the 'recursive' marker to be called recursively.");
        const pieces: Piece[] = [];
        this.budget.deeper(() => this.#for(stmt, frame, pieces, depth + 1, args[0] as Value));
        return asValue(joined(pieces));
      };
      this.marks.touched = touched;
      this.#assign(stmt.target, items[i] as Value, inner);
      top(inner).set('loop', new Callable(`LoopContext ${i + 1}/${items.length}`, call, new Map(loop)) as unknown as Value);
      try {
        this.body(stmt.body, inner, out);
        whole = true;
      } catch (error) {
        if (error instanceof BreakLoop) break;
        if (!(error instanceof ContinueLoop)) throw error;
      }
      if (size !== null && sizeOf(source) !== size)
        throw new OperationError('dictionary changed size during iteration', 'jinja.value');
    }
    if (!whole) this.body(stmt.else, push(frame), out);
  }

  #assign(target: Target, value: Value, frame: Frame): void {
    if (target.k === 'name') top(frame).set(target.name, this.marks.held(value));
    else if (target.k === 'attr') {
      const space = this.expressions.name(target.of, frame) as unknown;
      if (!(space instanceof Namespace)) throw new OperationError('cannot assign attribute on non-namespace object');
      space.members.set(target.name, this.marks.held(value));
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
}

/** What may stand in YAML as it is. */
function isPlainValue(value: Value): boolean {
  return value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Tuple || value instanceof Dict;
}

/** Members of a mapping that is gone through, null for everything else. */
function sizeOf(source: Value): number | null {
  const any = source as unknown;
  if (any instanceof DictView) return any.dict.size;
  return source instanceof Dict ? source.size : null;
}
