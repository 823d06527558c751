/** Whether what is worked out looked at anything of a host: a mark that goes with values that cannot carry one of their own. */
import type { Value } from '../../value.ts';
import type { Expr } from './ast.ts';
import type { Frame } from './frame.ts';
import { HostDict, HostValue, isText } from './text.ts';
import { Undefined } from './undefined.ts';

export class Marks {
  /** Did the expression under way look at anything of a host? */
  touched = false;

  /** What a variable is to hold: with the mark that its value does not carry itself. */
  held(value: Value): Value {
    const any = value as unknown;
    const marked = isText(value) || any instanceof HostDict || any instanceof HostValue || any instanceof Undefined;
    return this.touched && !marked ? (new HostValue(value) as unknown as Value) : value;
  }

  /** What a variable or a member gives. */
  seen(value: Value): Value {
    const any = value as unknown;
    if (!(any instanceof HostValue)) return value;
    this.touched = true;
    return any.value;
  }

  /** What stands behind a call that changes it in place (`l.append(data.n)`) holds something of a host from now on. */
  mark(expr: Expr | null, frame: Frame): void {
    let root = expr;
    while (root && root.k !== 'name') root = 'of' in root ? root.of : null;
    if (!root) return;
    const { name } = root;
    const scope = frame.scopes.findLast((one) => one.has(name));
    const value = scope?.get(name);
    if (scope && value !== undefined) scope.set(name, this.held(value));
  }

  /** Runs with a fresh mark; true: it touched something of a host. */
  apart<T>(run: () => T): { result: T; touched: boolean } {
    const outer = this.touched;
    this.touched = false;
    const result = run();
    const touched = this.touched;
    this.touched ||= outer;
    return { result, touched };
  }
}
