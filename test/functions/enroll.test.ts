import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseBoot, parseIncarnation } from '../../core/ids.ts';
import { encode } from '../../core/json.ts';
import type { BusEntry, Candidate, MinionRecord, Registry, TokenRecord } from '../../core/ports.ts';
import type { Project } from '../../core/reactor/reactions.ts';
import type { FunctionContext } from '../../functions/context.ts';
import { create } from '../../functions/enroll/enroll.ts';
import { changeKeys, listKeys } from '../../functions/keys.ts';
import { createCurveKeys } from '../../trust/curve.ts';
import { makeFetch, PIECE } from '../../trust/fetch.ts';
import { makeHello } from '../../trust/hello.ts';
import { createIdentity, fingerprint } from '../../trust/keys.ts';
import { verifyPlatform } from '../../trust/platform.ts';
import { type StateFrames, verifyState } from '../../trust/state.ts';
import { createHost, createPlatform, DAY, flip, NOW, OTHER_INCARNATION, OTHER_STACK, STACK } from '../support/roots.ts';

/** A registry in memory; conditional puts as DynamoDB's. */
function createRegistry() {
  const minions = new Map<string, MinionRecord>();
  const candidates = new Map<string, Candidate>();
  const tokens = new Map<string, TokenRecord>();
  const registry: Registry = {
    minion: async (id) => minions.get(id) ?? null,
    minions: async () => ({ minions: [...minions.values()], at: NOW }),
    changed: async () => [...minions.keys()] as never,
    some: async (ids) => ids.flatMap((id) => minions.get(id) ?? []),
    putMinion: async (record, version) => {
      if ((minions.get(record.id)?.version ?? 0) !== version) return 'conflict';
      minions.set(record.id, record);
      return 'stored';
    },
    removeMinion: async (id) => void minions.delete(id),
    candidates: async (id) => [...candidates.values()].filter((one) => id === undefined || one.id === id),
    putCandidate: async (one) => void candidates.set(`${one.id} ${one.fingerprint}`, one),
    toldCandidate: async (one) => {
      const key = `${one.id} ${one.fingerprint}`;
      if (candidates.has(key)) candidates.set(key, { ...one, told: true });
    },
    removeCandidate: async (id, print) => void candidates.delete(`${id} ${print}`),
    token: async (key) => tokens.get(key) ?? null,
    putToken: async (token) => void tokens.set(token.key, token),
    spendToken: async (key, print) => {
      const token = tokens.get(key);
      if (!token || (token.usedBy !== undefined && token.usedBy !== print)) return false;
      tokens.set(key, { ...token, usedBy: print });
      return true;
    },
    relays: async () => [
      { push: 'tcp://a:1', sub: 'tcp://a:2', key: 'k1' },
      { push: 'tcp://b:1', sub: 'tcp://b:2', key: 'k2', name: 'east' },
    ],
    putRelay: async () => {},
  };
  return { minions, candidates, tokens, registry };
}

