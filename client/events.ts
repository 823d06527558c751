/** `brine/events`: the tutorial's third way to listen. `for await (const { tag, data } of events.iterEvents({ tag: 'salt/*', full: true })) …` */
import { matchGlob } from '../core/glob.ts';
import { type Dict, toPlain } from '../core/value.ts';
import { locateSystem } from './locate.ts';
import { createOperator } from './operator.ts';
import { type WatchedEvent, watchEvents } from './watch.ts';

export interface IterOptions {
  /** fnmatch over tags; every tag unless said. */
  readonly tag?: string;
  /** `{tag, data}` for each event (true), or its data alone. */
  readonly full?: boolean;
  /** `<account>/<region>/<name>`; else BRINE_STACK, AWS_ENDPOINT_URL, a live `.brine/`, AWS. */
  readonly stack?: string;
  readonly signal?: AbortSignal;
  /** Called when events are seen from now on. */
  readonly watching?: () => void;
}

/** Plain JavaScript data, as `toPlain` gives it: a jid's twenty digits stay a text, larger whole numbers are bigint. */
export type EventData = Readonly<Record<string, unknown>>;

export function iterEvents(options: IterOptions & { readonly full: true }): AsyncGenerator<{ tag: string; data: EventData }>;
export function iterEvents(options?: IterOptions): AsyncGenerator<EventData>;
export async function* iterEvents(options: IterOptions = {}): AsyncGenerator<unknown> {
  const system = locateSystem({ env: process.env, cwd: process.cwd(), stack: options.stack });
  const signal = options.signal ?? new AbortController().signal;
  for await (const event of watchEvents(system, createOperator(system), {
    glob: options.tag ?? '*',
    signal,
    ...(options.watching && { watching: options.watching }),
  })) {
    if (!event.signed || !matches(event, options.tag)) continue;
    const data = plain(event.data);
    yield options.full ? { tag: event.tag, data } : data;
  }
}

export function matches(event: Pick<WatchedEvent, 'tag'>, glob: string | undefined): boolean {
  return glob === undefined || matchGlob(event.tag, glob);
}

function plain(data: Dict): EventData {
  return ordinary(toPlain(data)) as EventData;
}

/** Objects as everybody's programs have them. A host may name a member `__proto__`: it is one like any other. */
function ordinary(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordinary);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, ordinary(inner)]));
}
