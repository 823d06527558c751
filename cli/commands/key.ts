/** `brine key …`: who may join. One file for `list`, `accept`, `reject`, `delete`, `accept-all` and `finger`: they differ in a word. */
import { createInterface } from 'node:readline';
import type { Operator } from '../../client/operator.ts';
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { isGlob } from '../../core/glob.ts';
import { nearest } from '../../core/nearest.ts';
import { Dict, type Value } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { keysText } from '../output/keys.ts';
import { harmless } from '../output/outputter.ts';
import { colorOf, printerOf } from '../print.ts';

type State = 'accepted' | 'denied' | 'pending' | 'rejected';

interface Key {
  readonly id: string;
  readonly fingerprint: string;
  readonly state: State;
}

/** Salt's names of the states, in the order in which it keeps them. */
const NAMES = { pending: 'minions_pre', rejected: 'minions_rejected', accepted: 'minions', denied: 'minions_denied' } as const;
const STATES = Object.keys(NAMES) as State[];

/** How one may call them: Salt goes by the first letters. */
const TYPED: Readonly<Record<string, readonly State[]>> = {
  acc: ['accepted'],
  accepted: ['accepted'],
  pre: ['pending'],
  un: ['pending'],
  unaccepted: ['pending'],
  pending: ['pending'],
  rej: ['rejected'],
  rejected: ['rejected'],
  den: ['denied'],
  denied: ['denied'],
  all: STATES,
};

export const list: Run = async (context, [glob], options) => {
  const states = statesOf(options);
  const keys = await allKeys(act(context, { ...options, quiet: true }).operator, context, glob as string | undefined);
  show(context, options, Dict.from(states.map((state) => [NAMES[state], idsOf(keys, state)] as const)));
  return EXIT.ok;
};

export const finger: Run = async (context, [glob], options) => {
  const keys = await allKeys(act(context, { ...options, quiet: true }).operator, context, glob as string | undefined);
  show(context, options, fingerprints(keys));
  if (keys.length > 0) return EXIT.ok;
  context.stderr.write(glob === undefined ? 'there are no keys\n' : `no key fits '${glob as string}' (brine key list)\n`);
  return EXIT.nothing;
};

function statesOf({ state }: Options): readonly State[] {
  if (state === undefined) return STATES;
  const found = TYPED[String(state)];
  if (found) return found;
  const close = nearest(String(state), Object.keys(TYPED));
  throw new BrineError({
    code: 'usage.argument',
    text: `'${String(state)}' is no state of keys`,
    hint: close ? `did you mean ${close}?` : 'acc, pre, un, rej, den or all',
  });
}

/** As Salt shows keys, or as `--out` says. */
function show(context: CommandContext, options: Options, keys: Dict): void {
  const print = printerOf(context, options);
  if (print.asked !== undefined) return print.bare(keys, { retcode: 0 });
  const text = keysText(keys, colorOf(context, options));
  context.stdout.write(text);
}

async function allKeys(operator: Operator, context: CommandContext, match: string | undefined): Promise<Key[]> {
  const { more } = expectOk(
    await operator.call({ action: 'key', op: 'list', ...(match !== undefined && { match }) }, context.signal),
  );
  return STATES.flatMap((state) => {
    const rows = more.get(state);
    return (Array.isArray(rows) ? rows : []).flatMap((row) =>
      row instanceof Dict ? [{ id: String(row.get('id')), fingerprint: String(row.get('fingerprint')), state }] : [],
    );
  });
}

function idsOf(keys: readonly Key[], state: State): Value[] {
  return keys.filter((key) => key.state === state).map((key) => key.id);
}

function grouped(keys: readonly Key[], of: (keys: readonly Key[]) => Value): Dict {
  const groups = STATES.map((state) => [state, keys.filter((key) => key.state === state)] as const);
  return Dict.from(groups.filter(([, some]) => some.length > 0).map(([state, some]) => [NAMES[state], of(some)] as const));
}

function fingerprints(keys: readonly Key[]): Dict {
  // Several keys may ask under one id; each is shown.
  const of = (some: readonly Key[], id: string) => some.filter((key) => key.id === id).map((key) => key.fingerprint);
  return grouped(keys, (some) => Dict.from(some.map(({ id }) => [id, of(some, id).join(', ')] as const)));
}

const PAST = { accept: 'accepted', reject: 'rejected', delete: 'deleted' } as const;
type Op = keyof typeof PAST;

export const accept: Run = (context, [match, fingerprint], options) =>
  change(context, options, { op: 'accept', match: match as string, fingerprint });
export const acceptAll: Run = (context, _args, options) =>
  change(context, options, { op: 'accept', match: '*', fingerprint: undefined });