function setUp() {
  const platform = createPlatform();
  const store = createRegistry();
  const entries: BusEntry[] = [];
  const issued: string[] = [];
  const sent: [string, string][] = [];
  const queues = new Set<string>();
  const context = {
    stack: STACK,
    clock: { now: () => NOW },
    random: { bytes: (count: number) => new Uint8Array(count) },
    log: () => {},
    ports: {
      registry: store.registry,
      root: (which: 'jobs' | 'enroll') => platform[which],
      bus: {
        check: async () => {},
        put: async (some: readonly BusEntry[]) => some.map((entry) => (entries.push(entry) > 0 ? null : 'x')),
      },
      queues: {
        create: async (queue: string) => void queues.add(queue),
        createControl: async () => {},
        remove: async (queue: string) => void queues.delete(queue),
        url: async (name: string) => `http://127.0.0.1:1/q/${name}`,
        send: async (queue: string, text: string) => (sent.push([queue, text]) > 0 ? 'sent' : 'missing'),
      },
      credentials: {
        issue: async (queue: string) => {
          issued.push(queue);
          return { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't', expires: NOW + 3_600_000 };
        },
      },
    },
  } as unknown as FunctionContext;
  const handler = create(context);
  const made = (host: ReturnType<typeof createHost>, more: object = {}) =>
    makeHello({
      stack: STACK,
      relay: createCurveKeys().publicKey,
      topic: new Uint8Array(16),
      ...host,
      at: NOW,
      grains: '{"os":"CentOS"}',
      ...more,
    });
  /** The state that the host itself finds in the answer, or the code of the refusal. */
  const ask = async (host: ReturnType<typeof createHost>, more: object = {}) => {
    const { frames, ephemeral } = made(host, more);
    const answer = (await handler(frames)) as { state: StateFrames } | { refused: string };
    if ('refused' in answer) return answer.refused;
    const hello = { text: frames.text, ephemeral };
    const found = verifyState(answer.state, { stack: STACK, roots: platform.roots.enroll, hello, seen: 0 });
    return found.ok ? found.answer.state : found.code;
  };
  const accept = async (host: ReturnType<typeof createHost>) => {
    const record: MinionRecord = {
      id: host.id,
      state: 'accepted',
      key: host.identity.key,
      fingerprint: fingerprint(host.identity.key),
      acceptedAt: NOW,
      earlier: [],
      grains: null,
      version: 1,
    };
    store.minions.set(host.id, record);
  };
  /** What `salt/auth` said, each held against the root enroll. */
  const told = () =>
    entries.map(({ detail }) => {
      const [batch] = JSON.parse(detail).batches;
      expect(verifyPlatform(batch, { stack: STACK, roots: platform.roots, now: NOW })).toMatchObject({
        ok: true,
        role: 'enroll',
      });
      return JSON.parse(batch.body).events[0].data as { act: string; runs?: unknown };
    });
  return { ...store, platform, context, handler, made, ask, accept, told, issued, queues, sent, entries };
}

type It = ReturnType<typeof setUp>;
const host = createHost();
const token = createIdentity();
const giveToken = (it: It, more: Partial<TokenRecord> = {}) =>
  it.tokens.set(token.key, { key: token.key, ids: 'web*', expires: NOW + DAY, ...more });
const candidate = (id: string, state: Candidate['state'] = 'pending'): Candidate => {
  const { key } = createIdentity();
  return { id: createHost(id).id, key, fingerprint: fingerprint(key), state, since: NOW, seen: NOW };
};

