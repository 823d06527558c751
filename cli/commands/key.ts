/** `brine key …`: who may join. One file for `list`, `accept`, `reject`, `delete`, `accept-all` and `finger`: they differ in a word. */
import { createInterface } from 'node:readline/promises';
import type { Answer } from '../../client/operator.ts';
import { expectOk } from '../../client/run-job.ts';
import { Dict } from '../../core/value.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';

interface Key {
  readonly id: string;
  readonly fingerprint: string;
}

/** Salt's order and words. */
const SECTIONS = [
  ['accepted', 'Accepted Keys:', 'minions'],
  ['denied', 'Denied Keys:', 'minions_denied'],
  ['pending', 'Unaccepted Keys:', 'minions_pre'],
  ['rejected', 'Rejected Keys:', 'minions_rejected'],
] as const;

export const list: Run = async (context, [glob], options) => {
  const answer = await listKeys(context, options, glob as string | undefined);
  if (options.out === 'json') {
    const ids = Object.fromEntries(SECTIONS.map(([state, , name]) => [name, keysOf(answer.more, state).map((key) => key.id)]));
    context.stdout.write(`${JSON.stringify(ids, null, 4)}\n`);
    return EXIT.ok;
  }
  for (const [state, title] of SECTIONS) {
    context.stdout.write(
      `${title}\n${keysOf(answer.more, state)
        .map((key) => `${key.id}\n`)
        .join('')}`,
    );
  }
  return EXIT.ok;
};

export const finger: Run = async (context, [glob], options) => {
  const answer = await listKeys(context, options, glob as string | undefined);
  for (const [state, title] of SECTIONS) {
    const keys = keysOf(answer.more, state);
    if (keys.length > 0) context.stdout.write(`${title}\n${keys.map((key) => `${key.id}:  ${key.fingerprint}\n`).join('')}`);
  }
  return EXIT.ok;
};

async function listKeys(context: CommandContext, options: Options, match: string | undefined): Promise<Answer> {
  const { operator } = act(context, { ...options, quiet: true });
  return expectOk(await operator.call({ action: 'key', op: 'list', ...(match !== undefined && { match }) }, context.signal));
}

function keysOf(more: Dict, state: string): Key[] {
  const keys = more.get(state);
  return (Array.isArray(keys) ? keys : [])
    .filter((key): key is Dict => key instanceof Dict)
    .map((key) => ({ id: String(key.get('id')), fingerprint: String(key.get('fingerprint')) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
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

/** Shows what a glob hits and asks, unless `--yes` or an exact id was given; then acts on each (id, fingerprint). */
async function change(
  context: CommandContext,
  options: Options,
  what: { op: Op; match: string; fingerprint: unknown },
): Promise<number> {
  const { operator } = act(context, options);
  const call = {
    action: 'key',
    op: what.op,
    match: what.match,
    ...(typeof what.fingerprint === 'string' && { fingerprint: what.fingerprint }),
  };
  const preview = expectOk(await operator.call({ ...call, preview: true }, context.signal));
  const hit = keysOf(preview.more, 'keys');
  if (hit.length === 0) {
    const which = what.op === 'delete' ? 'any' : what.op === 'accept' ? 'any unaccepted' : 'any unaccepted or accepted';
    context.stdout.write(`The key glob '${what.match}' does not match ${which} keys.\n`);
    return EXIT.nothing;
  }
  if (!options.yes && /[*?[]/.test(what.match)) {
    context.stdout.write(
      `The following keys are going to be ${PAST[what.op]}:\n${hit.map((key) => `${key.id}  ${key.fingerprint}\n`).join('')}`,
    );
    if (!(await confirm(context))) return EXIT.ok;
  }
  const done = expectOk(await operator.call(call, context.signal));
  for (const key of keysOf(done.more, 'keys')) context.stdout.write(`Key for minion ${key.id} ${PAST[what.op]}.\n`);
  return EXIT.ok;
}

async function confirm(context: CommandContext): Promise<boolean> {
  const lines = createInterface({ input: context.stdin, output: context.stdout });
  try {
    const answer = await lines.question('Proceed? [n/Y] ', { signal: context.signal });
    return /^(y|yes|)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
