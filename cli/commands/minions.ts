/** `brine minions …`: which hosts there are, and how each stands. */
import { expectOk } from '../../client/run-job.ts';
import { decode } from '../../core/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { printerOf } from '../print.ts';

export const list: Run = async (context, [match], options) => {
  for (const minion of await ask(context, options, { op: 'list', match })) context.stdout.write(`${String(minion.get('id'))}\n`);
  return EXIT.ok;
};

export const status: Run = async (context, [match], options) => {
  const minions = await ask(context, options, { op: 'status', match });
  const wide = Math.max(2, ...minions.map((minion) => String(minion.get('id')).length));
  for (const minion of minions) context.stdout.write(`${String(minion.get('id')).padEnd(wide)}  ${statusOf(minion)}\n`);
  return minions.length > 0 ? EXIT.ok : EXIT.nothing;
};

export const show: Run = async (context, [match], options) => {
  const print = printerOf(context, options);
  const minions = await ask(context, options, { op: 'show', match });
  for (const minion of minions) {
    print.one(String(minion.get('id')), shownOf(minion), { retcode: 0, out: 'nested' });
  }
  print.end();
  return minions.length > 0 ? EXIT.ok : EXIT.nothing;
};

function statusOf(minion: Dict): string {
  if (minion.get('state') === 'rejected') return 'its key is rejected';
  if (minion.get('duplicate')) return 'duplicate: two hosts have this key; remove one with brine key delete';
  const run = minion.get('run');
  if (!(run instanceof Dict)) return 'accepted, has never said hello';
  const started = `started ${utc(run.get('from'))}`;
  const presence = minion.get('presence');
  if (!(presence instanceof Dict)) return started;
  return `${presence.get('here') === true ? 'here' : 'away'} since ${utc(presence.get('since'))}, ${started}`;
}

/** As a person reads it: times as times, grains as what they are, and nothing that is empty. */
function shownOf(minion: Dict): Dict {
  const times = new Set(['acceptedAt', 'grainsAt', 'from', 'to', 'since']);
  const readable = (value: Value, key?: unknown): Value => {
    if (value instanceof Dict) return Dict.from([...value].map(([name, item]) => [name, readable(item, name)] as const));
    if (Array.isArray(value)) return value.map((item) => readable(item));
    return typeof key === 'string' && times.has(key) && value !== null ? utc(value) : value;
  };
  const grains = minion.get('grains');
  const facts = [...minion].filter(([name, value]) => name !== 'grains' && !(Array.isArray(value) && value.length === 0));
  const shown = readable(Dict.from(facts)) as Dict;
  return typeof grains === 'string' ? shown.set('grains', decode(grains)) : shown;
}

/** Seconds are enough for people. */
function utc(at: Value | undefined): string {
  const time = new Date(Number(at));
  return Number.isNaN(time.getTime()) ? String(at) : `${time.toISOString().slice(0, 19)}Z`;
}

async function ask(context: CommandContext, options: Options, what: { op: string; match: unknown }): Promise<Dict[]> {
  const { operator } = act(context, { ...options, quiet: true });
  const match = typeof what.match === 'string' ? { match: what.match } : {};
  const { more } = expectOk(await operator.call({ action: 'minions', op: what.op, ...match }, context.signal));
  const minions: Value | undefined = more.get('minions');
  return Array.isArray(minions) ? minions.filter((item): item is Dict => item instanceof Dict) : [];
}