describe('4.2: enroll believes nothing of the relay; each line alone decides', () => {
  it.each<[string, (it: It) => unknown, object, string]>([
    ['schema: no frames of a hello', () => {}, { relay: 'x' }, 'trust.schema'],
    ['sizes: grains above 64 KB', () => {}, { grains: 'x'.repeat(65_537) }, 'trust.schema'],
    ['stack: another', () => {}, { stack: OTHER_STACK }, 'trust.stack'],
    ['clock: eleven minutes ago', () => {}, { at: NOW - 600_001 }, 'clock'],
    ['clock: eleven minutes from now', () => {}, { at: NOW + 600_001 }, 'clock'],
    ['registry: this id, this key', (it) => it.accept(host), {}, 'accepted'],
    ['registry: this id, another key', (it) => it.accept(createHost()), {}, 'denied'],
    [
      'registry: this id and key rejected',
      (it) =>
        it.candidates.set('x', {
          ...candidate('web1', 'rejected'),
          key: host.identity.key,
          fingerprint: fingerprint(host.identity.key),
        }),
      {},
      'rejected',
    ],
    ['token: good', (it) => giveToken(it), { token }, 'accepted'],
    ['token: unknown', () => {}, { token }, 'pending'],
    ['token: expired', (it) => giveToken(it, { expires: NOW - 1 }), { token }, 'pending'],
    ['token: used by this key', (it) => giveToken(it, { usedBy: fingerprint(host.identity.key) }), { token }, 'accepted'],
    ['token: used by another key', (it) => giveToken(it, { usedBy: 'SHA256:other' }), { token }, 'pending'],
    ['token: for other ids', (it) => giveToken(it, { ids: 'db*' }), { token }, 'pending'],
    [
      'token: without its proof',
      (it) => giveToken(it),
      { token: { key: token.key, sign: createIdentity().sign } },
      'trust.token',
    ],
    ['candidate: nobody knows it', () => {}, {}, 'pending'],
    [
      'candidates: five of this id',
      (it) => Array.from({ length: 5 }, (_, i) => it.candidates.set(String(i), candidate('web1'))),
      {},
      'full',
    ],
    [
      'candidates: five of this id that were rejected hold no place',
      (it) => Array.from({ length: 5 }, (_, i) => it.candidates.set(String(i), candidate('web1', 'rejected'))),
      {},
      'pending',
    ],
    [
      'candidates: 1,000 in all',
      (it) => Array.from({ length: 1000 }, (_, i) => it.candidates.set(String(i), candidate(`x${i}`))),
      {},
      'full',
    ],
    [
      'candidates: 1,000 in all and a token',
      (it) => {
        giveToken(it);
        for (let i = 0; i < 1000; i += 1) it.candidates.set(String(i), candidate(`x${i}`));
      },
      { token },
      'accepted',
    ],
  ])('%s', async (_, before, more, wanted) => {
    const it = setUp();
    await before(it);
    expect(await it.ask(host, more)).toBe(wanted);
    expect(it.issued.length).toBe(wanted === 'accepted' ? 1 : 0);
  });

  it('sig: a flipped byte', async () => {
    const it = setUp();
    const { frames } = it.made(host);
    expect(await it.handler({ ...frames, sig: flip(frames.sig) })).toEqual({ refused: 'trust.signature' });
    expect(await it.handler({ ...frames, text: frames.text.replace('web1', 'web2') })).toEqual({ refused: 'trust.signature' });
  });

  it('an accepted id takes no more candidates than another: strangers under its name fill nothing', async () => {
    const it = setUp();
    await it.accept(host);
    for (let i = 0; i < 8; i += 1) expect(await it.ask(createHost())).toBe('denied');
    expect(it.candidates.size).toBe(5);
    expect(await it.ask(host)).toBe('accepted');
  });

  it('each change, and only a change, is one salt/auth signed by enroll', async () => {
    const it = setUp();
    for (let i = 0; i < 3; i += 1) expect(await it.ask(host)).toBe('pending');
    expect(it.told().map(({ act }) => act)).toEqual(['pend']);
    giveToken(it);
    for (let i = 0; i < 3; i += 1) expect(await it.ask(host, { token })).toBe('accepted');
    expect(it.told().map(({ act }) => act)).toEqual(['pend', 'accept']);
    expect(await it.ask(createHost())).toBe('denied');
    expect(it.told().map(({ act }) => act)).toEqual(['pend', 'accept', 'denied']);
  });
});

