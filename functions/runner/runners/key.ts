/** `wheel.key.*`. In a reaction `accept` takes id and key from the `salt/auth` event, signed by enroll, that caused it, and from no host's event. */
import { Dict, type Value } from '../../../core/value.ts';
import { changeKeys, hitBy, type KeyChange, type KeyRow, listKeys } from '../../keys.ts';
import { bind } from './arguments.ts';
import { RunnerError } from './errors.ts';
import type { Runner, RunnerContext } from './types.ts';

const listAll: Runner = async (it) => {
  const rows = await listKeys(it.context);
  const ids = (state: KeyRow['state']): Value[] => rows.filter((row) => row.state === state).map((row) => row.id);
  return Dict.of({
    minions: ids('accepted'),
    minions_pre: ids('pending'),
    minions_rejected: ids('rejected'),
    minions_denied: ids('denied'),
    local: [],
  });
};

function change(op: KeyChange): Runner {
  return async (it, arg, kwarg) => {
    const { values, more } = bind(`key.${op}`, [{ name: 'match' }], { arg, kwarg, rest: true });
    const match = String(values.match);
    const asked = more.get('fingerprint');
    const fingerprint = it.head.user === 'Reactor' ? causedBy(it, op, match) : typeof asked === 'string' ? asked : undefined;
    const rows = hitBy(await listKeys(it.context, match), op, fingerprint);
    const several = rows.length > 1 && !/[*?[]/.test(match) && fingerprint === undefined;
    if (several)
      throw new RunnerError(
        `${match} has several keys; name one by its fingerprint: ${rows.map((row) => row.fingerprint).join(', ')}`,
      );
    await changeKeys(it.context, { change: op, rows, signer: it.signer, source: 'brine.platform' });
    const done = await listKeys(it.context, match);
    return Dict.of({
      minions: done.filter((row) => row.state === 'accepted').map((row) => row.id),
      changed: rows.map((row) => row.id),
    });
  };
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

export const keyWheels: Readonly<Record<string, Runner>> = {
  'key.list_all': listAll,
  'key.accept': change('accept'),
  'key.reject': change('reject'),
  'key.delete': change('delete'),
};
