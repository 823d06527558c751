/** Macros: statements under a name, called with arguments. */
import { Tuple, type Value } from '../../value.ts';
import type { Macro, Parameter, Stmt } from './ast.ts';
import type { Budget } from './budget.ts';
import type { Expressions } from './eval-expression.ts';
import { type Frame, joined, type Piece, push, top } from './frame.ts';
import type { Marks } from './marks.ts';
import { asValue, HostDict, hostOwned } from './text.ts';
import { asAny, Callable, OperationError, undefinedValue } from './values.ts';

/** Who writes what stands in a macro. */
export interface Writer {
  readonly expressions: Expressions;
  readonly marks: Marks;
  readonly budget: Budget;
  body(body: readonly Stmt[], frame: Frame, out: Piece[]): void;
}

export function macroOf(stmt: Macro | Extract<Stmt, { k: 'macro' }>, frame: Frame, writer: Writer): Value {
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
      if (given !== undefined) scope.set(parameter.name, writer.marks.held(given));
      else
        scope.set(
          parameter.name,
          parameter.value
            ? writer.expressions.eval(parameter.value, inner)
            : undefinedValue(`parameter '${parameter.name}' was not provided`),
        );
    });
    if (caller) {
      scope.set('caller', rest.get('caller') ?? undefinedValue('No caller defined'));
      rest.delete('caller');
    }
    if (varargs) scope.set('varargs', writer.marks.held(new Tuple(args.slice(parameters.length))));
    else if (args.length > parameters.length)
      throw new OperationError(`macro '${name}' takes not more than ${parameters.length} argument(s)`);
    if (keywords) scope.set('kwargs', writer.marks.held(rest));
    else if (rest.size > 0)
      throw new OperationError(`macro '${name}' takes no keyword argument '${String([...rest.keys()][0])}'`);
    const pieces: Piece[] = [];
    writer.budget.deeper(() => writer.body(body, inner, pieces));
    return asValue(joined(pieces));
  };
  return asAny(new Callable(`Macro '${name}'`, call, new Map(members)));
}
