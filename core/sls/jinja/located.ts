/** Errors with their places. */
import { BrineError } from '../../errors.ts';
import type { At } from './ast.ts';
import type { Frame } from './frame.ts';
import { operationError } from './values.ts';

/** Gives an error its place; inside a macro or an import the caller's place is added. */
export function located<T>(at: At, frame: Pick<Frame, 'name'>, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const own = operationError(error);
    if (own) throw new BrineError({ code: own.code, text: own.message, where: { file: frame.name, line: at.line, col: at.col } });
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
