/** The ports over DynamoDB: registry, plans, jobs. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect } from 'vitest';
import { createItems } from '../../aws/items.ts';
import { createJobs } from '../../aws/jobs.ts';
import { createPlans } from '../../aws/plans.ts';
import { createPresences } from '../../aws/presences.ts';
import { createRegistry } from '../../aws/registry.ts';
import { createTargets } from '../../aws/targets.ts';
import { type MinionId, parseBoot, parseIncarnation, parseMinionId, parseUid, type Uid } from '../../core/ids.ts';
import { type Jid, makeJid } from '../../core/job/jid.ts';
import type { Plan } from '../../core/job/plan.ts';
import type { JobAnswer, JobSummary, MinionRecord } from '../../core/ports.ts';
import { Dict } from '../../core/value.ts';
import { type Clients, contract } from './endpoints.ts';

const incarnation = parseIncarnation('aaaaaaaaaaaa2');
const boot = parseBoot('bbbbbbbbbbbb3');
const web1 = parseMinionId('web1');

contract('registry, plan store and job store', ({ it, clients }) => {
  const items = (it: Clients, table: string) => createItems(it.dynamo, `${it.unique}-${table}`);
  beforeAll(async () => {
    const { dynamo, unique } = clients();
    for (const table of ['registry', 'plans', 'jobs']) {
      await dynamo.send(
        new CreateTableCommand({
          TableName: `${unique}-${table}`,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        }),
      );
    }
  });

  const record = (id: string, over: Partial<MinionRecord> = {}): MinionRecord => ({
    id: parseMinionId(id),
    state: 'accepted',
    key: 'key',
    fingerprint: `${id}:fingerprint`,
    acceptedAt: 1,
    earlier: [],
    grains: '{"os":"CentOS","mem_total":4000}',
    version: 1,
    ...over,
  });

  it('of presence the newest word stays, and a relay that was started again knows nobody of before', async (to) => {
    const presences = createPresences(items(to, 'jobs'));
    const [web2, db1] = [parseMinionId('web2'), parseMinionId('db1')];
    const of = async (id: MinionId) => (await presences.find([id])).map(({ here, since }) => [here, since]);
    const a = { relay: 'a', since: 1 };
    await presences.note({ at: 10, new: [web1, web2], lost: [], ...a });
    expect([await of(web1), await of(db1)]).toEqual([[[true, 10]], []]);
    await presences.note({ at: 30, new: [], lost: [web1], ...a });
    await presences.note({ at: 20, new: [web1], lost: [], ...a }); // comes late
    expect(await of(web1)).toEqual([[false, 30]]);
    await presences.note({ at: 25, new: [web1], lost: [], relay: 'b', since: 2 }); // it went from one to the other
    expect(await of(web1)).toEqual([[true, 25]]);
    await presences.note({ at: 60, new: [db1], lost: [], relay: 'a', since: 50 });
    expect([await of(web2), await of(web1), await of(db1)]).toEqual([[[false, 50]], [[true, 25]], [[true, 60]]]);
    expect((await presences.find()).map(({ id }) => id).sort()).toEqual(['db1', 'web1', 'web2']);
  });

  it('a minion is written only over the version that was read', async (to) => {
    const registry = createRegistry(items(to, 'registry'));
    expect(await registry.minion(web1)).toBeNull();
    expect(await registry.putMinion(record('web1'), 0)).toBe('stored');
    expect(await registry.putMinion(record('web1'), 0)).toBe('conflict');
    const run = { incarnation, boot, from: 5 };
    expect(await registry.putMinion(record('web1', { run, queue: 'q', version: 2 }), 1)).toBe('stored');
    expect(await registry.putMinion(record('web1', { state: 'rejected', version: 2 }), 1)).toBe('conflict');
    expect(await registry.minion(web1)).toMatchObject({
      state: 'accepted',
      run,
      version: 2,
      grains: expect.stringContaining('CentOS'),
    });
  });

  it('of two writers at once exactly one is stored', async (to) => {
    const registry = createRegistry(items(to, 'registry'));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => registry.putMinion(record('race', { key: `key${i}` }), 0)),
    );
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
  });

  it('targets see accepted minions with a run, and no others', async (to) => {
    const registry = createRegistry(items(to, 'registry'));
    const run = { incarnation, boot, from: 5 };
    await registry.putMinion(record('db1', { run, queue: 'q' }), 0);
    await registry.putMinion(record('db2', { queue: 'q' }), 0);
    await registry.putMinion(record('db3', { run, queue: 'q', duplicate: [run, run] }), 0);
    await registry.putMinion(record('db4', { run, queue: 'q', grains: null }), 0);
    const { minions } = await createTargets(registry, Date.now).registered();
    const seen = minions.filter(({ id }) => id.startsWith('db'));
    expect(seen.map(({ id, grains }) => [id, grains === null])).toEqual(
      expect.arrayContaining([
        ['db1', false],
        ['db4', true],
      ]),
    );
    expect(seen).toHaveLength(2);
  });

  it('a record that was read just now stands for its host, also in a set that was read while it was being written', async (to) => {
    const targets = createTargets(createRegistry(items(to, 'registry')), () => 1_000);
    const ids = async (own: MinionRecord) => (await targets.registered({ own })).minions.filter(({ id }) => id === own.id);
    expect((await targets.registered()).minions.some(({ id }) => id === 'own1')).toBe(false);
    const own = record('own1', { run: { incarnation, boot, from: 5 }, queue: 'q' });
    expect(await ids(own)).toMatchObject([{ id: 'own1', queue: 'q', incarnation }]);
    expect(await ids({ ...own, queue: 'newer' })).toMatchObject([{ queue: 'newer' }]);
    expect(await ids({ ...own, state: 'rejected' })).toEqual([]);
  });

  it('what changed after the whole was read is seen, and nothing else is read', async (to) => {
    const whole = createRegistry(items(to, 'registry'));
    const reads = { whole: 0, some: [] as string[] };
    const registry = {
      ...whole,
      minions: () => {
        reads.whole += 1;
        return whole.minions();
      },
      some: (ids: Parameters<typeof whole.some>[0]) => {
        reads.some.push(...ids);
        return whole.some(ids);
      },
    };
    const run = { incarnation, boot, from: 5 };
    const many = Array.from({ length: 120 }, (_, i) => `inc${String(i).padStart(3, '0')}`);
    await Promise.all(many.map((id) => whole.putMinion(record(id, { run, queue: 'q' }), 0)));
    const time = { shift: 0 };
    const targets = createTargets(registry, () => Date.now() + time.shift);
    const seen = async () => (await targets.registered()).minions.filter(({ id }) => id.startsWith('inc'));
    expect(await seen()).toHaveLength(120);
    await whole.putMinion(record('inc999', { run, queue: 'q' }), 0);
    await whole.removeMinion(many[0] as never);
    await whole.putMinion(record('inc001', { run, queue: 'other', version: 2 }), 1);
    expect(await seen()).toHaveLength(120); // five seconds are allowed
    time.shift = 6000;
    const after = await seen();
    expect(after.map(({ id }) => id)).toEqual([...many.slice(1), 'inc999']);
    expect(after.find(({ id }) => id === 'inc001')?.queue).toBe('other');
    expect(reads.whole).toBe(1);
    expect(reads.some).toEqual(expect.arrayContaining(['inc999', 'inc000', 'inc001']));
    time.shift = 60 * 60_000;
    expect(await seen()).toHaveLength(120);
    expect(reads.whole).toBe(2);
  });

  it('candidates, tokens and relays are kept; a token is spent by one fingerprint alone', async (to) => {
    const registry = createRegistry(items(to, 'registry'));
    await registry.putCandidate({ id: web1, key: 'k', fingerprint: 'f1', state: 'pending', since: Date.now(), seen: Date.now() });
    await registry.putCandidate({ id: web1, key: 'k', fingerprint: 'f2', state: 'denied', since: Date.now(), seen: Date.now() });
    expect((await registry.candidates(web1)).map(({ fingerprint }) => fingerprint).sort()).toEqual(['f1', 'f2']);
    await registry.removeCandidate(web1, 'f1');
    expect((await registry.candidates()).map(({ fingerprint }) => fingerprint)).toEqual(['f2']);
    await registry.putToken({ key: 'token', ids: 'web*', expires: Date.now() + 1e6 });
    const spent = await Promise.all(['a', 'b', 'c'].map((fingerprint) => registry.spendToken('token', fingerprint)));
    expect(spent.filter(Boolean)).toHaveLength(1);
    const winner = ['a', 'b', 'c'][spent.indexOf(true)] as string;
    expect(await registry.spendToken('token', winner)).toBe(true);
    await registry.putRelay({ push: 'tcp://a', sub: 'tcp://b', key: 'z85' });
    expect(await registry.relays()).toEqual([{ push: 'tcp://a', sub: 'tcp://b', key: 'z85' }]);
  });

  const plan = (uid: Uid, hosts: number, text = 'x'): Plan => ({
    v: 1,
    uid,
    tag: 'testtag',
    cause: { root: uid, parent: uid, hops: 0 },
    bundle: 'digest',
    user: 'reactor',
    at: 1,
    takenAt: 1,
    registryAge: 0,
    problems: [],
    jobs: [
      {
        jid: makeJid(1, [uid]),
        expires: 2,
        unknown: [],
        addressees: Array.from({ length: hosts }, (_, i) => ({
          id: parseMinionId(`host${i}`),
          incarnation,
          queue: `brine-m-${i}`,
        })),
        reaction: {
          kind: 'local',
          fun: 'cmd.run',
          args: [text, 12345678901234567890n, 1.0],
          kwargs: new Dict(),
        } as unknown as Plan['jobs'][number]['reaction'],
      },
    ],
  });

  it('the first plan of an event stays; a repetition is given it back, types and all', async (to) => {
    const plans = createPlans(items(to, 'plans'), Date.now);
    const uid = parseUid('web1:aaaaaaaaaaaa2:1');
    expect(await plans.put(plan(uid, 2))).toEqual({ stored: true });
    const again = await plans.put(plan(uid, 5));
    expect(again).toMatchObject({ stored: false });
    const kept = await plans.get(uid);
    expect(kept?.jobs[0]?.addressees).toHaveLength(2);
    expect(kept?.jobs[0]?.reaction.args).toEqual(['x', 12345678901234567890n, 1.0]);
  });

  it('a plan of 10,000 hosts and 600 KB of arguments comes back whole, though another render wrote pieces of its own', async (to) => {
    const plans = createPlans(items(to, 'plans'), Date.now);
    const uid = parseUid('web1:aaaaaaaaaaaa2:2');
    const text = '😀"\n'.repeat(150_000);
    const answers = await Promise.all([plans.put(plan(uid, 10_000, text)), plans.put(plan(uid, 9_000, 'other'))]);
    expect(answers.filter((answer) => answer.stored)).toHaveLength(1);
    const kept = await plans.get(uid);
    const won = answers[0]?.stored ? { hosts: 10_000, text } : { hosts: 9_000, text: 'other' };
    expect(kept?.jobs[0]?.addressees).toHaveLength(won.hosts);
    expect(kept?.jobs[0]?.reaction.args[0] === won.text).toBe(true);
  });

  const job = (jid: Jid, at: number): JobSummary => ({
    jid,
    fun: 'test.ping',
    user: 'root',
    tgt: '*',
    tgt_type: 'glob',
    arg: '[]',
    minions: [web1],
    uid: parseUid('operator:01ARZ3NDEKTSV4RRFFQ69G5FAV'),
    at,
    expires: at + 1,
  });

  it('jobs are listed newest first, over the turn of a day', async (to) => {
    const noon = Date.UTC(2026, 10, 24, 12);
    const jobs = createJobs(items(to, 'jobs'), () => noon);
    const times = [noon - 86_400_000 * 3, noon - 86_400_000, noon - 2, noon - 1];
    for (const at of times) await jobs.putJob(job(makeJid(at, ['x']), at));
    expect((await jobs.recent(3)).map(({ at }) => at)).toEqual([...times].reverse().slice(0, 3));
    expect(await jobs.recent(100)).toHaveLength(4);
  });

  it('answers are read in order of arrival, page by page, and then only what is new', async (to) => {
    const time = { now: Date.now() };
    const jobs = createJobs(items(to, 'jobs'), () => time.now);
    const jid = makeJid(time.now, ['arrivals', String(Math.random())]);
    const answer = (id: string) => ({ jid, id: parseMinionId(id), load: JSON.stringify('x'.repeat(9000)), at: 1 });
    const ids = Array.from({ length: 300 }, (_, i) => `h${i}`);
    for (let i = 0; i < ids.length; i += 50) {
      time.now += 3000;
      await Promise.all(ids.slice(i, i + 50).map((id) => jobs.putAnswer(answer(id))));
    }
    const read = async (after?: string) => {
      const seen: string[] = [];
      let pages = 0;
      for (let more = true; more; pages += 1) {
        const page = await jobs.arrivals(jid, after);
        seen.push(...page.answers.map(({ id }) => String(id)));
        after = page.next;
        more = page.more;
      }
      return { seen, after, pages };
    };
    time.now += 5000;
    const all = await read();
    expect(all.pages).toBeGreaterThan(1);
    expect(all.seen.map((id) => Math.floor(Number(id.slice(1)) / 50))).toEqual(ids.map((_, i) => Math.floor(i / 50)));
    expect(new Set(all.seen)).toEqual(new Set(ids));
    time.now += 5000;
    expect((await read(all.after)).seen).toEqual([]);
    for (let times = 0; times < 3; times += 1, time.now += 1) await jobs.putAnswer(answer('late'));
    expect((await read(all.after)).seen).toEqual(['late']);
    expect((await read('rubbish')).seen).toHaveLength(301);
  });

  it('the first answer of a host stays, and one of 200 KB that doubles in JSON is whole', async (to) => {
    const jobs = createJobs(items(to, 'jobs'), Date.now);
    const jid = makeJid(Date.now(), ['y']);
    const load = JSON.stringify({ return: '"\\'.repeat(100_000) });
    const answer = (id: string, text: string): JobAnswer => ({ jid, id: parseMinionId(id), load: text, at: 1 });
    expect(await jobs.putAnswer(answer('web1', load))).toBe(true);
    expect(await jobs.putAnswer(answer('web1', '{"return":2}'))).toBe(false);
    expect(await jobs.putAnswer(answer('db1', '{"return":true}'))).toBe(true);
    expect((await jobs.answer(jid, web1))?.load === load).toBe(true);
    const all = await jobs.answers(jid);
    expect(all.map(({ id }) => id).sort()).toEqual(['db1', 'web1']);
    expect(all.find(({ id }) => id === 'web1')?.load === load).toBe(true);
  });
});
