/** What was typed after a function's name → its arguments, as Salt's own command line reads them; `a.b,c.d` calls several at once. */
import { type ParsedArgs, parseArgs, saltArgs } from '../core/args.ts';
import { BrineError } from '../core/errors.ts';
import { Dict, type Value } from '../core/value.ts';
import type { Options } from './command.ts';

export interface TypedCall {
  /** Several with commas between. */
  readonly fun: string;
  /** Of several functions a list for each, its keywords in the last member with `__kwarg__`. */
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
}

export function callOf(fun: string, words: unknown, options: Options): TypedCall {
  if (!fun.includes(',')) {
    const { args, kwargs } = argumentsOf(words, options);
    return { fun, arg: args, kwarg: kwargs };
  }
  const funs = fun.split(',').map((name) => name.trim());
  const separator = typeof options.argsSeparator === 'string' ? options.argsSeparator : ',';
  const groups = groupsOf((words ?? []) as readonly string[], separator, funs.length);
  if (groups.length !== funs.length)
    throw new BrineError({
      code: 'usage.argument',
      text:
        groups.length < funs.length
          ? 'Cannot execute compound command without defining all arguments.'
          : 'Cannot execute compound command with more arguments than commands.',
      hint: `a lone ${separator} stands between the arguments of one function and the next: ${funs.join(',')} ${separator} …`,
    });
  return {
    fun: funs.join(','),
    arg: groups.map((group) => {
      const { args, kwargs } = argumentsOf(group, options);
      return saltArgs(args, kwargs);
    }),
    kwarg: new Dict(),
  };
}

/** A lone separator between the groups; where these are not enough, also one inside of words. */
function groupsOf(words: readonly string[], separator: string, count: number): string[][] {
  const groups: string[][] = [[]];
  const alone = words.filter((word) => word === separator).length === count - 1;
  for (const word of words) {
    const parts = alone ? (word === separator ? ['', ''] : [word]) : word.split(separator);
    for (const [i, part] of parts.entries()) {
      if (i > 0) groups.push([]);
      if (part !== '' || (alone && word !== separator)) groups.at(-1)?.push(part);
    }
  }
  return groups;
}

export function argumentsOf(words: unknown, options: Options): ParsedArgs {
  const noParse = typeof options.parse === 'string' ? options.parse.split(',') : []; // commander's name for --no-parse
  return parseArgs((words ?? []) as readonly string[], { noParse });
}
