/** Python's exceptions by name, for `test.exception` and `test.raise_exception`. */
import { pyStr } from '../../core/python/print.ts';
import type { Value } from '../../core/value.ts';
import { ArgumentsError, CommandExecutionError, CommandNotFoundError, Exception, InvocationError } from './module.ts';

const BUILT_IN = new Set(
  `Exception ArithmeticError AssertionError AttributeError BufferError EOFError FloatingPointError ImportError IndexError KeyError
  LookupError MemoryError NameError NotImplementedError OSError OverflowError RecursionError ReferenceError RuntimeError StopIteration
  SyntaxError SystemError TimeoutError UnicodeError ValueError ZeroDivisionError FileNotFoundError FileExistsError PermissionError
  ConnectionError BrokenPipeError InterruptedError IsADirectoryError NotADirectoryError`.split(/\s+/),
);

/** False when there is no exception of that name. */
export function raise(name: string, args: readonly Value[]): false {
  const message = args.map((arg) => pyStr(arg)).join(', ');
  switch (name) {
    case 'TypeError':
      throw new ArgumentsError(message);
    case 'salt.exceptions.CommandExecutionError':
      throw new CommandExecutionError(message);
    case 'salt.exceptions.SaltInvocationError':
      throw new InvocationError(message);
    case 'salt.exceptions.CommandNotFoundError':
      throw new CommandNotFoundError(message);
    default:
      if (BUILT_IN.has(name)) throw new Exception(name, message);
      return false;
  }
}
