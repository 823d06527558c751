/** Reactions that can wake themselves, at once or by way of other entries. What each function fires is a glob; an entry that shares a tag with it wakes. */
import { formatWhere, type Where } from '../errors.ts';
import type { ReactorEntry } from '../reactor/reactions.ts';
import type { Node } from '../yaml/node.ts';
import { type AuthorCall, argumentOf } from './calls.ts';
import type { Say } from './finding.ts';
import { overlap } from './glob-overlap.ts';

export interface Fired {
  /** Of the tags that it fires. */
  readonly glob: string;
  readonly file: string;
  readonly call: string;
  readonly where: Where;
  readonly guards: readonly string[];
}

/** What a function brings about on the bus. */
export function firedBy(call: AuthorCall, file: string): readonly Fired[] {
  const name = `${call.state}.${call.fun}`;
  const made = (glob: string, node?: Node): Fired => ({
    glob,
    file,
    call: name,
    where: node?.where ?? call.where,
    guards: [...call.settled.guards(call.node), ...[...call.keys.values()].flatMap(([key]) => call.settled.guards(key))],
  });
  const local = call.state === 'local' || call.state === 'cmd';
  if (call.settled.guards(call.node).includes('false')) return [];
  const found: Fired[] = local && !call.funOpen ? ['ret/*', 'new', 'publish'].map((end) => made(`salt/job/*/${end}`)) : [];
  if (/^event\.(send|fire_master)$/.test(call.fun)) {
    const tag = argumentOf(call, call.fun === 'event.send' ? 0 : 1, 'tag');
    if (tag?.kind === 'scalar' && typeof tag.value === 'string') found.push(made(globOf(tag.value), tag));
  }
  if (call.state === 'wheel' && /^key\.(accept|reject|delete)/.test(call.fun)) found.push(made('salt/key'));
  const first = argumentOf(call, 0, 'name');
  const restarts =
    call.fun === 'service.restart' && first?.kind === 'scalar' && /^(salt|brine)-minion$/.test(String(first.value));
  if (local && (restarts || /^system\.(reboot|shutdown)$/.test(call.fun))) found.push(made('salt/minion/*/start'));
  return found;
}

/** What an event fills may be anything. */
function globOf(text: string): string {
  return text.replace(/[*?[]/g, '[$&]').replace(/\{\{ .*? \}\}|x1/g, '*');
}

export function checkLoops(
  entries: readonly ReactorEntry[],
  fired: readonly Fired[],
  filesOf: (entry: ReactorEntry) => readonly string[],
  say: Say,
): void {
  const byFile = new Map<string, Fired[]>();
  for (const one of fired) byFile.set(one.file, [...(byFile.get(one.file) ?? []), one]);
  const firedIn = new Map(entries.map((entry) => [entry, filesOf(entry).flatMap((file) => byFile.get(file) ?? [])] as const));
  const woken = new Map<string, readonly ReactorEntry[]>();
  const wakes = ({ glob }: Fired) => {
    const known = woken.get(glob) ?? entries.filter((entry) => overlap(entry.glob, glob));
    woken.set(glob, known);
    return known;
  };
  const told = new Set<string>();
  for (const one of fired) {
    // Reactions to returns and starts of hosts that ask which function it was are meant so.
    if (asksForFunction(one) && one.glob.startsWith('salt/job/')) continue;
    const way = wayBack(one, { wakes, firedIn, filesOf });
    if (!way) continue;
    const key = one.glob.startsWith('salt/job/')
      ? `${one.file} ${way[0]?.entry.index}`
      : [...way.map(({ entry }) => entry.index)].sort().join();
    if (told.has(key)) continue;
    told.add(key);
    const first = way[0] as Step;
    const through = way
      .slice(1)
      .map(
        ({ by, entry }) =>
          `, whose ${by.call} (${formatWhere(by.where)}) fires '${by.glob}', which wakes '${entry.glob}' (${formatWhere(entry.where)})`,
      );
    const what = one.glob.startsWith('salt/job/')
      ? `the job that ${one.call} sends fires '${one.glob}'`
      : `${one.call} fires '${one.glob}'`;
    const guarded = way.some(({ by }) => by.guards.some((guard) => /\b(data|tag|grains)\b/.test(guard)));
    const text = `${what}, which wakes '${first.entry.glob}' (${formatWhere(first.entry.where)})${through.join('')} and so this file again`;
    say(guarded ? 'note' : 'warning', 'lint.loop', guarded ? `${text}, unless its conditions keep it from it` : text, one.where, {
      hint: one.glob.startsWith('salt/job/')
        ? "ask for the function: {% if data.fun == 'state.apply' %}"
        : 'fire another tag, or narrow the entry',
    });
  }
}

function isJob({ glob }: Fired): boolean {
  return glob.startsWith('salt/job/');
}

/** Woken by the events of a job, it acts on those of certain functions only. */
function asksForFunction({ guards }: Fired): boolean {
  return guards.some((guard) => /\bfun\b|\bfun_args\b|\bmetadata\b|\bjid\b/.test(guard));
}

interface Step {
  readonly by: Fired;
  readonly entry: ReactorEntry;
}

interface Graph {
  readonly wakes: (fired: Fired) => readonly ReactorEntry[];
  readonly firedIn: ReadonlyMap<ReactorEntry, readonly Fired[]>;
  readonly filesOf: (entry: ReactorEntry) => readonly string[];
}

/** The shortest way from what is fired to an entry that names the same file again. */
function wayBack(start: Fired, { wakes, firedIn, filesOf }: Graph): readonly Step[] | null {
  let waiting: (readonly Step[])[] = wakes(start).map((entry) => [{ by: start, entry }]);
  const seen = new Set<ReactorEntry>();
  while (waiting.length > 0) {
    const back = waiting.find((way) => {
      const { by, entry } = way.at(-1) as Step;
      return filesOf(entry).includes(start.file) && !(isJob(by) && asksForFunction(start));
    });
    if (back) return back;
    waiting = waiting.flatMap((way) => {
      const { entry } = way.at(-1) as Step;
      if (seen.has(entry)) return [];
      seen.add(entry);
      const woken = (way.at(-1) as Step).by;
      return (firedIn.get(entry) ?? [])
        .filter((by) => !(isJob(woken) && asksForFunction(by)))
        .flatMap((by) => wakes(by).map((next) => [...way, { by, entry: next }]));
    });
  }
  return null;
}
