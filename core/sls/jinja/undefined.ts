/** What templates ask for and is not there. */
import type { ErrorCode } from '../../errors.ts';
import type { Printable } from '../../python/print.ts';

/** What is not there; every use of it but a few is an error. */
export class Undefined implements Printable {
  readonly message: string;
  readonly code: Extract<ErrorCode, `jinja.${string}`>;
  constructor(message: string, code: Extract<ErrorCode, `jinja.${string}`> = 'jinja.undefined') {
    this.message = message;
    this.code = code;
  }
  repr(): string {
    return 'Undefined';
  }
}

/** What an inline `if` without `else` leaves: nothing is there, and its text is empty, as Jinja's own Undefined. */
export class Lax extends Undefined {}
