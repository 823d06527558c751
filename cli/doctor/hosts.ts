/** zeromq with CURVE, relays, keys and hosts; and the minion of this machine. */
import { minionStatus } from '../../client/control.ts';
import type { Answer, Operator } from '../../client/operator.ts';
import { probeRelay } from '../../client/probe-relay.ts';
import { expectOk } from '../../client/run-job.ts';
import { Dict, toPlain } from '../../core/value.ts';
import { hasCurve } from '../../wire/socket.ts';
import type { CommandContext, Options } from '../command.ts';
import { sentenceOf as relaySentence, relaysOf } from '../commands/relay-status.ts';
import { socketOf } from '../minion-socket.ts';
import { type MinionStanding, sentenceOf } from '../standing.ts';
import { type Check, look, ok, wrong } from './check.ts';

export function checkCurve(): Check {
  return hasCurve()
    ? ok('zeromq', 'its library has CURVE')
    : wrong(
        'zeromq',
        'its library was built without CURVE: no link can be made',
        'npm rebuild zeromq, or another build of libzmq',
      );
}

export async function checkRelays(status: Answer): Promise<readonly Check[]> {
  const relays = relaysOf(status.more);
  if (relays.length === 0)
    return [
      wrong(
        'relay',
        'the platform knows of no relay, so no join string can be made',
        'brine relay start, then brine relay join --relay …',
      ),
    ];
  return Promise.all(
    relays.map(async (relay) => {
      const probe = await probeRelay(relay);
      const text = relaySentence(probe, relay);
      const about = `relay ${relay.name}`;
      if (probe.kind !== 'ok') return wrong(about, text, 'hosts that know another relay go on with that one');
      return probe.hears ? ok(about, text) : look(about, text, 'may its role receive from its control queue?');
    }),
  );
}

export async function checkKeys(operator: Operator, signal: AbortSignal): Promise<readonly Check[]> {
  const { more } = expectOk(await operator.call({ action: 'key', op: 'list' }, signal));
  const count = (state: string) => listOf(more, state).length;
  const waiting = count('pending');
  const denied = count('denied');
  const checks = [ok('keys', `${count('accepted')} accepted, ${count('rejected')} rejected`)];
  if (waiting > 0)
    checks.push(
      look('keys', `${waiting} wait to be let in`, 'brine key list; compare fingerprints with brine minion status on each host'),
    );
  if (denied > 0)
    checks.push(
      look('keys', `${denied} ask for an id that another key has`, 'brine key finger; a rebuilt host, or somebody else'),
    );
  return checks;
}

export interface HostsFound {
  readonly checks: readonly Check[];
  /** Names of the queues of some of them. */
  readonly queues: readonly string[];
}

/** Queues whose policies are read. */
const SOME = 20;

export async function checkHosts(operator: Operator, signal: AbortSignal): Promise<HostsFound> {
  const { more } = expectOk(await operator.call({ action: 'minions', op: 'status' }, signal));
  const hosts = listOf(more, 'minions').filter((item): item is Dict => item instanceof Dict);
  const named = (test: (host: Dict) => boolean) => hosts.filter(test).map((host) => String(host.get('id')));
  const silent = named((host) => !(host.get('run') instanceof Dict));
  const double = named((host) => host.get('duplicate') !== undefined && host.get('duplicate') !== null);
  const checks = [ok('hosts', `${hosts.length - silent.length} of ${hosts.length} have said hello`)];
  if (silent.length > 0)
    checks.push(
      look('hosts', `accepted, never seen: ${some(silent)}`, 'is the agent running there, with this stack’s join string?'),
    );
  if (double.length > 0)
    checks.push(
      wrong(
        'hosts',
        `two hosts with one key, neither is served: ${some(double)}`,
        'end one, then brine key delete ID and let it in again',
      ),
    );
  const queues = hosts.flatMap((host) => (typeof host.get('queue') === 'string' ? [String(host.get('queue'))] : []));
  return { checks, queues: queues.slice(0, SOME) };
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ');
}

function listOf(more: Dict, name: string): readonly unknown[] {
  const list = more.get(name);
  return Array.isArray(list) ? list : [];
}

/** Events that wait before it is worth a look. */
const MANY = 1000;

/** The minion of this machine; no check at all where there is none. */
export async function checkThisHost(context: CommandContext, options: Options): Promise<readonly Check[]> {
  let it: MinionStanding;
  try {
    const socket = socketOf(context, options.minion as string | undefined);
    it = toPlain(await minionStatus(socket, context.signal)) as unknown as MinionStanding;
  } catch (error) {
    if (options.minion === undefined) return [];
    return [wrong('this host', (error as Error).message, 'brine minion start')];
  }
  const about = `minion ${it.id}`;
  const checks = [
    it.state === 'accepted'
      ? ok(about, `accepted through ${it.relay}, key ${it.fingerprint}`)
      : wrong(about, sentenceOf(it), 'brine minion logs'),
  ];
  if (it.state === 'accepted' && it.queue === null) checks.push(wrong(about, 'it has no queue yet', 'brine minion logs'));
  if (it.waiting_events > MANY)
    checks.push(
      look(
        about,
        `${it.waiting_events} events wait in its log`,
        'is the relay reachable, and does EventBridge take them? brine minion logs',
      ),
    );
  else checks.push(ok(about, `${it.waiting_events} events wait in its log`));
  if (it.set_aside > 0) checks.push(look(about, `${it.set_aside} events were refused and set aside`, 'brine minion failures'));
  if (it.set_aside_dropped > 0)
    checks.push(
      look(
        about,
        `${it.set_aside_dropped} more were refused and dropped, since only so many can be set aside`,
        'end what fires them, then: brine minion failures drop all',
      ),
    );
  if (Math.abs(it.clock_offset) > 60_000)
    checks.push(
      look(
        about,
        `its clock is ${Math.round(it.clock_offset / 1000)} s away from the platform’s`,
        'set it; beyond ten minutes it is not served',
      ),
    );
  return checks;
}
