/** Runner and wheel functions as people and reactions call them, through the operator's door and the runner's queue, with real hosts behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchEvents } from '../../client/watch.ts';
import { type Dict, fromPlain, toPlain } from '../../core/value.ts';
import { type Door, startDoor } from '../support/door.ts';

let door: Door;
beforeAll(async () => {
  door = await startDoor({
    files: {
      'reactor.conf': 'reactor:\n  - "my/tag":\n    - /srv/reactor/my.sls\n',
      'srv/reactor/my.sls': 'x:\n  local.test.ping:\n    - tgt: web1\n',
    },
    minions: { web1: { os: 'CentOS' }, db1: { os: 'Debian' } },
  });
  // Accepted, and never seen.
  await registerAway('old1');
}, 60_000);
afterAll(() => door.close());

async function registerAway(id: string) {
  const { createRegistry } = await import('../../aws/registry.ts');
  const { createItems } = await import('../../aws/items.ts');
  const { dynamoClient } = await import('../../aws/clients.ts');
  const { tableNames } = await import('../../aws/topology.ts');
  const { parseMinionId } = await import('../../core/ids.ts');
  const config = { region: door.parts.region, credentials: door.dev.aws.credentials };
  const registry = createRegistry(createItems(dynamoClient(config), tableNames(door.parts.name).registry));
  await registry.putMinion(
    {
      id: parseMinionId(id),
      state: 'accepted',
      key: 'k',
      fingerprint: 'SHA256:old',
      acceptedAt: 1,
      earlier: [],
      grains: null,
      version: 1,
    },
    0,
  );
}

let count = 0;
async function call(kind: 'runner' | 'wheel', fun: string, arg: unknown[] = [], kwarg: Record<string, unknown> = {}) {
  count += 1;
  const request = `01ARZ3NDEKTSV4RRFFQ69H${String(count).padStart(4, '0')}`;
  const answer = await door.call('root', {
    action: kind,
    request,
    fun,
    arg: fromPlain(arg) as never,
    kwarg: fromPlain(kwarg) as Dict,
  });
  return { ...answer, success: answer.more.get('success'), value: toPlain(answer.more.get('return') ?? null) as never };
}

const jobOn = async (tgt: string, fun: string, arg: string[] = []): Promise<string> => {
  count += 1;
  const request = `01ARZ3NDEKTSV4RRFFQ69K${String(count).padStart(4, '0')}`;
  const sent = await door.call('root', { action: 'run', request, tgt, tgt_type: 'glob', fun, arg });
  const jid = String(sent.more.get('jid'));
  for (let open = true; open; ) {
    const answers = (await door.call('root', { action: 'jobs', op: 'answers', jid })).more.get('answers');
    open = !Array.isArray(answers) || answers.length < ((sent.more.get('minions') as unknown[]) ?? []).length;
  }
  return jid;
};

describe('arguments, in Python’s words', () => {
  it.each<[string, unknown[], Record<string, unknown>, string]>([
    ['event.send', [], {}, "Passed invalid arguments: send() missing 1 required positional argument: 'tag'"],
    ['reactor.add', [], {}, "Passed invalid arguments: add() missing 2 required positional arguments: 'event' and 'reactors'"],
    ['event.send', ['a', {}, 3], {}, 'Passed invalid arguments: send() takes from 1 to 2 positional arguments but 3 were given'],
    ['reactor.is_leader', [1], {}, 'Passed invalid arguments: is_leader() takes 0 positional arguments but 1 was given'],
    ['event.send', ['a'], { tag: 'b' }, "Passed invalid arguments: send() got multiple values for argument 'tag'"],
    ['event.send', ['a', 'text'], {}, "Dict object expected, not 'text'."],
    ['event.send', [''], {}, 'expected a tag, found an empty text'],
    ['jobs.lookup_jid', ['nope'], {}, 'job id'],
    ['nope.nope', [], {}, "'nope.nope' is not available."],
    ['jobs.list_jobs', [], { start_time: 'yesterday-ish' }, "expected a time such as '2026-11-22 15:11'"],
    ['manage.up', [], { tgt_type: 'nope' }, "there is no tgt_type 'nope'"],
    ['state.over', [], {}, 'Overstate was removed from Salt in 2015.8'],
    ['state.event', [], {}, 'brine events'],
    ['reactor.set_leader', [false], {}, 'There is no master'],
    ['reactor.add', ['new/tag', '/srv/reactor/new.sls'], {}, "- 'new/tag':\n      - /srv/reactor/new.sls"],
    ['reactor.delete', ['my/tag'], {}, "take 'my/tag' out of reactor.conf"],
  ])('%s %j %j', async (fun, arg, kwarg, says) => {
    const { success, value } = await call('runner', fun, arg, kwarg);
    expect([success, value]).toEqual([false, expect.stringContaining(says)]);
  });
});

it('a keyword that it does not know is answered with its documentation', async () => {
  const { success, value } = await call('runner', 'event.send', ['a'], { nope: 1 });
  expect([success, value]).toEqual([false, { 'event.send': expect.stringContaining('brine runner event.send') }]);
});

describe('what they give', () => {
  it.each<[string, unknown[], Record<string, unknown>, unknown]>([
    ['test.arg', ['a'], { b: 1, __c: 2 }, { args: ['a'], kwargs: { b: 1 } }],
    ['test.raw_arg', ['a'], { __c: 2 }, { args: ['a'], kwargs: { __c: 2 } }],
    ['test.metasyntactic', [], { locality: 'uk' }, ['wibble', 'wobble', 'wubble', 'flob']],
    ['test.sleep', [0.01], {}, true],
    ['reactor.list', [], {}, [{ 'my/tag': ['/srv/reactor/my.sls'] }]],
    ['reactor.is_leader', [], {}, true],
    ['reactor.set_leader', [], {}, true],
    ['reactor.add', ['my/tag', 'x'], {}, { status: false, comment: 'Reactor already exists.' }],
    ['reactor.delete', ['no/tag'], {}, { status: false, comment: 'Reactor does not exists.' }],
    ['cache.grains', ['web*'], {}, { web1: expect.objectContaining({ os: 'CentOS', id: 'web1' }) }],
    ['cache.grains', ['os:Debian'], { tgt_type: 'grain' }, { db1: expect.objectContaining({ os: 'Debian' }) }],
    ['jobs.lookup_jid', ['20200101000000000000'], {}, {}],
    ['jobs.last_run', [], { function: 'nope.nope' }, false],
    [
      'doc.runner',
      [],
      {},
      expect.objectContaining({ 'event.send': expect.stringContaining('brine runner event.send my/custom/event') }),
    ],
    ['doc.wheel', [], {}, expect.objectContaining({ 'key.accept': expect.stringContaining('brine wheel key.accept web9') })],
  ])('%s %j %j', async (fun, arg, kwarg, gives) => {
    const { success, value } = await call('runner', fun, arg, kwarg);
    expect([success, value]).toEqual([true, gives]);
  });

  it('survey.hash puts hosts with the same return together', async () => {
    const { value } = await call('runner', 'survey.hash', ['*', 'test.echo', 'same']);
    expect(value).toEqual([{ pool: ['db1', 'web1'], result: 'same' }]);
  });

  it('manage.* asks: who answers is up, who is accepted and does not is down', async () => {
    // Whoever is registered is waited for, and no longer: a busy machine takes its time.
    const timeout = { timeout: 15 };
    expect((await call('runner', 'manage.status', [], timeout)).value).toEqual({ up: ['db1', 'web1'], down: ['old1'] });
    expect((await call('runner', 'manage.down', [], { ...timeout, tgt: 'old*' })).value).toEqual(['old1']);
    expect((await call('runner', 'manage.up', [], { ...timeout, tgt: 'os:CentOS', tgt_type: 'grain' })).value).toEqual(['web1']);
  });

  it('manage.versions labels them as Salt does', async () => {
    const { value } = await call('runner', 'manage.versions');
    expect(value).toEqual({ 'Up to date': { db1: '0.1.0', web1: '0.1.0' }, 'Minion offline': { old1: false }, Master: '0.1.0' });
  });

  it('manage.present and its kin', async () => {
    expect((await call('runner', 'manage.present', [], { subset: ['web1', 'old1'] })).value).toEqual(['web1']);
    expect((await call('runner', 'manage.not_alived')).value).toEqual(['old1']);
  });

  it('jobs.* tell of a job', async () => {
    const jid = await jobOn('*', 'test.echo', ['hello']);
    expect((await call('runner', 'jobs.lookup_jid', [jid])).value).toEqual({ db1: 'hello', web1: 'hello' });
    const job = {
      Function: 'test.echo',
      Arguments: ['hello'],
      Target: '*',
      'Target-type': 'glob',
      User: 'root',
      StartTime: expect.stringMatching(/^\d{4}, \w{3} \d\d /),
    };
    const one = { return: 'hello', retcode: 0, success: true };
    const whole = { ...job, Minions: ['db1', 'web1'], Result: { db1: one, web1: one } };
    expect((await call('runner', 'jobs.list_job', [jid])).value).toEqual({ jid, ...whole });
    expect((await call('runner', 'jobs.print_job', [jid])).value).toEqual({ [jid]: whole });
    expect((await call('runner', 'jobs.exit_success', [jid])).value).toEqual({ db1: true, web1: true });
    expect((await call('runner', 'jobs.list_jobs', [], { search_function: 'test.echo', start_time: jid })).value).toEqual({
      [jid]: job,
    });
    expect(Object.keys((await call('runner', 'jobs.list_jobs_filter', [1])).value)).toHaveLength(1);
    expect((await call('runner', 'jobs.last_run', [], { function: 'test.echo' })).value).toEqual({ [jid]: whole });
  });

  it('jobs.active says what runs, and where', async () => {
    count += 1;
    const request = `01ARZ3NDEKTSV4RRFFQ69M${String(count).padStart(4, '0')}`;
    const sent = await door.call('root', {
      action: 'run',
      request,
      tgt: 'web1',
      tgt_type: 'glob',
      fun: 'cmd.run',
      arg: ['sleep 30'],
    });
    const jid = String(sent.more.get('jid'));
    let found: Record<string, unknown> = {};
    while (!(jid in found)) found = (await call('runner', 'jobs.active')).value as Record<string, unknown>;
    expect(found[jid]).toMatchObject({
      Function: 'cmd.run',
      Target: 'web1',
      User: 'root',
      Running: [{ web1: expect.any(Number) }],
      Returned: [],
    });
    await jobOn('web1', 'saltutil.kill_job', [jid]);
  });

  it('wheel.key.* in Salt’s form', async () => {
    const ids = ['db1', 'old1', 'web1'];
    expect((await call('wheel', 'key.list_all')).value).toEqual({
      minions: ids,
      minions_pre: [],
      minions_rejected: [],
      minions_denied: [],
      local: [],
    });
    expect((await call('wheel', 'key.list', ['accepted'])).value).toEqual({ minions: ids });
    expect((await call('wheel', 'key.name_match', ['web*'])).value).toEqual({ minions: ['web1'] });
    expect((await call('wheel', 'key.finger', ['old1'])).value).toEqual({ minions: { old1: 'SHA256:old' } });
    expect((await call('wheel', 'key.reject', ['old1'])).value).toEqual({ minions_rejected: ['old1'] });
    expect((await call('wheel', 'key.delete', ['old1'])).value).toEqual({});
    expect((await call('wheel', 'key.nope', ['old1'])).value).toBe("'key.nope' is not available.");
  });
});

it('an unknown runner is said on the bus as well: new, then ret with its words', async () => {
  const stop = new AbortController();
  const seen: [string, Record<string, unknown>][] = [];
  for await (const event of watchEvents(door.root, await door.as('root'), {
    glob: 'salt/run/*',
    signal: stop.signal,
    watching: () => void call('runner', 'nope.nope', ['a'], { b: 1 }),
  })) {
    seen.push([event.tag, toPlain(event.data) as Record<string, unknown>]);
    if (seen.length === 2) stop.abort();
  }
  const [[newTag, asked], [retTag, answered]] = seen.sort(([a], [b]) => (a < b ? -1 : 1)) as [(typeof seen)[0], (typeof seen)[0]];
  const { jid } = asked;
  const base = {
    fun: 'runner.nope.nope',
    jid,
    user: 'root',
    fun_args: ['a', { b: 1 }],
    _stamp: expect.any(String),
  };
  expect([newTag, retTag]).toEqual([`salt/run/${jid}/new`, `salt/run/${jid}/ret`]);
  expect(asked).toEqual(base);
  expect(answered).toEqual({ ...base, return: "'nope.nope' is not available.", success: false, retcode: 1 });
});
