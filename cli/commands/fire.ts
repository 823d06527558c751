/** `brine fire`: an event from a person, flat as `salt-run event.send` makes it. */
import { expectOk } from '../../client/run-job.ts';
import { parseArgs } from '../../core/args.ts';
import { BrineError } from '../../core/errors.ts';
import { parseTag } from '../../core/tag.ts';
import { Dict } from '../../core/value.ts';
import { act } from '../acting.ts';
import { EXIT, type Run } from '../command.ts';

export const run: Run = async (context, [tag, data], options) => {
  const kwarg = dataOf(data as string | undefined);
  const { operator, request } = act(context, options);
  const answer = expectOk(await operator.call({ action: 'fire', request, tag: parseTag(tag), kwarg }, context.signal));
  if (options.verbose) context.stderr.write(`${answer.text}, as ${String(answer.more.get('uid'))}\n`);
  return EXIT.ok;
};

/** Flat data is a mapping; nothing at all is an empty one. */
export function dataOf(text: string | undefined): Dict {
  if (text === undefined) return new Dict();
  const value = parseArgs([text], { noParse: [] }).args[0];
  if (value instanceof Dict) return value;
  throw new BrineError({
    code: 'usage.argument',
    text: `the data of an event is a mapping, found ${JSON.stringify(text)}`,
    hint: "in quotes, with a space after each colon: '{id: mysql1}'",
  });
}
