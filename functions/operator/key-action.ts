/** Keys: list, accept, reject, delete; join strings and tokens. */
import { BrineError } from '../../core/errors.ts';
import { isGlob } from '../../core/glob.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import { makeJoin } from '../../trust/join.ts';
import { relaysChanged } from '../doorbell.ts';
import { changeKeys, hitBy, type KeyChange, type KeyRow, listKeys } from '../keys.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

type KeyRequest = Extract<OperatorRequest, { action: 'key' }>;

export async function keyAction(it: ActionContext, request: KeyRequest): Promise<OperatorAnswer> {
  permit(it, { power: '@key', about: request.op });
  switch (request.op) {
    case 'list':
      return list(it, request.match);
    case 'join':
      return join(it, request);
    case 'token':
      return token(it, request);
    default:
      return change(it, request, request.op);
  }
}

async function list(it: ActionContext, match: string | undefined): Promise<OperatorAnswer> {
  const rows = await listKeys(it.context, match);
  const of = (state: KeyRow['state']) =>
    rows.filter((row) => row.state === state).map(({ id, fingerprint }) => ({ id, fingerprint }));
  return {
    code: 'ok',
    text: `${rows.length} keys`,
    accepted: of('accepted'),
    denied: of('denied'),
    pending: of('pending'),
    rejected: of('rejected'),
  };
}

async function change(it: ActionContext, request: KeyRequest, op: KeyChange): Promise<OperatorAnswer> {
  const match = request.match ?? '*';
  const all = await listKeys(it.context, match);
  const rows = request.keys ? hitOf(all, op, request.keys) : hitBy(all, op, request.fingerprint);
  const keys = rows.map(({ id, fingerprint, state }) => ({ id, fingerprint, state }));
  if (request.match === undefined && request.keys === undefined)
    throw new BrineError({ code: 'input.schema', text: 'which keys?', where: { path: 'match' } });
  if (rows.length > 1 && !request.keys && !isGlob(match) && op !== 'delete') {
    throw new BrineError({
      code: 'key.ambiguous',
      text: `${match} has several keys: ${rows.map((row) => row.fingerprint).join(', ')}`,
      hint: `compare with brine minion status on the host, then name one: brine key ${op} ${match} '${rows[0]?.fingerprint}'`,
    });
  }
  if (request.preview) return { code: 'ok', text: `${rows.length} keys`, keys };
  await changeKeys(it.context, { change: op, rows, signer: it.signer, source: 'brine.operator' });
  return { code: 'ok', text: `${rows.length} keys`, keys };
}

/** Each as it was named: an id and its fingerprint. */
function hitOf(all: readonly KeyRow[], op: KeyChange, keys: NonNullable<KeyRequest['keys']>): readonly KeyRow[] {
  return keys.flatMap(({ id, fingerprint }) =>
    hitBy(
      all.filter((row) => row.id === id),
      op,
      fingerprint,
    ),
  );
}

const DAY = 86_400;

async function join(it: ActionContext, request: KeyRequest): Promise<OperatorAnswer> {
  const { registry, roots, queues } = it.context.ports;
  const stackName = it.context.stack.split('/')[2] as string;
  for (const relay of request.relays ?? []) {
    // The queue is there before anybody rings; that of relay 1 came with the stack.
    if (relay.name !== undefined && relay.name !== '1') await queues.createControl(`${stackName}-relay-${relay.name}`);
    await registry.putRelay(relay);
    relaysChanged(it.context);
  }
  const relays = (await registry.relays()).map(({ push, sub, key }) => ({ push, sub, key }));
  if (relays.length === 0)
    throw new BrineError({
      code: 'operator.refused',
      text: 'no relay is known yet',
      hint: "tell one: brine relay join --relay, and in quotes the line that brine relay start printed, or 'tcp://host:4506,tcp://host:4505,<key>'",
    });
  const expires = it.context.clock.now() + (request.expires ?? 30 * DAY) * 1000;
  return {
    code: 'ok',
    text: `good until ${new Date(expires).toISOString()}`,
    join: makeJoin({ stack: it.context.stack, relays, roots: await roots(), expires }),
    expires,
  };
}

/** The public half of a token whose seed only the caller has. */
async function token(it: ActionContext, request: KeyRequest): Promise<OperatorAnswer> {
  if (request.key === undefined)
    throw new BrineError({ code: 'input.schema', text: 'a token has a key', where: { path: 'key' } });
  const expires = it.context.clock.now() + (request.expires ?? DAY) * 1000;
  await it.context.ports.registry.putToken({
    key: request.key,
    ids: request.match ?? '*',
    expires,
    ...(request.edge && { edge: true }),
  });
  return { code: 'ok', text: `good for one key until ${new Date(expires).toISOString()}`, expires };
}