describe('4.3: runs', () => {
  const second = parseBoot('cccccccccccc2');

  it('a new boot supersedes the run; its grains are stored, and the queue belongs to the incarnation', async () => {
    const it = setUp();
    await it.accept(host);
    expect(await it.ask(host)).toBe('accepted');
    expect(await it.ask(host, { boot: second, at: NOW + 1, grains: '{"os":"Debian"}' })).toBe('accepted');
    expect(await it.ask(host, { incarnation: OTHER_INCARNATION, at: NOW + 2 })).toBe('accepted');
    expect(it.minions.get('web1')).toMatchObject({
      run: { incarnation: OTHER_INCARNATION, boot: host.boot },
      earlier: [
        { boot: second, to: NOW + 2 },
        { boot: host.boot, to: NOW + 1 },
      ],
    });
    expect(new Set(it.issued).size).toBe(2);
  });

  it('a rebuilt host leaves a queue behind, which goes when its new run says hello again, or with its key', async () => {
    const it = setUp();
    await it.accept(host);
    const rebuilt = { incarnation: OTHER_INCARNATION, at: NOW + 1 };
    await it.ask(host);
    const [first] = it.queues;
    expect(await it.ask(host, rebuilt)).toBe('accepted');
    expect(it.queues.size).toBe(2);
    expect(await it.ask(host, { ...rebuilt, at: NOW + 2 })).toBe('accepted');
    expect([it.queues.size, it.queues.has(first as string)]).toEqual([1, false]);
    expect(it.minions.get('web1')).not.toHaveProperty('left');

    for (let i = 0; i < 20; i += 1)
      await it.ask(host, { incarnation: parseIncarnation(`zzzzzzzzzzz${'abcdefghijklmnopqrst'[i]}2`), at: NOW + 3 + i });
    expect(it.queues.size).toBe(9);
    const rows = [{ id: host.id, fingerprint: fingerprint(host.identity.key), state: 'accepted' as const }];
    await changeKeys(it.context, { change: 'delete', rows, signer: it.platform.signer('operator'), source: 'brine.operator' });
    expect(it.queues.size).toBe(0);
  });

  it('a hello from before a host was rebuilt, played again, brings back neither its queue nor its grains', async () => {
    const it = setUp();
    await it.accept(host);
    const { frames } = it.made(host, { grains: '{"os":"old"}' });
    await it.handler(frames);
    await it.ask(host, { incarnation: OTHER_INCARNATION, at: NOW + 1 });
    const [before, issued] = [it.minions.get('web1'), it.issued.length];
    expect(await it.handler(frames)).toHaveProperty('state');
    expect([it.minions.get('web1'), it.issued.length]).toEqual([before, issued]);
  });

  it('grains of a host that nobody accepted are not stored', async () => {
    const it = setUp();
    expect(await it.ask(host)).toBe('pending');
    expect(encode([...it.candidates.values()].map(({ state }) => state))).not.toContain('CentOS');
    expect(it.minions.size).toBe(0);
  });

  it('a superseded run that says hello again: one event names both, neither is served until one is removed', async () => {
    const it = setUp();
    await it.accept(host);
    expect(await it.ask(host)).toBe('accepted');
    expect(await it.ask(host, { boot: second, at: NOW + 1 })).toBe('accepted');
    // An old hello of the first run, played again, accuses nobody.
    expect(await it.ask(host, { at: NOW })).toBe('accepted');
    expect(await it.ask(host, { at: NOW + 2 })).toBe('duplicate');
    expect(await it.ask(host, { boot: second, at: NOW + 3 })).toBe('duplicate');
    expect(await it.ask(host, { boot: parseBoot('dddddddddddd2'), at: NOW + 4 })).toBe('duplicate');
    // Each relay asks whom it has once more, so that the other one hears of it.
    expect(it.sent).toEqual([
      ['brine-relay-1', '{"again":"web1"}'],
      ['brine-relay-east', '{"again":"web1"}'],
    ]);
    const { incarnation } = host;
    expect(it.told()).toMatchObject([
      {
        act: 'duplicate',
        runs: [
          { incarnation, boot: second },
          { incarnation, boot: host.boot },
        ],
      },
    ]);
    const rows = [{ id: host.id, fingerprint: fingerprint(host.identity.key), state: 'accepted' as const }];
    await changeKeys(it.context, { change: 'delete', rows, signer: it.platform.signer('operator'), source: 'brine.operator' });
    expect(await it.ask(host, { at: NOW + 5 })).toBe('pending');
  });
});

it('a change of keys asks every relay to ask again', async () => {
  const it = setUp();
  await it.ask(host);
  const rows = [{ id: host.id, fingerprint: fingerprint(host.identity.key), state: 'pending' as const }];
  await changeKeys(it.context, { change: 'accept', rows, signer: it.platform.signer('operator'), source: 'brine.operator' });
  expect(it.sent).toEqual([
    ['brine-relay-1', '{"again":"web1"}'],
    ['brine-relay-east', '{"again":"web1"}'],
  ]);
});

