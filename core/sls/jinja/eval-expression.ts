/** The meaning of expressions: a walk over a tree with Python's values. */
import { Dict, Tuple, type Value } from '../../value.ts';
import type { Args, Expr } from './ast.ts';
import type { Budget } from './budget.ts';
import type { Environment } from './environment.ts';
import { applyFilter, filterNames } from './filters.ts';
import type { Frame } from './frame.ts';
import { located } from './located.ts';
import type { Marks } from './marks.ts';
import { attribute, item, Slice } from './members.ts';
import { setKey } from './methods.ts';
import { binary, compare, hashableKey, sized, truthy, unary } from './operate.ts';
import { iterate } from './sequences.ts';
import { applyTest } from './tests.ts';
import {
  asValue,
  concat,
  HostDict,
  HostValue,
  hosted,
  hostOwned,
  isTainted,
  isText,
  plain,
  strip,
  Text,
  tainted,
  toText,
} from './text.ts';
import { Lax, Undefined } from './undefined.ts';
import { asAny, Callable, callable, defined, kind, Namespace, OperationError, undefinedValue } from './values.ts';
import { weigh } from './weigh.ts';

export class Expressions {
  readonly #env: Environment;
  readonly #budget: Budget;
  readonly #marks: Marks;
  /** What a block of the template writes. */
  readonly #block: (name: string, frame: Frame) => Value;

  constructor(
    env: Environment,
    { budget, marks }: { budget: Budget; marks: Marks },
    block: (name: string, frame: Frame) => Value,
  ) {
    this.#env = env;
    this.#budget = budget;
    this.#marks = marks;
    this.#block = block;
  }

  truthy(expr: Expr, frame: Frame): boolean {
    return located(expr, frame, () => truthy(this.eval(expr, frame)));
  }

  name(name: string, frame: Frame): Value {
    for (let i = frame.scopes.length - 1; i >= 0; i -= 1) {
      const found = frame.scopes[i]?.get(name);
      if (found !== undefined) return this.#marks.seen(found);
    }
    if (name === 'show_full_context') return callable(name, () => this.#context(frame));
    return name === 'self' ? this.#self(frame) : undefinedValue(`'${name}' is undefined`);
  }

  /** Every name that is known here. */
  #context(frame: Frame): Value {
    const all = new Dict();
    for (const scope of frame.scopes) for (const [name, value] of scope) all.set(name, this.#marks.seen(value));
    return all;
  }

  /** The template itself: its blocks as functions. */
  #self(frame: Frame): Value {
    const self = new Namespace();
    for (const name of frame.blocks.keys()) {
      self.members.set(
        name,
        callable(`block ${name}`, () => this.#block(name, frame)),
      );
    }
    return asAny(self);
  }

  eval(expr: Expr, frame: Frame): Value {
    this.#budget.step();
    const value = this.#value(expr, frame);
    if (!this.#marks.touched && (value as unknown) !== null && isMarked(value)) this.#marks.touched = true;
    return value;
  }

  #value(expr: Expr, frame: Frame): Value {
    switch (expr.k) {
      case 'const':
        return expr.value;
      case 'name':
        return this.name(expr.name, frame);
      case 'list':
        return expr.items.map((one) => this.eval(one, frame));
      case 'tuple':
        return new Tuple(expr.items.map((one) => this.eval(one, frame)));
      case 'dict': {
        const dict = new Dict();
        for (const [key, value] of expr.pairs) setKey(dict, this.eval(key, frame), this.eval(value, frame));
        return dict;
      }
      case 'attr':
        return located(expr, frame, () => this.#marks.seen(attribute(this.eval(expr.of, frame), expr.name)));
      case 'item':
        return located(expr, frame, () => this.#marks.seen(item(this.eval(expr.of, frame), this.eval(expr.key, frame))));
      case 'slice': {
        const part = (one: Expr | null) => (one ? this.eval(one, frame) : null);
        return new Slice(part(expr.from), part(expr.to), part(expr.step)) as unknown as Value;
      }
      case 'call':
        return located(expr, frame, () => {
          const { result, touched } = this.#marks.apart(() => ({
            of: this.eval(expr.of, frame),
            ...this.args(expr.args, frame),
          }));
          const name = expr.of.k === 'attr' ? expr.of.name : '';
          if (touched && CHANGES.has(name)) this.#marks.mark(expr.of, frame);
          weigh(...result.args, ...result.kwargs.values());
          if (!touched || name !== 'format') return this.invoke(result.of, result.args, result.kwargs);
          return this.invoke(result.of, result.args.map(hosted), hosted(result.kwargs) as Dict);
        });
      case 'filter':
        return this.filterChain(expr, null, frame);
      case 'test':
        return located(expr, frame, () => {
          const { args, kwargs } = this.args(expr.args, frame);
          const of = this.eval(expr.of, frame);
          weigh(of, ...args);
          return applyAny(expr.name, of, args, kwargs) !== expr.negated;
        });
      case 'unary':
        return located(expr, frame, () => {
          if (expr.op === 'not') return !truthy(this.eval(expr.of, frame));
          return unary(expr.op, this.eval(expr.of, frame));
        });
      case 'binary':
        return located(expr, frame, () => {
          const left = this.eval(expr.left, frame);
          const { result: right, touched } = this.#marks.apart(() => this.eval(expr.right, frame));
          weigh(left, right);
          return binary(expr.op as '+', left, touched && expr.op === '%' && isText(left) ? hosted(right) : right);
        });
      case 'and': {
        const left = this.eval(expr.left, frame);
        return located(expr, frame, () => truthy(left)) ? this.eval(expr.right, frame) : left;
      }
      case 'or': {
        const left = this.eval(expr.left, frame);
        return located(expr, frame, () => truthy(left)) ? left : this.eval(expr.right, frame);
      }
      case 'compare':
        return located(expr, frame, () => {
          let left = this.eval(expr.first, frame);
          for (const { op, right } of expr.rest) {
            const value = this.eval(right, frame);
            weigh(left, value);
            if (!compare(op, left, value)) return false;
            left = value;
          }
          return true;
        });
      case 'concat':
        return located(expr, frame, () =>
          sized(
            asValue(
              concat(
                expr.items.map((one) => {
                  const { result, touched } = this.#marks.apart(() => defined(this.eval(one, frame)));
                  weigh(result);
                  return toText(touched ? hosted(result) : result);
                }),
              ),
            ),
          ),
        );
      case 'if':
        if (this.truthy(expr.test, frame)) return this.eval(expr.then, frame);
        if (expr.else) return this.eval(expr.else, frame);
        return asAny(
          new Lax(
            `the inline if-expression on line ${expr.line} in '${frame.name}' evaluated to false and no else section was defined.`,
          ),
        );
    }
  }

