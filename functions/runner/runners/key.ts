/** `wheel.key.*`. In a reaction `accept` takes id and key from the `salt/auth` event, signed by enroll, that caused it, and from no host's event. */
import { isGlob } from '../../../core/glob.ts';
import { Dict, type Value } from '../../../core/value.ts';
import { changeKeys, hitBy, type KeyChange, type KeyRow, listKeys } from '../../keys.ts';
import { RunnerError } from './errors.ts';
import type { RunnerContext, RunnerFunction, RunnerModule } from './types.ts';

const NAMES = { accepted: 'minions', pending: 'minions_pre', rejected: 'minions_rejected', denied: 'minions_denied' } as const;
const STATES = Object.keys(NAMES) as (keyof typeof NAMES)[];

async function listAll(it: RunnerContext): Promise<Value> {
  const rows = await listKeys(it.context);
  return Dict.from([...STATES.map((state) => [NAMES[state], idsOf(rows, state)] as const), ['local', []]]);
}

function idsOf(rows: readonly KeyRow[], state: KeyRow['state']): Value[] {
  return [...new Set(rows.filter((row) => row.state === state).map((row) => row.id as string))];
}

/** Salt's `name_match`: only the states in which something fits. */
async function matching(it: RunnerContext, match: string): Promise<Dict> {
  const rows = await listKeys(it.context, match);
  return Dict.from(STATES.map((state) => [NAMES[state], idsOf(rows, state)] as const).filter(([, ids]) => ids.length > 0));
}

const MATCH = { name: 'match' } as const;

function change(op: KeyChange, doc: string): RunnerFunction {
  return {
    doc,
    example: 'web9',
    parameters: [MATCH],
    // include_rejected and include_denied are Salt's; a fingerprint names one key.
    rest: 'kwargs',
    run: async (it, values, { kwargs }) => {
      const match = String(values.match);
      const asked = kwargs.get('fingerprint');
      const fingerprint = it.head.user === 'Reactor' ? causedBy(it, op, match) : typeof asked === 'string' ? asked : undefined;
      const hit = hitBy(await listKeys(it.context, match), op, fingerprint);
      const rows = it.head.user === 'Reactor' && op === 'accept' ? hit.filter(({ state }) => mayAccept(state, kwargs)) : hit;
      if (rows.length > 1 && !isGlob(match) && fingerprint === undefined && op !== 'delete')
        throw new RunnerError(
          `${match} has several keys; name one by its fingerprint: ${rows.map((row) => row.fingerprint).join(', ')}`,
        );
      await changeKeys(it.context, { change: op, rows, signer: it.signer, source: 'brine.platform' });
      return matching(it, match);
    },
  };
}

/** As Salt's: a reaction that says nothing else takes a key that waits, and no other in the place of one that was accepted or rejected. */
function mayAccept(state: KeyRow['state'], kwargs: Dict): boolean {
  return state === 'pending' || kwargs.get(`include_${state}`) === true;
}

/** The fingerprint that the causing event names; `match` must be that very id. */
function causedBy(it: RunnerContext, op: KeyChange, match: string): string | undefined {
  if (op !== 'accept') return undefined;
  if (!it.auth)
    throw new RunnerError(
      'wheel.key.accept in a reaction accepts only the key of the salt/auth event, signed by the platform, that caused it',
    );
  if (match !== it.auth.id)
    throw new RunnerError(`wheel.key.accept in this reaction may accept ${it.auth.id} and no other, found ${match}`);
  return it.auth.fingerprint;
}

async function finger(it: RunnerContext, match: string): Promise<Value> {
  const rows = await listKeys(it.context, match);
  const result = new Dict();
  for (const state of STATES) {
    const keys = rows.filter((row) => row.state === state);
    if (keys.length > 0) result.set(NAMES[state], Dict.from(keys.map((row) => [row.id as string, row.fingerprint] as const)));
  }
  return result;
}

export const keyWheels: RunnerModule = {
  'key.list_all': { doc: 'Ids by the state of their keys.', parameters: [], run: listAll },
  'key.list': {
    doc: 'Ids of one state: accepted, pre, rejected, denied or all.',
    example: 'accepted',
    parameters: [MATCH],
    run: async (it, { match }) => {
      const names: Readonly<Record<string, KeyRow['state']>> = {
        accepted: 'accepted',
        acc: 'accepted',
        pre: 'pending',
        un: 'pending',
        unaccepted: 'pending',
        rejected: 'rejected',
        rej: 'rejected',
        denied: 'denied',
        den: 'denied',
      };
      if (match === 'all') return listAll(it);
      const state = names[String(match)];
      if (!state)
        throw new RunnerError(`there is no state of keys '${String(match)}'; it is accepted, pre, rejected, denied or all`);
      return Dict.from([[NAMES[state], idsOf(await listKeys(it.context), state)]]);
    },
  },
  'key.name_match': {
    doc: 'Ids that fit a glob, by state.',
    example: "'web*'",
    parameters: [MATCH],
    run: (it, { match }) => matching(it, String(match)),
  },
  'key.glob_match': {
    doc: 'As key.name_match.',
    example: "'web*'",
    parameters: [MATCH],
    run: (it, { match }) => matching(it, String(match)),
  },
  'key.finger': {
    doc: 'Fingerprints of keys, by state.',
    example: "'web*'",
    parameters: [MATCH],
    run: (it, { match }) => finger(it, String(match)),
  },
  'key.accept': change(
    'accept',
    'Lets hosts in that wait. A reaction accepts the key of the event that caused it, and no other.',
  ),
  'key.reject': change('reject', 'Refuses keys.'),
  'key.delete': change('delete', 'Forgets keys: their sessions, credentials and queues end.'),
};