export const reject: Run = (context, [match, fingerprint], options) =>
  change(context, options, { op: 'reject', match: match as string, fingerprint });
export const remove: Run = (context, [match, fingerprint], options) =>
  change(context, options, { op: 'delete', match: match as string, fingerprint });

interface Change {
  readonly op: Op;
  readonly match: string;
  readonly fingerprint: unknown;
}

/** Shows what it hits and asks, unless `--yes` or the one key of an exact id is meant; then acts on each (id, fingerprint) that was shown and on no other. */
async function change(context: CommandContext, options: Options, wanted: Change): Promise<number> {
  const { operator } = act(context, options);
  const states = wanted.fingerprint === undefined ? affected(wanted.op, options) : STATES;
  const all = await allKeys(operator, context, wanted.match);
  const keys = all.filter(
    (key) => states.includes(key.state) && (wanted.fingerprint === undefined || key.fingerprint === wanted.fingerprint),
  );
  if (keys.length === 0) {
    context.stdout.write(`The key glob '${wanted.match}' does not match any ${inWords(wanted.op, states)} keys.\n`);
    context.stderr.write(otherwise(wanted, all));
    return EXIT.nothing;
  }
  refuseAmbiguous(wanted, keys);
  context.stdout.write(`The following keys are going to be ${PAST[wanted.op]}:\n`);
  const asks = options.yes !== true && (isGlob(wanted.match) || keys.length > 1);
  const shown = !asks ? grouped(keys, (some) => some.map((key) => key.id)) : fingerprints(keys);
  show(context, options, shown);
  if (asks && !(await confirm(context, wanted.op))) {
    context.stderr.write('nothing was changed\n');
    return EXIT.failed;
  }
  for (const { id, fingerprint } of keys) {
    expectOk(await operator.call({ action: 'key', op: wanted.op, match: id, fingerprint }, context.signal));
    context.stdout.write(`Key for minion ${harmless(id)} ${PAST[wanted.op]}.\n`);
  }
  return EXIT.ok;
}

/** What waits, and what a flag includes; a key that is deleted may be in any state. */
function affected(op: Op, options: Options): readonly State[] {
  if (op === 'delete') return STATES;
  const own: State = op === 'accept' ? 'accepted' : 'rejected';
  return STATES.filter((state) => {
    if (state === own) return false;
    const flag = {
      pending: true,
      accepted: options.includeAccepted,
      rejected: options.includeRejected,
      denied: options.includeDenied,
    }[state];
    return flag === true || options.includeAll === true;
  });
}

/** What it would hit in another state, and how one says so. */
function otherwise({ op, match, fingerprint }: Change, keys: readonly Key[]): string {
  const [key] = keys;
  if (!key || fingerprint !== undefined || isGlob(match)) return '';
  const state = key.state === 'pending' ? 'unaccepted' : key.state;
  if (state === PAST[op]) return `${harmless(key.id)} is ${state} already\n`;
  const flag = op === 'delete' ? '' : `; brine key ${op} ${match} --include-${state}`;
  return `${harmless(key.id)} is ${state}${flag}\n`;
}

/** Salt's words: of a deletion too it names the unaccepted ones alone, where it has looked at all; here it says so. */
function inWords(op: Op, states: readonly State[]): string {
  const names = states.map((state) => (state === 'pending' ? 'unaccepted' : state));
  if (op === 'delete' || names.length === 1) return op === 'delete' ? 'minion' : (names[0] as string);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** One id with several keys is no glob that means them all. */
function refuseAmbiguous({ op, match, fingerprint }: Change, keys: readonly Key[]): void {
  if (keys.length < 2 || fingerprint !== undefined || op === 'delete') return;
  const twice = keys.find((key, i) => keys.findIndex((other) => other.id === key.id) !== i);
  if (!twice) return;
  throw new BrineError({
    code: 'key.ambiguous',
    text: `${twice.id} has several keys: ${keys
      .filter((key) => key.id === twice.id)
      .map((key) => key.fingerprint)
      .join(', ')}`,
    hint: `name one: brine key ${op} ${twice.id} '${keys[0]?.fingerprint}'${match === twice.id ? '' : ', then the others'}`,
  });
}

/** Deleting wants a yes; the others are taken as meant. An end of the input is a no. */
async function confirm(context: CommandContext, op: Op): Promise<boolean> {
  const byDefault = op !== 'delete';
  context.stdout.write(byDefault ? 'Proceed? [n/Y] ' : 'Proceed? [N/y] ');
  const lines = createInterface({ input: context.stdin });
  try {
    const answer = await new Promise<string | null>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(null));
      context.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    if (answer === null) context.stdout.write('\n');
    return answer !== null && (answer.trim() === '' ? byDefault : /^y/i.test(answer.trim()));
  } finally {
    lines.close();
  }
}
