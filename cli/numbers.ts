/** Numbers that were typed behind an option. */
import { BrineError } from '../core/errors.ts';
import type { Options } from './command.ts';

/** A number of seconds, 0 or more; undefined when the option was not given. `name` is the option's property, `flag` its spelling. */
export function secondsOf(options: Options, name: string, flag = name): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new BrineError({ code: 'usage.argument', text: `--${flag} wants a number of seconds, found ${JSON.stringify(text)}` });
}

export function wholeOf(options: Options, name: string, flag = name, least = Number.MIN_SAFE_INTEGER): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  const above = least > Number.MIN_SAFE_INTEGER ? ` of at least ${least}` : '';
  throw new BrineError({ code: 'usage.argument', text: `--${flag} wants a whole number${above}, found ${JSON.stringify(text)}` });
}
