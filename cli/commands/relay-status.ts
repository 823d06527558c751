/** `brine relay status`: is each relay that hosts are told of there, under its key; and what a relay of this machine says of itself. */
import { minionStatus } from '../../client/control.ts';
import { probeRelay, type RelayProbe } from '../../client/probe-relay.ts';
import { expectOk } from '../../client/run-job.ts';
import { relayControlPath } from '../../core/control-path.ts';
import { Dict, toPlain } from '../../core/value.ts';
import type { RelayAddress } from '../../trust/join.ts';
import { act } from '../acting.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';

export interface KnownRelay extends RelayAddress {
  readonly name: string;
}

export const run: Run = async (context, _args, options) => {
  const { operator } = act(context, { ...options, quiet: true });
  const relays = relaysOf(expectOk(await operator.call({ action: 'status' }, context.signal)).more);
  if (relays.length === 0) context.stdout.write('no relay is known; tell one with: brine relay join --relay …\n');
  let bad = relays.length === 0;
  for (const relay of relays) {
    const probe = await probeRelay(relay);
    bad ||= probe.kind !== 'ok';
    context.stdout.write(`${relay.name}: ${sentenceOf(probe, relay)}\n`);
    const own = await statusHere(context, relay);
    if (own) context.stdout.write(ownText(own));
  }
  return bad ? EXIT.failed : EXIT.ok;
};

export function relaysOf(more: Dict): readonly KnownRelay[] {
  const list = more.get('relays');
  return (Array.isArray(list) ? list : [])
    .filter((item): item is Dict => item instanceof Dict)
    .map((item) => toPlain(item) as KnownRelay);
}

export function sentenceOf(probe: RelayProbe, { push, sub }: RelayAddress): string {
  switch (probe.kind) {
    case 'ok':
      return `answers under its key in ${probe.milliseconds} ms at ${push}${probe.hears ? '' : ', but cannot read its control queue: hosts poll instead of waiting for its bell'}`;
    case 'closed':
      return `nobody listens at ${probe.address} (${probe.why}): is brine relay start running there, and the port open?`;
    case 'silent':
      return `somebody listens at ${push} and ${sub}, but does not answer under this key: was it started with another --key file?`;
  }
}

/** What the relay says on the socket that only its own machine has; null elsewhere. */
async function statusHere({ env, signal }: CommandContext, { push }: RelayAddress): Promise<Record<string, unknown> | null> {
  try {
    return toPlain(await minionStatus(relayControlPath(push, env), signal)) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function ownText(it: Record<string, unknown>): string {
  const refused = Object.entries((it.refused ?? {}) as Record<string, number>).sort(([, a], [, b]) => b - a);
  const rows: readonly (readonly [string, string])[] = [
    ['here', `pid ${it.pid}, since ${new Date(Number(it.since)).toISOString()}, ${Math.round(Number(it.memory) / 1048576)} MB`],
    ['hosts', `${it.accepted} accepted, ${it.sessions} sessions`],
    ['events', `${it.batches} batches in ${it.entries} entries, ${it.failed} entries sent again, ${it.waitingBytes} bytes wait`],
    ['refused', refused.length > 0 ? refused.map(([code, count]) => `${count} ${code}`).join(', ') : 'nothing'],
  ];
  return rows.map(([name, text]) => `    ${name.padEnd(8)}${text}\n`).join('');
}