describe('salt/auth, when something comes between', () => {
  const told = (it: ReturnType<typeof setUp>) =>
    it.entries.flatMap(({ detail }) => (JSON.parse(detail) as { batches: { ulid: string }[] }).batches.map(({ ulid }) => ulid));

  it('a kill after the candidate was stored: the next hello tells it, once, under the same uid', async () => {
    const it = setUp();
    await it.ask(host);
    const [candidate] = it.candidates.values();
    if (!candidate) throw new Error('nobody asked');
    it.candidates.set(`${host.id} ${candidate.fingerprint}`, { ...candidate, told: false });
    await it.ask(host);
    await it.ask(host);
    const ulids = told(it);
    expect(ulids).toHaveLength(2);
    expect(new Set(ulids).size).toBe(1);
  });

  it('two operators who accept at once leave an accepted key', async () => {
    const it = setUp();
    await it.ask(host);
    const rows = [{ id: host.id, fingerprint: fingerprint(host.identity.key), state: 'pending' as const }];
    const change = { change: 'accept', rows, signer: it.platform.signer('operator'), source: 'brine.operator' } as const;
    await changeKeys(it.context, change);
    await changeKeys(it.context, change);
    expect(it.minions.get(host.id)?.state).toBe('accepted');
    expect(await listKeys(it.context)).toEqual([{ ...rows[0], state: 'accepted' }]);
    expect(await it.ask(host)).toBe('accepted');
  });

  it('a candidate that a late hello left beside its accepted key is shown once', async () => {
    const it = setUp();
    await it.ask(host);
    const [candidate] = it.candidates.values();
    const rows = [{ id: host.id, fingerprint: fingerprint(host.identity.key), state: 'pending' as const }];
    await changeKeys(it.context, { change: 'accept', rows, signer: it.platform.signer('operator'), source: 'brine.operator' });
    if (candidate) it.candidates.set('late', candidate);
    expect(await listKeys(it.context)).toEqual([{ ...rows[0], state: 'accepted' }]);
  });
});

describe('a file of the bundle by its digest', () => {
  const text = 'echo hello\n';
  const blob = Buffer.alloc(PIECE + 5, 1);
  const digestOf = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
  const ask = async (it: It, asked: object = {}) => {
    const project = { files: new Map(), shelf: new Map([['/srv/salt/a.sh', { text }]]) } as unknown as Project;
    const file = (sha256: string) => (sha256 === digestOf(blob) ? blob : null);
    const handler = create({ ...it.context, project, file });
    const fetch = makeFetch({ stack: STACK, ...host, at: NOW, sha256: digestOf(text), offset: 0, ...asked });
    return (await handler({ fetch })) as { size?: number; data?: string; refused?: string };
  };

  it.each<[string, (it: It) => unknown, object, string]>([
    ['a host whose key waits', () => {}, {}, 'trust.unknown'],
    ['another key under its id', (it) => it.accept(createHost()), {}, 'trust.unknown'],
    ['its signature over another stack', (it) => it.accept(host), { stack: OTHER_STACK }, 'trust.stack'],
    ['eleven minutes ago', (it) => it.accept(host), { at: NOW - 660_000 }, 'trust.clock'],
    ['a digest of nothing that is deployed', (it) => it.accept(host), { sha256: digestOf('other') }, 'file.unknown'],
    ['what is no digest', (it) => it.accept(host), { sha256: '../../etc/passwd' }, 'trust.schema'],
  ])('refused: %s', async (_name, prepare, asked, code) => {
    const it = setUp();
    await prepare(it);
    expect(await ask(it, asked)).toEqual({ refused: code });
  });

  it('is answered in pieces, a text of the bundle and a file beside it', async () => {
    const it = setUp();
    await it.accept(host);
    expect(await ask(it)).toEqual({ size: text.length, data: Buffer.from(text).toString('base64url') });
    const last = await ask(it, { sha256: digestOf(blob), offset: PIECE });
    expect(last).toEqual({ size: PIECE + 5, data: Buffer.alloc(5, 1).toString('base64url') });
    expect((await ask(it, { sha256: digestOf(blob), offset: PIECE * 9 })).data).toBe('');
  });
});
