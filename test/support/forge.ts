/** The whole system with a clock that moves, and everything that somebody who forges may hold: roles, keys, queues, a relay of their own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dynamoClient, eventsClient, kmsClient, lambdaClient, sqsClient } from '../../aws/clients.ts';
import { createEventBus } from '../../aws/event-bus.ts';
import { createItems } from '../../aws/items.ts';
import { createQueues } from '../../aws/queues.ts';
import { createRegistry } from '../../aws/registry.ts';
import { createEnroll } from '../../aws/relay-clients.ts';
import { createRoot } from '../../aws/roots.ts';
import { stackParts, tableNames, topologyOf } from '../../aws/topology.ts';
import type { Batch, Emitted, Source } from '../../core/event.ts';
import { parseIncarnation, parseMinionId } from '../../core/ids.ts';
import { makeJid } from '../../core/job/jid.ts';
import type { JobBody, JobMessage } from '../../core/job/job.ts';
import { parseTag } from '../../core/tag.ts';
import { Dict, fromPlain } from '../../core/value.ts';
import { startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { signBatch } from '../../trust/batch.ts';
import { createSigner } from '../../trust/certificate.ts';
import { encodeJob, signJob, type UnsignedHead } from '../../trust/job.ts';
import { parseJoin } from '../../trust/join.ts';
import { createIdentity, type Identity, loadIdentity } from '../../trust/keys.ts';
import { eventually } from './eventually.ts';
import { INCARNATION } from './roots.ts';

export interface Line {
  readonly part: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

const HEADER = 'reactor:\n';
const entry = (glob: string, file: string) => `  - '${glob}':\n    - /srv/reactor/${file}.sls\n`;

/** `forge/*` is answered by a job for web1 that echoes what the platform says of the event; every return by a runner that says the same of it. */
const FILES: Readonly<Record<string, string>> = {
  'reactor.conf':
    HEADER +
    entry('forge/*', 'forge') +
    entry('salt/job/*/ret/*', 'ret') +
    entry('salt/auth', 'auth') +
    entry('accept/*', 'accept'),
  // Salt's auto-acceptance, without a look at data['act']; and what it may not do.
  'srv/reactor/auth.sls':
    "{% if data['id'].startswith('ink') %}\nadd:\n  wheel.key.accept:\n    - match: {{ data['id'] }}\n{% elif data['id'].startswith('all') %}\nadd:\n  wheel.key.accept:\n    - match: 'all*'\n{% endif %}\n",
  'srv/reactor/accept.sls': "add:\n  wheel.key.accept:\n    - match: {{ data['data']['id'] }}\n",
  'srv/reactor/forge.sls':
    "seen:\n  local.test.echo:\n    - tgt: web1\n    - arg:\n      - {{ [data['id'], data['_stamp'], data['tag'], data['cmd']] | join(' ') | yaml_dquote }}\n",
  'srv/reactor/ret.sls':
    "told:\n  runner.test.arg:\n    - args:\n      - seen: {{ [data['id'], data['jid'] | default('-'), data['fun'] | default('-'), data['_stamp']] | join(' ') | yaml_dquote }}\n",
};

