/** `brine events`: the live bus, or one minion's own, in Salt's line format: tag, tab, JSON. */

import { watchMinion } from '../../client/control.ts';
import { matches } from '../../client/events.ts';
import { watchEvents } from '../../client/watch.ts';
import { BrineError } from '../../core/errors.ts';
import { encode } from '../../core/json.ts';
import { dumpJson } from '../../core/python/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';

interface Seen {
  readonly tag: string;
  readonly data: Value;
  readonly signed: boolean;
  /** Of the live bus: what `brine reactor explain --event` takes. */
  readonly uid?: string | null;
}

export const run: Run = async (context, [glob], options) => {
  const limit = countOf(options);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  let seen = 0;
  if (limit === 0) return EXIT.ok;
  for await (const event of source(context, options, { glob: (glob as string | undefined) ?? '*', signal })) {
    if (!matches(event, glob as string | undefined) || !wanted(event.data, options)) continue;
    // Wait for a slow reader: what it has not taken must not pile up here.
    if (!context.stdout.write(`${format(event, options)}\n`)) await drained(context.stdout);
    seen += 1;
    if (seen === limit) stop.abort();
    if (signal.aborted) break;
  }
  return EXIT.ok;
};

async function* source(
  context: CommandContext,
  options: Options,
  watch: { glob: string; signal: AbortSignal },
): AsyncGenerator<Seen> {
  const watching = () => void context.stderr.write('watching\n');
  if (typeof options.minion === 'string') {
    const socket = socketOf(context, options.minion);
    for await (const event of watchMinion(socket, watch.glob, watch.signal, watching)) yield { ...event, signed: true };
    return;
  }
  const { system, operator } = act(context, options);
  yield* watchEvents(system, operator, { ...watch, watching });
}

function format({ tag, data, signed, uid }: Seen, options: Options): string {
  const mark = signed ? '' : '? ';
  if (options.json) return encode(Dict.of({ tag, data, signed, uid: uid ?? null }));
  if (options.pretty) return `${mark}${tag}\t${dumpJson(data, { sortKeys: true, indent: 4, ensureAscii: false })}`;
  return `${mark}${tag}\t${dumpJson(data, { ensureAscii: false })}`;
}

/** `--where data.id=web1`: the value at a dotted path, as text. */
function wanted(data: Value, options: Options): boolean {
  return ((options.where ?? []) as readonly string[]).every((condition) => {
    const at = condition.indexOf('=');
    if (at < 1)
      throw new BrineError({ code: 'usage.argument', text: `--where wants path=value, found ${JSON.stringify(condition)}` });
    const path = condition
      .slice(0, at)
      .replace(/^data\./, '')
      .split('.');
    const found = path.reduce<Value | undefined>((value, key) => (value instanceof Dict ? value.get(key) : undefined), data);
    return found !== undefined && (typeof found === 'string' ? found : encode(found)) === condition.slice(at + 1);
  });
}

function countOf(options: Options): number {
  if (options.count === undefined) return Number.POSITIVE_INFINITY;
  const count = Number(options.count);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new BrineError({ code: 'usage.argument', text: `--count wants a whole number, found ${JSON.stringify(options.count)}` });
}

function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => stream.once('drain', resolve));
}
