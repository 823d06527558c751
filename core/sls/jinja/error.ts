/** Errors of templates: Salt's kind of message, the place, and the caller's place behind a macro or an import. */
import { BrineError, type ErrorCode, type Where } from '../../errors.ts';

export function jinjaError(code: Extract<ErrorCode, `jinja.${string}`>, text: string, where: Where, hint?: string): BrineError {
  return new BrineError({ code, text, where, ...(hint !== undefined && { hint }) });
}
