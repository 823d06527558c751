/** What Python would raise: its type and message. Whoever evaluates an author's expression gives it a place. */
export type PythonErrorType =
  | 'TypeError'
  | 'ValueError'
  | 'KeyError'
  | 'IndexError'
  | 'AttributeError'
  | 'ZeroDivisionError'
  | 'OverflowError'
  | 'MemoryError'
  | 'LookupError'
  | 'UnicodeEncodeError'
  | 'UnicodeDecodeError';

export class PythonError extends Error {
  readonly type: PythonErrorType;

  constructor(type: PythonErrorType, message: string) {
    super(message);
    this.name = 'PythonError';
    this.type = type;
  }
}

export function typeError(message: string): PythonError {
  return new PythonError('TypeError', message);
}

export function valueError(message: string): PythonError {
  return new PythonError('ValueError', message);
}
