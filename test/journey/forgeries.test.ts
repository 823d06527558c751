/**
 * Issue "The whole way of an event", Forgeries: every one of them, against the real relay, functions, queues and agent. A row is what somebody
 * does, who refuses it, and by which code; afterwards nothing of it was planned, run or recorded.
 */

import { SignCommand } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kmsClient, lambdaClient, sqsClient } from '../../aws/clients.ts';
import { openJobQueue } from '../../aws/job-queue.ts';
import { operatorAccess } from '../../aws/roles.ts';
import { topologyOf } from '../../aws/topology.ts';
import { minionUid, parseIncarnation, parseMinionId, RUNNER_ID } from '../../core/ids.ts';
import { makeJid } from '../../core/job/jid.ts';
import type { JobMessage } from '../../core/job/job.ts';
import { createRelay } from '../../relay/relay.ts';
import { certify, createSigner } from '../../trust/certificate.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeHello } from '../../trust/hello.ts';
import { encodeJob, receiptOf, signJob } from '../../trust/job.ts';
import { createIdentity, type Identity } from '../../trust/keys.ts';
import { signPlatform } from '../../trust/platform.ts';
import type { StateFrames } from '../../trust/state.ts';
import { transcript } from '../../trust/transcript.ts';
import { createBus, startMinion, until } from '../support/edge.ts';
import { type Line, startWorld, type World } from '../support/forge.ts';
import { BOOT, createPlatform, createRoot, DAY, flip, HOUR, OTHER_INCARNATION, OTHER_STACK } from '../support/roots.ts';

let w: World;
beforeAll(async () => {
  w = await startWorld();
}, 30_000);
afterAll(() => w.close());

const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAW';

/** What was done because of something: plans, jobs that began, runners that ran, returns that were recorded. */
const effects = (lines: readonly Line[]) =>
  lines.filter(({ message }) => ['plan', 'accepted', 'started', 'runner', 'return'].includes(message));

