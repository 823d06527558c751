/** What was typed after a function's name → its arguments, as Salt's own command line reads them. */
import { type ParsedArgs, parseArgs } from '../core/args.ts';
import type { Options } from './command.ts';

export function argumentsOf(words: unknown, options: Options): ParsedArgs {
  const noParse = typeof options.noParse === 'string' ? options.noParse.split(',') : [];
  return parseArgs((words ?? []) as readonly string[], { noParse });
}
