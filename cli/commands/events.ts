/** `brine events`: the live bus, or one minion's own, in Salt's line format: tag, tab, JSON. */
import { watchMinion } from '../../client/control.ts';
import { matches } from '../../client/events.ts';
import { pastEvents } from '../../client/past-events.ts';
import { watchEvents } from '../../client/watch.ts';
import { BrineError } from '../../core/errors.ts';
import { encode } from '../../core/json.ts';
import { dumpJson } from '../../core/python/json.ts';
import { matchPath } from '../../core/target/path.ts';
import { Dict, type Value } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { socketOf } from '../minion-socket.ts';
import { harmless } from '../output/outputter.ts';
import { parseSince } from '../since.ts';

interface Seen {
  readonly tag: string;
  readonly data: Value;
  readonly signed: boolean;
  /** Of the live bus: what `brine reactor explain --event` takes. */
  readonly uid?: string | null;
}

export const run: Run = async (context, [glob], options) => {
  const limit = countOf(options);
  const wanted = filterOf(options);
  const print = printerOf(context, options);
  if (limit === 0) return EXIT.ok;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  let seen = 0;
  for await (const event of source(context, options, { glob: (glob as string | undefined) ?? '*', signal })) {
    if (!matches(event, glob as string | undefined) || !wanted(event)) continue;
    await print(event);
    seen += 1;
    if (seen === limit) stop.abort();
    if (signal.aborted) break;
  }
  return EXIT.ok;
};

interface Watch {
  readonly glob: string;
  readonly signal: AbortSignal;
}

async function* source(context: CommandContext, options: Options, watch: Watch): AsyncGenerator<Seen> {
  const say = (text: string) => void context.stderr.write(`${text}\n`);
  if (typeof options.minion === 'string') {
    if (options.since !== undefined)
      throw new BrineError({
        code: 'usage.argument',
        text: 'a minion’s own bus has no past: --since is for the bus of the platform',
      });
    const socket = socketOf(context, options.minion);
    for await (const event of watchMinion(socket, watch.glob, watch.signal, () => say('watching')))
      yield { ...event, signed: true };
    return;
  }
  const since = typeof options.since === 'string' ? parseSince(options.since, Date.now()) : null;
  const { system, operator } = act(context, options);
  let lost = '';
  const live = watchEvents(system, operator, {
    ...watch,
    watching: () => {
      say(lost === '' ? 'watching' : 'watching again');
      lost = '';
    },
    lost: (why) => {
      // Tried again and again while the network is away: said once for each reason.
      if (why !== lost) say(`the watch was lost, and begins again; events in between are not shown: ${why}`);
      lost = why;
    },
  });
  if (since === null) return yield* live;
  // The watch begins before the past is read, so that nothing falls between the two; its queue holds what comes meanwhile.
  const first = live.next();
  first.catch(() => {});
  // Tags of job events are unique, so what the past has shown is known again when it comes late over the bus.
  const shown = new Set<string>();
  for await (const event of pastEvents(operator, since, watch.signal)) {
    shown.add(event.tag);
    yield { ...event, signed: true };
  }
  const next = await first;
  if (next.done) return;
  if (!shown.delete(next.value.tag)) yield next.value;
  for await (const event of live) if (!shown.delete(event.tag)) yield event;
}

/** Waits for a slow reader: what it has not taken must not pile up here. On a terminal what could steer it is shown as escapes, unless `--raw`. */
function printerOf({ stdout }: CommandContext, options: Options): (event: Seen) => Promise<void> {
  const clean = stdout.isTTY === true && options.raw !== true ? harmless : (text: string) => text;
  return async (event) => {
    if (stdout.write(`${clean(format(event, options))}\n`)) return;
    await new Promise((resolve) => stdout.once('drain', resolve));
  };
}

function format({ tag, data, signed, uid }: Seen, options: Options): string {
  const mark = signed ? '' : '? ';
  if (options.json) return encode(Dict.of({ tag, data, signed, uid: uid ?? null }));
  if (options.pretty) return `${mark}${tag}\t${dumpJson(data, { sortKeys: true, indent: 4, ensureAscii: false })}`;
  return `${mark}${tag}\t${dumpJson(data, { ensureAscii: false })}`;
}

/** No key of an event has this character. */
const BETWEEN = '\u001f';

/** `--where data.id=web*`, as a grain is matched: a glob, letters of either case, any member of a list. `data.` may be left out. */
function filterOf(options: Options): (event: Seen) => boolean {
  const queries = ((options.where ?? []) as readonly string[]).map((condition) => {
    const at = condition.indexOf('=');
    if (at < 1)
      throw new BrineError({
        code: 'usage.argument',
        text: `--where wants path=value, found ${JSON.stringify(condition)}`,
        hint: "--where data.id='web*'",
      });
    const path = condition.slice(0, at).split('.');
    const full = path[0] === 'data' || path[0] === 'tag' ? path : ['data', ...path];
    const expression = [...full, condition.slice(at + 1)].join(BETWEEN);
    return { expression, literal: [], delimiter: BETWEEN, fit: 'glob' } as const;
  });
  return ({ tag, data }) => queries.every((query) => matchPath(Dict.of({ tag, data }), query));
}

function countOf(options: Options): number {
  if (options.count === undefined) return Number.POSITIVE_INFINITY;
  const count = Number(options.count);
  if (Number.isInteger(count) && count >= 0 && String(options.count).trim() !== '') return count;
  throw new BrineError({ code: 'usage.argument', text: `--count wants a whole number, found ${JSON.stringify(options.count)}` });
}