export async function startWorld(files: Readonly<Record<string, string>> = FILES) {
  const home = mkdtempSync(join(tmpdir(), 'brine-forge-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const lines: Line[] = [];
  const time = { shift: 0 };
  const clock = { now: () => Date.now() + time.shift };
  const dev = await startDev({
    project: loadProject(home).project,
    minions: [{ id: parseMinionId('web1'), grains: {} }],
    dir: join(home, '.brine'),
    dataDir: null,
    credentials: { accessKeyId: 'AKIAFORGE', secretAccessKey: 'forge' },
    clock,
    log: (part, message, fields) => lines.push({ part, message, fields }),
  });
  const { stack, aws } = dev;
  const parts = stackParts(stack);
  const as = (role: string) => ({
    region: parts.region,
    credentials: async () => aws.services.sts.open(`${parts.name}-${role}`, 'forger', { seconds: 3600 }),
  });
  const state = join(home, '.brine/minions/web1/state');
  const web1 = {
    id: parseMinionId('web1'),
    identity: await loadIdentity(join(state, 'identity')),
    incarnation: parseIncarnation(readFileSync(join(state, 'incarnation'), 'utf8').trim()),
  };
  // A host of its own that keeps to none of the agent's rules; an operator accepted it.
  const web2 = { id: parseMinionId('web2'), identity: createIdentity(), incarnation: INCARNATION };
  const root = { region: parts.region, credentials: aws.credentials };
  const registry = createRegistry(createItems(dynamoClient(root), tableNames(parts.name).registry));
  await registry.putMinion(acceptedRecord(web2.id, web2.identity, clock.now()), 0);
  await eventually(
    () => dev.agents.get(web1.id)?.state(),
    (now) => now === 'accepted',
  );

  let seq = 1000;
  const emitted = (tag: string, data: unknown = {}): Emitted => ({
    tag: parseTag(tag),
    stamp: clock.now(),
    data: fromPlain(data),
  });
  const world = {
    dev,
    parts,
    stack,
    time,
    clock,
    lines,
    web1,
    web2,
    registry,
    as,
    root,
    join: parseJoin(dev.join, Date.now()),
    enroll: createEnroll(lambdaClient(as('relay')), `${parts.name}-enroll`),
    queues: createQueues(sqsClient(as('operator')), parts),
    everyQueue: createQueues(sqsClient(root), parts),
    /** Signs as the platform does: with the operator's right to ask the root. */
    signer: (more: { stack?: typeof stack } = {}) =>
      createSigner({ stack, role: 'operator', kind: 'cert-jobs', root: world.kmsRoot(), clock, ...more }),
    kmsRoot: (role = 'operator', which: 'jobs' | 'enroll' = 'jobs') =>
      createRoot(kmsClient(as(role)), topologyOf(stack).aliases[which]),
    emitted,
    /** A batch that web1 signed, as a relay holds it. */
    batch: (tags: readonly string[], more: Partial<Parameters<typeof signBatch>[0]> = {}) => {
      seq += 100;
      return signBatch({ stack, ...web1, seq, at: clock.now(), events: tags.map((tag) => emitted(tag)), ...more });
    },
    /** What a stolen relay can do: put anything with its own role. */
    put: async (
      batch: Batch | object,
      { source = 'brine.minion', tags = ['forge/a'] }: { source?: Source; tags?: string[] } = {},
    ) => {
      const detail = JSON.stringify({ v: 1, tag: tags, batches: [batch] });
      const [code] = await createEventBus(eventsClient(as('relay')), parts.name).put([{ source, detail }]);
      return code ?? null;
    },
    job: (more: Partial<UnsignedHead> = {}, text = 'from the operator'): { head: UnsignedHead; body: JobBody } => {
      const at = clock.now();
      seq += 1;
      const uid = `operator:01ARZ3NDEKTSV4RRFFQ69G5FAV` as UnsignedHead['uid'];
      return {
        head: {
          jid: makeJid(at, [String(seq)]),
          id: web1.id,
          incarnation: web1.incarnation,
          fun: 'test.echo',
          uid,
          user: 'operator',
          cause: { root: uid, parent: uid, hops: 1 },
          at,
          expires: at + 900_000,
          ...more,
        },
        body: { arg: [text], kwarg: new Dict(), target: { tgt: '*', tgt_type: 'glob', literal: [[]], delimiter: ':' } },
      };
    },
    signed: async (more: Partial<UnsignedHead> = {}): Promise<JobMessage> => {
      const { head, body } = world.job(more);
      return signJob(world.signer(), head, body);
    },
    /** Puts a message on web1's queue; only the roles that may sign jobs can. */
    send: async (message: JobMessage | string) => {
      const queue = (await registry.minion(web1.id))?.queue ?? '';
      return world.queues.send(queue, typeof message === 'string' ? message : encodeJob(message));
    },
    /** The first line of this part and message after a mark that fits. */
    said: async (mark: number, part: string, message: string, fits: (fields: Line['fields']) => boolean = () => true) =>
      eventually(
        () => lines.slice(mark).find((line) => line.part === part && line.message === message && fits(line.fields)),
        (line) => line !== undefined,
      ) as Promise<Line>,
    close: async () => {
      time.shift = 0;
      await dev.close();
      rmSync(home, { recursive: true });
    },
  };
  return world;
}

function acceptedRecord(id: Parameters<typeof signBatch>[0]['id'], { key, fingerprint }: Identity, acceptedAt: number) {
  return { id, state: 'accepted', key, fingerprint, acceptedAt, earlier: [], grains: null, version: 1 } as const;
}