describe('a batch, put on the bus by a stolen relay: the reactor refuses it, and keeps it with the code', () => {
  it.each<[string, string, () => unknown | Promise<unknown>]>([
    ['a byte flipped in the body', 'trust.signature', () => ({ ...w.batch(['forge/a']), body: flip(w.batch(['forge/a']).body) })],
    [
      'a byte flipped in the signature',
      'trust.signature',
      () => ({ ...w.batch(['forge/a']), sig: flip(w.batch(['forge/a']).sig) }),
    ],
    [
      'another id’s name over it',
      'trust.incarnation',
      () => ({ ...w.batch(['forge/a']), id: 'web2', incarnation: w.web2.incarnation }),
    ],
    ['a signer whom nobody accepted', 'trust.unknown', () => w.batch(['forge/a'], { id: parseMinionId('web3') })],
    ['one of two hosts with one key', 'trust.duplicate', twins],
    ['another stack’s', 'trust.signature', () => w.batch(['forge/a'], { stack: OTHER_STACK })],
    ['another incarnation’s', 'trust.incarnation', () => w.batch(['forge/a'], { incarnation: OTHER_INCARNATION })],
    [
      'another incarnation’s, under the right name',
      'trust.signature',
      () => ({ ...w.batch(['forge/a'], { incarnation: OTHER_INCARNATION }), incarnation: w.web1.incarnation }),
    ],
    ['forged by a relay, with a key of its own', 'trust.signature', () => w.batch(['forge/a'], { identity: createIdentity() })],
    [
      'one event stripped by a relay',
      'trust.signature',
      () => {
        const two = w.batch(['forge/a', 'forge/b']);
        return { ...two, body: w.batch(['forge/a']).body };
      },
    ],
    ['its signature stripped by a relay', 'trust.signature', () => ({ ...w.batch(['forge/a']), sig: '' })],
    [
      'moved to another place of the log',
      'trust.signature',
      () => {
        const batch = w.batch(['forge/a']);
        return { ...batch, seq: batch.seq + 1 };
      },
    ],
    [
      'made younger',
      'trust.signature',
      () => {
        const batch = w.batch(['forge/a'], { at: w.clock.now() - 3 * HOUR });
        return { ...batch, at: w.clock.now() };
      },
    ],
    ['a tag of the platform', 'trust.tag', () => w.batch(['forge/a', 'salt/auth'])],
    ['another host’s tag', 'trust.tag', () => w.batch(['forge/a', 'salt/minion/web2/start'])],
    [
      'an event of fourteen days ago',
      'trust.old',
      () => w.batch([], { events: [{ ...w.emitted('forge/a'), stamp: w.clock.now() - 14 * DAY }] }),
    ],
    ['from the future', 'trust.future', () => w.batch(['forge/a'], { at: w.clock.now() + 360_000 })],
    ['no batch at all', 'input.schema', () => ({ anything: 1 })],
    [
      'as if the platform had said it, without a certificate',
      'trust.certificate',
      async () => ({
        ...(await signPlatform({
          signer: createPlatform().signer('reactor'),
          ulid: ULID,
          at: Date.now(),
          events: [w.emitted('forge/a')],
        })),
        cert: { text: '', sig: '' },
      }),
    ],
    [
      'as if the platform had said it, by a root of its own',
      'trust.certificate',
      () =>
        signPlatform({
          signer: createPlatform(() => Date.now()).signer('reactor'),
          ulid: ULID,
          at: Date.now(),
          events: [w.emitted('forge/a')],
        }),
    ],
    [
      'as if the platform had said it, an expired certificate',
      'trust.certificate_time',
      () => expired(async (signer) => signPlatform({ signer, ulid: ULID, at: w.clock.now(), events: [w.emitted('forge/a')] })),
    ],
    [
      'enroll saying more than salt/auth',
      'trust.tag',
      () =>
        signPlatform({
          signer: createSigner({
            stack: w.stack,
            role: 'enroll',
            kind: 'cert-enroll',
            root: w.kmsRoot('enroll', 'enroll'),
            clock: w.clock,
          }),
          ulid: ULID,
          at: w.clock.now(),
          events: [w.emitted('forge/a')],
        }),
    ],
  ])('%s: %s', async (_, code, make) => {
    const mark = w.lines.length;
    expect(await w.put((await make()) as object)).toBeNull();
    await w.said(mark, 'reactor', 'refused', (fields) => fields.code === code);
    const dead = `${w.parts.name}-reactor-dead`;
    const [kept] = await w.everyQueue.receive(dead, { waitSeconds: 5 });
    expect(JSON.parse(kept?.text ?? '{}')).toMatchObject({ code });
    await w.everyQueue.delete(dead, kept?.handle ?? '');
    expect(effects(w.lines.slice(mark))).toEqual([]);
  });

  it('a relay cannot speak for the platform: EventBridge refuses the Source', async () => {
    await expect(w.put(w.batch(['forge/a']), { source: 'brine.platform' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

/** Signs with a certificate of the real root that was over an hour ago. */
async function expired<T>(sign: (signer: ReturnType<World['signer']>) => Promise<T>): Promise<T> {
  const identity = createIdentity();
  const [from, to] = [w.clock.now() - 2 * HOUR, w.clock.now() - HOUR];
  const cert = await certify({ stack: w.stack, role: 'operator', kind: 'cert-jobs', root: w.kmsRoot(), identity, from, to });
  return sign({ sign: async (kind, ...parts) => ({ cert, sig: identity.sign(transcript(w.stack, kind, ...parts)) }) });
}

describe('a job on the host’s own queue: the agent refuses it, deletes it and says so', () => {
  const changed = async (more: (good: JobMessage) => Partial<JobMessage>) => {
    const good = await w.signed();
    return { ...good, ...more(good) };
  };
  it.each<[string, string, () => Promise<JobMessage | string>]>([
    ['a byte flipped in the head', 'trust.signature', () => changed(({ head }) => ({ head: flip(head) }))],
    ['a byte flipped in the body', 'trust.digest', () => changed(({ body }) => ({ body: flip(body) }))],
    [
      'a byte flipped in the certificate',
      'trust.certificate',
      () => changed(({ cert }) => ({ cert: { ...cert, text: flip(cert.text) } })),
    ],
    ['another id’s job', 'trust.addressee', () => w.signed({ id: w.web2.id, incarnation: w.web2.incarnation })],
    ['the runner’s job', 'trust.addressee', () => w.signed({ id: RUNNER_ID, incarnation: '' })],
    ['another stack’s', 'trust.certificate', async () => signJob(w.signer({ stack: OTHER_STACK }), w.job().head, w.job().body)],
    ['another incarnation’s', 'trust.incarnation', () => w.signed({ incarnation: OTHER_INCARNATION })],
    ['an expired certificate', 'trust.certificate_time', () => expired((signer) => signJob(signer, w.job().head, w.job().body))],
    ['from someone without a certificate', 'trust.certificate', () => changed(() => ({ cert: { text: '', sig: '' } }))],
    [
      'from someone with a certificate of their own making',
      'trust.certificate',
      async () => signJob(createPlatform(() => Date.now()).signer('reactor'), w.job().head, w.job().body),
    ],
    [
      'from someone who shows another’s certificate',
      'trust.signature',
      async () => ({
        ...(await signJob(createPlatform(() => Date.now()).signer('reactor'), w.job().head, w.job().body)),
        cert: (await w.signed()).cert,
      }),
    ],
    [
      'by enroll, which runs nothing',
      'trust.certificate',
      async () =>
        signJob(
          createSigner({
            stack: w.stack,
            role: 'enroll',
            kind: 'cert-enroll',
            root: w.kmsRoot('enroll', 'enroll'),
            clock: w.clock,
          }),
          w.job().head,
          w.job().body,
        ),
    ],
    ['of the future', 'trust.future', () => w.signed({ at: w.clock.now() + 360_000 })],
    ['that has expired', 'trust.expired', () => w.signed({ at: w.clock.now() - 60_000, expires: w.clock.now() - 1 })],
    ['for eight days', 'trust.lifetime', () => w.signed({ expires: w.clock.now() + 8 * DAY })],
    ['no job', 'trust.schema', async () => '{"run":"cmd.run"}'],
  ])('%s: %s', async (_, code, make) => {
    const mark = w.lines.length;
    expect(await w.send(await make())).toBe('sent');
    await w.said(mark, 'minion web1', 'refused', (fields) => fields.code === code);
    expect(effects(w.lines.slice(mark)).filter(({ message }) => message !== 'return')).toEqual([]);
  });

  it('the runner takes no host’s job: trust.addressee', async () => {
    const mark = w.lines.length;
    await w.queues.send(`${w.parts.name}-runner`, encodeJob(await w.signed()));
    await w.said(mark, 'runner', 'refused', (fields) => fields.code === 'trust.addressee');
    expect(effects(w.lines.slice(mark))).toEqual([]);
  });

  it.each(['relay', 'recorder', 'enroll', 'minion'])('the role of %s cannot even put one there: AccessDenied', async (role) => {
    const queue = (await w.registry.minion(w.web1.id))?.queue ?? '';
    const QueueUrl = (await w.everyQueue.url(queue)) ?? '';
    const sent = sqsClient(w.as(role)).send(new SendMessageCommand({ QueueUrl, MessageBody: encodeJob(await w.signed()) }));
    await expect(sent).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
  });

  it.each(['relay', 'recorder', 'enroll', 'minion'])('the role of %s has no root sign: AccessDenied', async (role) => {
    const KeyId = topologyOf(w.stack).aliases.jobs;
    const signed = kmsClient(w.as(role)).send(
      new SignCommand({ KeyId, Message: new Uint8Array(8), SigningAlgorithm: 'ECDSA_SHA_256' }),
    );
    await expect(signed).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
  });
});

describe('replays', () => {
  it('a batch: at once it is the same plan, after three hours and after fifteen days trust.stale', async () => {
    const batch = w.batch(['forge/replay']);
    let mark = w.lines.length;
    await w.put(batch);
    const plan = await w.said(mark, 'reactor', 'plan');
    const again = ({ part, message, fields }: Line) =>
      (part === 'minion web1' && message === 'started') || fields.uid === plan.fields.uid;
    await w.said(mark, 'minion web1', 'done');
    mark = w.lines.length;
    await w.put(batch);
    await w.said(mark, 'reactor', 'sent', (fields) => fields.uid === plan.fields.uid);
    await w.said(mark, 'minion web1', 'repeated', (fields) => fields.code === 'trust.known');
    expect(effects(w.lines.slice(mark)).filter(again)).toEqual([]);
    for (const shift of [3 * HOUR, 15 * DAY]) {
      mark = w.lines.length;
      w.time.shift = shift;
      await w.put(batch);
      await w.said(mark, 'reactor', 'refused', (fields) => fields.code === 'trust.stale');
      w.time.shift = 0;
      expect(effects(w.lines.slice(mark)).filter(again)).toEqual([]);
    }
  });

  it('a dead letter: an operator may have it taken after three hours, nobody after fifteen days', async () => {
    const invoke = (shift: number, batch: object) => {
      w.time.shift = shift;
      const event = {
        detail: { v: 1, tag: ['forge/a'], batches: [batch] },
        time: new Date().toISOString(),
        'brine-replay': true,
      };
      return lambdaClient(w.root).send(
        new InvokeCommand({ FunctionName: `${w.parts.name}-reactor`, Payload: Buffer.from(JSON.stringify(event)) }),
      );
    };
    let mark = w.lines.length;
    await invoke(3 * HOUR, w.batch(['forge/late'], { at: Date.now() }));
    await w.said(mark, 'reactor', 'plan');
    mark = w.lines.length;
    await invoke(15 * DAY, w.batch(['forge/late'], { at: Date.now() }));
    w.time.shift = 0;
    await w.said(mark, 'reactor', 'refused', (fields) => fields.code === 'trust.stale');
  });

  it('a job: at once and after three hours it is known, after fifteen days it has expired', async () => {
    const message = await w.signed({ expires: w.clock.now() + 7 * DAY });
    let mark = w.lines.length;
    await w.send(message);
    await w.said(mark, 'minion web1', 'done');
    for (const [shift, said, code] of [
      [0, 'repeated', 'trust.known'],
      [3 * HOUR, 'repeated', 'trust.known'],
      [15 * DAY, 'refused', 'trust.expired'],
    ] as const) {
      mark = w.lines.length;
      w.time.shift = shift;
      await w.send(message);
      await w.said(mark, 'minion web1', said, (fields) => fields.code === code);
      w.time.shift = 0;
      expect(w.lines.slice(mark).filter(({ part, message: text }) => part === 'minion web1' && text === 'started')).toEqual([]);
    }
  });

  it('a return: the recorder keeps the first, and refuses it after three hours with trust.stale', async () => {
    const message = await w.signed({ id: w.web2.id, incarnation: w.web2.incarnation });
    await known(w.web2);
    const { jid } = JSON.parse(message.head) as { jid: string };
    const tag = `salt/job/${jid}/ret/web2`;
    const batch = w.batch([], {
      ...w.web2,
      events: [{ ...w.emitted(tag, { return: 1, retcode: 0 }), receipt: receiptOf(message) }],
    });
    const firsts: unknown[] = [];
    for (const shift of [0, 0, 3 * HOUR]) {
      const mark = w.lines.length;
      w.time.shift = shift;
      await w.put(batch, { tags: [tag] });
      const line = await w.said(
        mark,
        'recorder',
        shift ? 'refused' : 'return',
        (fields) => shift === 0 || fields.code === 'trust.stale',
      );
      firsts.push(line.fields.first ?? line.fields.code);
      w.time.shift = 0;
    }
    expect(firsts).toEqual([true, false, 'trust.stale']);
  });
});

/** A run in the registry, as a hello would have made it. */
/** Accepted, and said to be two: whoever of them signs is not believed. */
async function twins() {
  const identity = createIdentity();
  const { key, fingerprint } = identity;
  const id = parseMinionId('twins');
  const run = (boot: string) => ({ incarnation: OTHER_INCARNATION, boot: boot as never, from: Date.now() });
  const runs = [run('bbbbbbbbbbbb2'), run('bbbbbbbbbbbb3')] as const;
  const accepted = { id, state: 'accepted', key, fingerprint, acceptedAt: Date.now(), grains: null, version: 1 } as const;
  await w.registry.putMinion({ ...accepted, run: runs[0], earlier: [runs[1]], duplicate: runs }, 0);
  return w.batch(['forge/a'], { id, identity, incarnation: OTHER_INCARNATION });
}

async function known({ id, incarnation }: World['web2']) {
  const record = await w.registry.minion(id);
  if (!record || record.run) return;
  const run = { incarnation, boot: 'bbbbbbbbbbbb2' as never, from: Date.now() };
  await w.registry.putMinion({ ...record, run, version: record.version + 1 }, record.version);
}

interface Planned {
  readonly jobs: readonly { readonly reaction: { readonly args: readonly unknown[]; readonly kwargs: Map<string, unknown> } }[];
  readonly cause: { readonly root: string; readonly hops: number };
  readonly problems: readonly { readonly code: string }[];
}

describe('a host that writes another’s id, jid or _stamp into its data', () => {
  const STAMP = '1999-01-01T00:00:00.000000+00:00';
  const planned = async (tag: string, emitted: object) => {
    await known(w.web2);
    const mark = w.lines.length;
    const batch = w.batch([], {
      ...w.web2,
      events: [
        {
          ...w.emitted(tag, { id: 'web1', jid: '20200101000000000000', fun: 'cmd.run', _stamp: STAMP, tag: 'x', cmd: '_other' }),
          ...emitted,
        },
      ],
    });
    await w.put(batch, { tags: [tag] });
    const line = await w.said(mark, 'reactor', 'plan', (fields) => String(fields.uid).startsWith('web2:'));
    const plan = line.fields.plan as Planned;
    const { jobs } = plan;
    return {
      plan,
      said: String(jobs[0]?.reaction.args[0] ?? jobs[0]?.reaction.kwargs.get('seen')),
      stamp: new Date(batchStamp(batch.body)).toISOString().slice(0, -1),
      mark,
    };
  };
  const batchStamp = (body: string) => (JSON.parse(body) as { events: { stamp: number }[] }).events[0]?.stamp ?? 0;

  it('an event: id, _stamp, tag and cmd are the platform’s', async () => {
    const { said, stamp } = await planned('forge/mine', {});
    expect(said).toBe(`web2 ${stamp}000+00:00 forge/mine _minion_event`);
  });

  it('a return: id, jid, fun and _stamp come from signer and receipt', async () => {
    const message = await w.signed({ id: w.web2.id, incarnation: w.web2.incarnation, fun: 'test.ping' });
    const { jid } = JSON.parse(message.head) as { jid: string };
    const { said, stamp } = await planned(`salt/job/${jid}/ret/web2`, { receipt: receiptOf(message) });
    expect(said).toBe(`web2 ${jid} test.ping ${stamp}000+00:00`);
  });

  it.each<[string, string, () => Promise<object>]>([
    [
      'another job’s id in the tag',
      'trust.receipt',
      async () => ({ receipt: receiptOf(await w.signed({ id: w.web2.id, incarnation: w.web2.incarnation })) }),
    ],
    ['another host’s receipt', 'trust.receipt', async () => ({ receipt: receiptOf(await w.signed()) })],
    [
      'a receipt of its own making',
      'trust.certificate',
      async () => ({
        receipt: receiptOf(
          await signJob(
            createPlatform(() => Date.now()).signer('reactor'),
            w.job({ id: w.web2.id, incarnation: w.web2.incarnation }).head,
            w.job().body,
          ),
        ),
      }),
    ],
  ])('a return with %s answers nothing: %s', async (_, code, receipt) => {
    const jid = makeJid(Date.now(), [code, _]);
    const { said, mark } = await planned(`salt/job/${jid}/ret/web2`, await receipt());
    expect(said).toMatch(/^web2 - - /);
    for (const part of ['reactor', 'recorder']) await w.said(mark, part, 'refused', (fields) => fields.code === code);
    expect(w.lines.slice(mark).filter(({ message, fields }) => message === 'return' && fields.id === 'web2')).toEqual([]);
  });

  it('a cause: it may raise the hops of its event, and a return keeps those of its job', async () => {
    const root = minionUid(w.web1.id, w.web1.incarnation, 1);
    const claimed = await planned('forge/mine', { cause: { root, parent: root, hops: 3 } });
    expect(claimed.plan.cause).toMatchObject({ root, hops: 3 });
    const endless = await planned('forge/mine', { cause: { root, parent: root, hops: 1000 } });
    expect([endless.plan.jobs, endless.plan.problems]).toMatchObject([[], [{ code: 'reactor.loop' }]]);
    const message = await w.signed({ id: w.web2.id, incarnation: w.web2.incarnation, fun: 'test.ping' });
    const { jid, cause } = JSON.parse(message.head) as { jid: string; cause: Planned['cause'] };
    const lowered = { cause: { root, parent: root, hops: 0 }, receipt: receiptOf(message) };
    expect((await planned(`salt/job/${jid}/ret/web2`, lowered)).plan.cause).toMatchObject({ root: cause.root, hops: cause.hops });
  });

  it('a return without a receipt answers nothing', async () => {
    const jid = makeJid(Date.now(), ['bare']);
    const { said, mark } = await planned(`salt/job/${jid}/ret/web2`, {});
    expect(said).toMatch(/^web2 - - /);
    expect(w.lines.slice(mark).filter(({ message, fields }) => message === 'return' && fields.id === 'web2')).toEqual([]);
  });
});

describe('keys are accepted by the salt/auth that enroll signed, and by no host’s event', () => {
  const asks = async (name: string, identity: Identity): Promise<string> => {
    const made = makeHello({
      stack: w.stack,
      relay: createCurveKeys().publicKey,
      topic: new Uint8Array(16),
      id: parseMinionId(name),
      identity,
      incarnation: OTHER_INCARNATION,
      boot: BOOT,
      at: w.clock.now(),
      grains: null,
    });
    return (JSON.parse((await w.enroll.hello(made.frames))?.text ?? '{}') as { state: string }).state;
  };
  const record = (name: string) => w.registry.minion(parseMinionId(name));
  const accepting = (mark: number) => w.said(mark, 'runner', 'runner', ({ fun }) => fun === 'wheel.key.accept');

  it('a reaction accepts the key of that very event; another key under that id takes no place by it', async () => {
    const [first, second] = [createIdentity(), createIdentity()];
    let mark = w.lines.length;
    expect(await asks('ink1', first)).toBe('pending');
    expect((await accepting(mark)).fields.success).toBe(true);
    expect(await record('ink1')).toMatchObject({ state: 'accepted', fingerprint: first.fingerprint });
    mark = w.lines.length;
    expect(await asks('ink1', second)).toBe('denied');
    await accepting(mark);
    expect(await record('ink1')).toMatchObject({ state: 'accepted', fingerprint: first.fingerprint });
    expect(await asks('ink1', first)).toBe('accepted');
  });

  it('a glob accepts nobody, not even the host that asked', async () => {
    const mark = w.lines.length;
    expect(await asks('all1', createIdentity())).toBe('pending');
    expect((await accepting(mark)).fields).toMatchObject({
      success: false,
      return: 'wheel.key.accept in this reaction may accept all1 and no other, found all*',
    });
    expect(await record('all1')).toBe(null);
  });

  it('a host’s event accepts nobody', async () => {
    expect(await asks('held', createIdentity())).toBe('pending');
    await known(w.web2);
    const mark = w.lines.length;
    await w.put(w.batch([], { ...w.web2, events: [w.emitted('accept/held', { id: 'held' })] }), { tags: ['accept/held'] });
    expect((await accepting(mark)).fields).toMatchObject({
      success: false,
      return: expect.stringContaining('accepts only the key of the salt/auth event'),
    });
    expect(await record('held')).toBe(null);
  });
});

describe('a stolen relay between a host and enroll: the host refuses what enroll did not sign for it', () => {
  /** A relay whose word is its own: what enroll answered goes through `lie` first. */
  const between = async (lie: (state: StateFrames) => StateFrames | Promise<StateFrames>) => {
    const relay = await createRelay({
      stack: w.stack,
      push: 'tcp://127.0.0.1:0',
      sub: 'tcp://127.0.0.1:0',
      keys: createCurveKeys(),
      bus: createBus(),
      clock: w.clock,
      log: () => {},
      enroll: {
        ...w.enroll,
        hello: async (frames) => {
          const state = await w.enroll.hello(frames);
          return state && lie(state);
        },
      },
    });
    const host = startMinion('web2', {
      ...w.web2,
      stack: w.stack,
      roots: () => w.join.roots.enroll,
      relays: [relay.address],
      platform: createPlatform(),
    });
    return {
      host,
      close: async () => {
        await host.link.close();
        await relay.close();
      },
    };
  };
  it.each<[string, string, (state: StateFrames) => StateFrames | Promise<StateFrames>]>([
    ['forges a state', 'trust.signature', (state) => ({ ...state, text: state.text.replace('"accepted"', '"rejected"') })],
    [
      'forges a certificate',
      'trust.certificate',
      async (state) => ({
        ...state,
        cert: await certify({
          stack: w.stack,
          role: 'enroll',
          kind: 'cert-enroll',
          root: createRoot(),
          identity: createIdentity(),
          from: Date.now(),
          to: Date.now() + HOUR,
        }),
      }),
    ],
    ['shows the certificate of a function', 'trust.certificate', async (state) => ({ ...state, cert: (await w.signed()).cert })],
    ['strips the box', 'trust.signature', ({ text, cert, sig }) => ({ text, cert, sig })],
    ['flips a byte of the box', 'trust.signature', (state) => ({ ...state, box: flip(state.box ?? '') })],
    ['answers with what it heard before', 'trust.hello', replayFirst()],
  ])('%s: %s', async (_, code, lie) => {
    const { host, close } = await between(lie);
    await until(
      () => host.said.some(([, fields]) => (fields as { code?: string } | undefined)?.code === code),
      () => host.said,
    );
    expect(host.access.length).toBeLessThanOrEqual(code === 'trust.hello' ? 1 : 0);
    expect(host.refused).toEqual([]);
    await close();
  });

  /** The first answer for ever; the host renews and hears it again. */
  function replayFirst() {
    let first: StateFrames | undefined;
    return async (state: StateFrames) => {
      if (first) return first;
      first = { ...state };
      return { ...state, sig: flip(state.sig) };
    };
  }

  it('a minion that reads, deletes from or sends to another’s queue: AccessDenied by SQS', async () => {
    const { host, close } = await between((state) => state);
    await until(() => host.access.length > 0);
    const [access] = host.access;
    const mine = await w.registry.minion(w.web2.id);
    const theirs = await w.registry.minion(w.web1.id);
    const credentials = access?.credentials as NonNullable<typeof access>['credentials'];
    const own = openJobQueue(w.parts.region, { queue: access?.queue ?? '', credentials });
    await w.queues.send(mine?.queue ?? '', 'for web2');
    expect((await own.receive(new AbortController().signal)).map(({ text }) => text)).toEqual(['for web2']);
    const QueueUrl = (await w.everyQueue.url(theirs?.queue ?? '')) ?? '';
    const other = openJobQueue(w.parts.region, { queue: QueueUrl, credentials });
    const denied = { name: expect.stringMatching(/AccessDenied/) };
    await expect(other.receive(new AbortController().signal)).rejects.toMatchObject(denied);
    await expect(other.delete('any')).rejects.toMatchObject(denied);
    const sqs = new SQSClient({ region: w.parts.region, credentials, useQueueUrlAsEndpoint: false });
    for (const to of [QueueUrl, access?.queue ?? ''])
      await expect(sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: 'x' }))).rejects.toMatchObject(denied);
    await close();
  });
});

it('a direct call of the operator function under another’s name: AccessDenied by Lambda, which lets people in through the URL alone', async () => {
  const role = `${w.parts.name}-person`;
  w.dev.aws.services.iam.access.roles.set(role, {
    trust: '{}',
    policies: new Map([['people', JSON.stringify({ Version: '2012-10-17', Statement: operatorAccess(w.parts) })]]),
  });
  const credentials = w.dev.aws.services.sts.open(role, 'mallory', { seconds: 900 });
  const forged = {
    version: '2.0',
    requestContext: { authorizer: { iam: { userArn: `arn:aws:iam::${w.parts.account}:root` } } },
    body: '{"action":"run"}',
  };
  const lambda = new LambdaClient({ region: w.parts.region, credentials });
  const call = lambda.send(
    new InvokeCommand({ FunctionName: `${w.parts.name}-operator`, Payload: Buffer.from(JSON.stringify(forged)) }),
  );
  await expect(call).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
});

it('and the honest way still works after all of it', async () => {
  const mark = w.lines.length;
  await w.put(w.batch(['forge/honest'], { incarnation: parseIncarnation(w.web1.incarnation) }));
  await w.said(mark, 'minion web1', 'done', (fields) => fields.outcome === 'done');
  await w.said(mark, 'recorder', 'return', (fields) => fields.id === 'web1');
});
