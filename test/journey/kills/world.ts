/** The processes of the kills: one embedded AWS that stays, and relay, functions' host and agents that are killed and started again. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoClient, sqsClient } from '../../../aws/clients.ts';
import { createItems } from '../../../aws/items.ts';
import { createRegistry } from '../../../aws/registry.ts';
import { stackParts, tableNames } from '../../../aws/topology.ts';
import { callMinion } from '../../../client/control.ts';
import { locateSystem } from '../../../client/locate.ts';
import { createOperator } from '../../../client/operator.ts';
import { sendJob } from '../../../client/run-job.ts';
import { type MinionId, parseMinionId, parseStack } from '../../../core/ids.ts';
import { newUlid } from '../../../core/ulid.ts';
import { Dict } from '../../../core/value.ts';
import { makeJoin, type RelayAddress } from '../../../trust/join.ts';
import { loadIdentity } from '../../../trust/keys.ts';
import { type Running, startProcess } from '../../support/processes.ts';
import type { Hit, KillPlan, Mutant } from './rows.ts';
import { openTap } from './tap.ts';

interface Ready {
  readonly endpoint: string;
  readonly region: string;
  readonly stack: string;
  readonly roots: { readonly jobs: readonly string[]; readonly enroll: readonly string[] };
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

const SLS = (counters: string) => `count:
  local.cmd.run:
    - tgt: {{ data['data']['to'] }}
    - arg:
      - echo x >>${counters}/{{ data['data']['n'] }}; echo counted; sleep {{ data['data']['sleep'] }}; echo {{ data['data']['n'] }}
`;

export async function startWorld(bundle: string, seed: number) {
  const home = mkdtempSync(join(tmpdir(), 'brine-kills-'));
  const at = (...parts: string[]) => join(home, ...parts);
  for (const dir of ['srv/reactor', 'counters']) mkdirSync(at(dir), { recursive: true });
  writeFileSync(at('reactor.conf'), "reactor:\n  - 'kill/*':\n    - /srv/reactor/count.sls\n");
  writeFileSync(at('srv/reactor/count.sls'), SLS(at('counters')));
  const entry = (name: string) => join(bundle, name);
  const aws = startProcess('aws', [entry('test/journey/kills/aws-entry.js')], {
    env: { KILL_PROJECT: home, KILL_SEED: String(seed), KILL_HOST: entry('local/host-main.js') },
  });
  const ready = JSON.parse((await aws.waitFor(/^ready (.*)/, 60_000))[1] as string) as Ready;
  const { credentials, region } = ready;
  const env = {
    AWS_ENDPOINT_URL: ready.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BRINE_STACK: ready.stack,
  };
  process.env.AWS_ENDPOINT_URL = ready.endpoint;
  const sqs = sqsClient({ region, credentials });
  const queueUrl = (queue: string) => `${ready.endpoint}/000000000000/${queue}`;
  const tap = openTap(sqs, queueUrl('tap'));
  const parts = stackParts(parseStack(ready.stack));
  const registry = createRegistry(createItems(dynamoClient({ region, credentials }), tableNames(parts.name).registry));

  const operator = createOperator(locateSystem({ env, cwd: home }));
  const started: Running[] = [aws];
  const start = (...args: Parameters<typeof startProcess>): Running => {
    const process = startProcess(...args);
    started.push(process);
    return process;
  };
  let relayAt = ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0'];
  let relays = 0;
  /** In a directory of its own, which goes with it; its key comes from elsewhere, as a secret does. */
  const startRelay = async (): Promise<{ process: Running; address: RelayAddress; dir: string }> => {
    relays += 1;
    const dir = at(`relay-${relays}`);
    mkdirSync(dir);
    const [push, sub] = relayAt as [string, string];
    const relay = start(
      `relay ${relays}`,
      [entry('test/journey/kills/relay-entry.js'), `--push=${push}`, `--sub=${sub}`, `--key=${at('relay-key')}`],
      {
        cwd: dir,
        env: { ...env, KILL_RELAY: at('relay-plan') },
      },
    );
    const address = JSON.parse((await relay.waitFor(/^\{"push".*/, 30_000))[0]) as RelayAddress;
    relayAt = [address.push, address.sub];
    return { process: relay, address, dir };
  };
  const relay = await startRelay();
  const joined = makeJoin({
    stack: parts.stack,
    relays: [relay.address],
    roots: ready.roots,
    expires: Date.now() + 86_400_000,
  });

  return {
    home,
    sqs,
    queueUrl,
    tap,
    aws,
    registry,
    relay,
    startRelay,
    /** The next batch finds the relay dead at this place. */
    killRelayAt: (place: string) => writeFileSync(at('relay-plan'), place),
    relayKilled: () => !existsSync(at('relay-plan')),
    hits: (): Hit[] =>
      existsSync(at('hits'))
        ? readFileSync(at('hits'), 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Hit)
        : [],
    hit: (hit: Hit) => appendFileSync(at('hits'), `${JSON.stringify(hit)}\n`),
    /** The job that this host was asked to do when it was lost. */
    message: (id: string) => readFileSync(at(`hits.${id}`), 'utf8'),
    counter: (n: string) => (existsSync(at('counters', n)) ? readFileSync(at('counters', n), 'utf8').split('\n').length - 1 : 0),
    dataOf: (id: string) => at('minions', id),
    /** Accepted before it asks, as the demo minions are. */
    accept: async (name: string): Promise<MinionId> => {
      const id = parseMinionId(name);
      mkdirSync(at('minions', id), { recursive: true });
      const { key, fingerprint } = await loadIdentity(at('minions', id, 'identity'));
      await registry.putMinion(
        { id, state: 'accepted', key, fingerprint, acceptedAt: Date.now(), earlier: [], grains: null, version: 1 },
        0,
      );
      return id;
    },
    startAgent: (id: MinionId, plan: KillPlan | null, mutant?: Mutant): Running =>
      start(`agent ${id}`, [entry('test/journey/kills/agent-entry.js')], {
        env: {
          AWS_ENDPOINT_URL: ready.endpoint,
          KILL_REGION: region,
          KILL_ID: id,
          KILL_DATA: at('minions', id),
          KILL_JOIN: joined,
          KILL_PLAN: JSON.stringify(plan),
          KILL_HITS: at('hits'),
          ...(mutant && { KILL_MUTANT: mutant }),
        },
      }),
    /** True when the agent said that the event is in its log. */
    fire: async (socket: string, what: { n: string; to: string; sleep: string }): Promise<boolean> => {
      const call = { fun: 'event.fire_master', arg: [Dict.of(what), `kill/${what.n}`], kwarg: new Dict() };
      return callMinion(socket, call).then(
        (result) => result.return === true,
        () => false,
      );
    },
    /** What failed three times since each try was killed: listed and sent its way again, as an operator does. */
    retryFailures: async (): Promise<number> => {
      const { more } = await operator.call({ action: 'failures', op: 'list' });
      const failures = ((more.get('failures') ?? []) as Dict[]).map((failure) => String(failure.get('id')));
      for (const id of failures) await operator.call({ action: 'failures', op: 'retry', id });
      return failures.length;
    },
    output: () => started.map(({ name, output }) => `== ${name}\n${output.join('\n')}\n`).join(''),
    /** A command as a person asks for it: one message, which nothing sends again. Its jid, or null when the function was killed meanwhile. */
    ask: async (id: MinionId, n: string): Promise<string | null> => {
      const request = newUlid(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
      const arg = [`echo x >>${at('counters', n)}; echo ${n}`];
      const job = { request, tgt: id, tgt_type: 'glob' as const, fun: 'cmd.run', arg, kwarg: new Dict() };
      return sendJob(operator, job).then(
        ({ jid, minions }) => (minions.length === 1 ? jid : null),
        () => null,
      );
    },
    close: async () => {
      await tap.close();
      sqs.destroy();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