  filterChain(expr: Expr, start: Value | null, frame: Frame): Value {
    if (expr.k !== 'filter') return this.eval(expr, frame);
    const inner = this.#marks.apart(() =>
      expr.of ? (expr.of.k === 'filter' ? this.filterChain(expr.of, start, frame) : this.eval(expr.of, frame)) : (start as Value),
    );
    const of = inner.result;
    return located(expr, frame, () => {
      this.#budget.step();
      const { result: given, touched: asked } = this.#marks.apart(() => this.args(expr.args, frame));
      const touched = inner.touched || asked;
      if (touched && expr.name.endsWith('_dict_key_value')) this.#marks.mark(expr.of, frame);
      const format = touched && expr.name === 'format';
      const whole = inner.touched && SERIALIZES.has(expr.name);
      const result = applyFilter(expr.name, whole && !isTainted(of) ? asHost(of) : of, {
        args: format ? given.args.map(hosted) : given.args,
        kwargs: format ? (hosted(given.kwargs) as Dict) : given.kwargs,
        env: this.#env,
        call: (callee, given, named) => this.invoke(callee, given, named),
        filter: applyFilter,
        test: applyAny,
      });
      // A text that was made of something else than texts, numbers say.
      const made = touched && typeof result === 'string' && !LOOKS_UP.has(expr.name);
      return made && ![of, ...given.args, ...given.kwargs.values()].every(isText) ? asValue(tainted(result)) : result;
    });
  }

  args({ positional, named, star, starstar }: Args, frame: Frame): { args: Value[]; kwargs: Dict } {
    const args = positional.map((one) => this.eval(one, frame));
    if (star) args.push(...iterate(this.eval(star, frame)));
    const kwargs = new Dict();
    for (const { name, value } of named) kwargs.set(name, this.eval(value, frame));
    if (starstar) {
      const more = this.eval(starstar, frame);
      if (!(more instanceof Dict)) throw new OperationError(`argument after ** must be a mapping, not ${kind(more)}`);
      if (more instanceof HostDict) hostOwned(kwargs);
      for (const [key, value] of more) kwargs.set(strip(key), value);
    }
    return { args, kwargs };
  }

  invoke(callee: Value, args: readonly Value[], kwargs: Dict): Value {
    const any = callee as unknown;
    if (any instanceof Callable) {
      this.#marks.touched ||= any.host;
      this.#budget.step();
      return any.call(args, kwargs);
    }
    defined(callee);
    throw new OperationError(`'${kind(callee)}' object is not callable`);
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

function isMarked(value: Value): boolean {
  return value instanceof HostDict || ((value as unknown) instanceof Text && isTainted(value));
}

/** `is filter` asks for the names of filters, every other test for its own business. */
function applyAny(name: string, value: Value, args: readonly Value[], kwargs: Dict): boolean {
  if (name === 'filter') return hashableKey(value) !== undefined && isText(value) && filterNames().has(plain(value));
  return applyTest(name, value, args, kwargs);
}
