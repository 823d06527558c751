/** The operator's door, through its real URL with real signatures: who is let in, what each may do, and what is said. Trust section 8. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaClient } from '../../../aws/clients.ts';
import { createOperator, type OperatorCall } from '../../../client/operator.ts';
import { watchEvents } from '../../../client/watch.ts';
import { Dict, toPlain } from '../../../core/value.ts';
import { type Door, startDoor } from '../../support/door.ts';
import { eventually } from '../../support/eventually.ts';

const iam = (role: string) => `arn:aws:iam::000000000000:role/${role}`;
const OPERATORS = {
  [iam('tester')]: ['test.*'],
  [iam('web')]: [{ 'web*': ['test.*', 'cmd.run'] }],
  [iam('caller')]: ['@runner'],
  [iam('jobs')]: [{ '@runner': ['jobs.*', 'event.send'] }, { '@fire': ['myco/*'] }],
  [iam('keys')]: [{ '@key': ['list', 'accept'] }, '@wheel'],
  [iam('fire')]: [{ '@fire': ['myco/*', 'salt/*'] }],
  [iam('see')]: [{ '@events': ['myco/*'] }, { '@jobs': ['list', 'minions'] }],
  'arn:aws:sts::000000000000:assumed-role/shared/anna': ['test.ping'],
  [iam('sh*')]: [],
};

let door: Door;
beforeAll(async () => {
  const settings = { operators: OPERATORS, administrators: [iam('admin')] };
  door = await startDoor({
    files: { 'brine.yaml': JSON.stringify(settings) },
    minions: { web1: { os: 'CentOS' }, web2: { os: 'CentOS' }, db1: { os: 'Debian' } },
  });
  for (const role of ['tester', 'web', 'caller', 'jobs', 'keys', 'fire', 'see', 'shared', 'admin', 'nobody']) door.addRole(role);
}, 60_000);
afterAll(() => door.close());

let count = 0;
const ulid = () => {
  count += 1;
  return `01ARZ3NDEKTSV4RRFFQ69G${String(count).padStart(4, '0')}`;
};
const run = (tgt: string, fun: string, more: object = {}) => ({
  action: 'run',
  request: ulid(),
  tgt,
  tgt_type: 'glob',
  fun,
  preview: true,
  ...more,
});
const fire = (tag: string) => ({ action: 'fire', request: ulid(), tag });
const runner = (fun: string, ...arg: string[]) => ({ action: 'runner', request: ulid(), fun, arg });
const wheel = (fun: string) => ({ action: 'wheel', request: ulid(), fun });
const key = (op: string, match = 'nobody') => ({ action: 'key', op, match });

describe('what each may do', () => {
  it.each<[string, string, OperatorCall, string, string]>([
    ['tester', 'a function of his on every host', run('*', 'test.ping'), 'ok', '3 minions'],
    ['tester', 'another function', run('web1', 'cmd.run'), 'operator.denied', 'may not run cmd.run on web1'],
    [
      'tester',
      'another function behind a comma',
      run('web1', 'test.ping,cmd.run'),
      'operator.denied',
      'may not run test.ping,cmd.run',
    ],
    [
      'tester',
      'a function that calls what it likes',
      run('web1', 'test.cross_test'),
      'operator.denied',
      'may not run test.cross_test',
    ],
    ['tester', 'nobody', run('nobody', 'test.ping'), 'operator.empty', 'No minions matched the target'],
    ['web', 'his hosts', run('web*', 'cmd.run'), 'ok', '2 minions'],
    [
      'web',
      'a target that reads like his and means another',
      run('*1', 'cmd.run'),
      'operator.denied',
      'may not run cmd.run on db1',
    ],
    ['web', 'a target that reads like all and means his', run('os:CentOS', 'cmd.run', { tgt_type: 'grain' }), 'ok', '2 minions'],
    ['web', 'everybody', run('*', 'test.ping'), 'operator.denied', 'may not run test.ping on db1'],
    [
      'web',
      'nobody',
      run('web9', 'test.ping'),
      'operator.denied',
      'no minions matched the target, and an empty set is no permission',
    ],
    [
      'web',
      'a list with a host that is not his',
      run('', 'test.ping', { tgt: ['web1', 'db1'], tgt_type: 'list' }),
      'operator.denied',
      'on db1',
    ],
    ['web', 'to fire', fire('myco/a'), 'operator.denied', 'may not do @fire myco/a'],
    ['caller', 'a runner', runner('test.ping'), 'ok', 'answered'],
    ['caller', 'event.send without @fire', runner('event.send', 'myco/a'), 'operator.denied', 'may not do @fire myco/a'],
    [
      'caller',
      'survey.hash of a function that is not his',
      runner('survey.hash', '*', 'cmd.run', 'id'),
      'operator.denied',
      'may not run cmd.run on whatever',
    ],
    [
      'caller',
      'manage.down that deletes keys',
      { ...runner('manage.down'), kwarg: Dict.of({ removekeys: true }) },
      'operator.denied',
      'may not do @key delete',
    ],
    ['jobs', 'a runner of his', runner('jobs.list_jobs'), 'ok', 'answered'],
    ['jobs', 'another runner', runner('manage.up'), 'operator.denied', 'may not do @runner manage.up'],
    ['jobs', 'event.send of a tag of his', runner('event.send', 'myco/a'), 'ok', 'answered'],
    ['jobs', 'event.send of another tag', runner('event.send', 'other'), 'operator.denied', 'may not do @fire other'],
    ['jobs', 'a wheel', wheel('key.list_all'), 'operator.denied', 'may not do @wheel key.list_all'],
    ['keys', 'the list of keys', key('list', '*'), 'ok', '3 keys'],
    ['keys', 'to accept', key('accept'), 'ok', '0 keys'],
    ['keys', 'to delete', key('delete'), 'operator.denied', 'may not do @key delete'],
    ['keys', 'a join string', { action: 'key', op: 'join' }, 'operator.denied', 'may not do @key join'],
    ['keys', 'a wheel', wheel('key.list_all'), 'ok', 'answered'],
    ['fire', 'a tag of his', fire('myco/a'), 'ok', 'fired myco/a'],
    ['fire', 'another tag', fire('other'), 'operator.denied', 'may not do @fire other'],
    ['fire', 'under salt/, though his rule says so', fire('salt/auth'), 'operator.denied', 'only administrators may'],
    ['see', 'his tags', { action: 'watch', op: 'key', id: 'web1' }, 'ok', 'the accepted key'],
    ['see', 'every tag', { action: 'watch', op: 'start', glob: '*' }, 'operator.denied', 'may not watch *'],
    [
      'see',
      'what begins like his tags',
      { action: 'watch', op: 'start', glob: 'myco*' },
      'operator.denied',
      'may not watch myco*',
    ],
    ['see', 'the list of jobs', { action: 'jobs', op: 'list' }, 'ok', ''],
    ['see', 'the hosts', { action: 'minions', op: 'list' }, 'ok', '3 minions'],
    ['see', 'the failures', { action: 'failures', op: 'list' }, 'operator.denied', 'may not do @jobs failures'],
    ['nobody', 'anything', run('*', 'test.ping'), 'operator.denied', 'arn:aws:iam::000000000000:role/nobody may not'],
    ['nobody', 'a watch', { action: 'watch', op: 'stop', watch: ulid() }, 'operator.denied', 'may not do @events'],
    ['shared/anna', 'what her session may', run('*', 'test.ping'), 'ok', '3 minions'],
    ['shared/ben', 'what another session of the role may', run('*', 'test.ping'), 'operator.denied', 'role/shared may not'],
    ['admin', 'everything', run('*', 'cmd.run'), 'ok', '3 minions'],
    ['admin', 'to fire under salt/', fire('salt/custom'), 'ok', 'fired salt/custom'],
    ['root', 'everything', run('*', 'cmd.run'), 'ok', '3 minions'],
    ['root', 'nobody', run('nobody', 'test.ping'), 'operator.empty', 'No minions matched the target'],
  ])('%s: %s', async (who, _what, request, code, says) => {
    const answer = await door.call(who, request);
    expect([answer.code, answer.text]).toEqual([code, expect.stringContaining(says)]);
  });
});

describe('the request', () => {
  const long = 'x'.repeat(2000);
  it.each<[string, OperatorCall, string]>([
    ['an action that is not there', { action: 'shell' }, 'action'],
    ['a field too many', { ...run('*', 'test.ping'), user: 'root' }, 'user'],
    ['no target', { action: 'run', request: ulid(), tgt_type: 'glob', fun: 'test.ping' }, 'tgt'],
    ['a type of target that is not there', run('*', 'test.ping', { tgt_type: 'nope' }), 'tgt_type'],
    ['a function that is no text', run('*', 'test.ping', { fun: 7n }), 'fun'],
    ['keywords that are no mapping', run('*', 'test.ping', { kwarg: [] }), 'kwarg'],
    ['a request without a name', { ...run('*', 'test.ping'), request: 'again' }, 'request'],
    ['a tag too long', fire(long), 'tag'],
    ['a job id that is none', { action: 'jobs', op: 'show', jid: '../registry' }, 'jid'],
    ['a lifetime of years', run('*', 'test.ping', { expires: 1e9 }), 'expires'],
  ])('%s: input.schema names the place', async (_name, request, path) => {
    const answer = await door.call('root', request);
    expect([answer.code, answer.text]).toEqual(['input.schema', expect.stringContaining(path)]);
  });

  it('an unknown job and an empty tag have a code and a sentence each', async () => {
    expect(await door.call('root', { action: 'jobs', op: 'show', jid: '20200101000000000000' })).toMatchObject({
      code: 'operator.refused',
      text: expect.stringContaining('there is no job'),
    });
    expect((await door.call('root', { ...fire('a'), tag: 'a\n\nb' })).code).toBe('event.tag');
  });
});

describe('names of requests', () => {
  const real = (tgt: string, request: string, fun = 'test.ping') => ({ ...run(tgt, fun), request, preview: false });

  it('the same call sent again is the same job', async () => {
    const request = ulid();
    const [one, two] = [await door.call('tester', real('web1', request)), await door.call('tester', real('web1', request))];
    expect([one.code, two.more.get('jid')]).toEqual(['ok', one.more.get('jid')]);
  });

  it('somebody else’s, or that of another call, gives nobody that plan', async () => {
    const request = ulid();
    await door.call('root', real('web1', request));
    for (const [who, call] of [
      ['tester', real('web1', request)],
      ['root', real('web1', request, 'test.version')],
      ['caller', { ...runner('test.ping'), request }],
    ] as const) {
      expect((await door.call(who, call)).code).toBe('operator.refused');
    }
  });
});

describe('who the user is', () => {
  it.each([
    ['tester', iam('tester')],
    ['shared/anna', 'arn:aws:sts::000000000000:assumed-role/shared/anna'],
    ['root', 'root'],
  ])('%s', async (who, user) => {
    const sent = await door.call(who, { ...run('web1', 'test.ping'), preview: false });
    const shown = await door.call('root', { action: 'jobs', op: 'show', jid: String(sent.more.get('jid')) });
    expect((shown.more.get('job') as Dict).get('user')).toBe(user);
    expect((await door.call(who, { action: 'status' })).more.get('user')).toBe(user);
  });

  it('whoever sent a job reads its answers, and no other does', async () => {
    const sent = await door.call('tester', { ...run('web1', 'test.ping'), preview: false });
    const ask = { action: 'jobs', op: 'answers', jid: String(sent.more.get('jid')) };
    expect((await door.call('tester', ask)).code).toBe('ok');
    expect((await door.call('web', ask)).code).toBe('operator.denied');
  });
});

describe('the door itself', () => {
  it('a direct Invoke under another’s name is refused by the policies made for people', async () => {
    const forged = {
      requestContext: { authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:root' } } },
      body: '{"action":"status"}',
    };
    const lambda = lambdaClient({ region: door.parts.region, credentials: (await door.assume('tester', 'mallory')) as never });
    const call = lambda.send(
      new InvokeCommand({ FunctionName: `${door.parts.name}-operator`, Payload: Buffer.from(JSON.stringify(forged)) }),
    );
    await expect(call).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) });
  });

  it('a direct Invoke by an administrator that names nobody is denied, and said', async () => {
    const lambda = lambdaClient({ region: door.parts.region, credentials: door.dev.aws.credentials });
    for (const payload of [
      { body: '{"action":"status"}' },
      { requestContext: { authorizer: { iam: { userArn: null } } }, body: '{}' },
    ]) {
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: `${door.parts.name}-operator`, Payload: Buffer.from(JSON.stringify(payload)) }),
      );
      const answer = JSON.parse(JSON.parse(Buffer.from(Payload ?? []).toString()).body);
      expect(answer).toMatchObject({ code: 'operator.denied', text: expect.stringContaining('anonymous_operators') });
    }
  });

  it.each<[string, () => Promise<Awaited<ReturnType<Door['assume']>>>, string]>([
    [
      'a role without the policy',
      async () => {
        door.addRole('bare', [{ Effect: 'Allow', Action: ['sts:GetCallerIdentity'], Resource: ['*'] }]);
        return door.assume('bare', 'me');
      },
      'your role needs',
    ],
    [
      'credentials of nobody',
      async () => ({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }),
      'does not know these credentials',
    ],
    ['a wrong secret', async () => ({ ...door.dev.aws.credentials, secretAccessKey: 'x' }), 'does not know these credentials'],
    [
      'a login that has expired',
      async () => {
        const made = door.dev.aws.services.sts.open('tester', 'me', { seconds: -1 });
        return { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey, sessionToken: made.sessionToken };
      },
      'the AWS login has expired',
    ],
  ])('%s: system.credentials says which', async (_name, credentials, says) => {
    const operator = createOperator(door.system(await credentials()));
    await expect(operator.call({ action: 'status' })).rejects.toMatchObject({
      code: 'system.credentials',
      message: expect.stringContaining(says),
    });
  });
});

it('a denial is an event, once a minute for one caller, signed by the platform', async () => {
  const stop = new AbortController();
  const seen: Record<string, unknown>[] = [];
  let watching = () => {};
  const begun = new Promise<void>((resolve) => {
    watching = resolve;
  });
  const reading = (async () => {
    for await (const event of watchEvents(door.root, await door.as('root'), {
      glob: 'salt/operator/*',
      signal: stop.signal,
      watching,
    }))
      if (event.tag === 'salt/operator/denied') seen.push({ signed: event.signed, ...(toPlain(event.data) as object) });
  })();
  await begun;
  door.addRole('late');
  for (let i = 0; i < 3; i += 1) await door.call('late', run('*', 'cmd.run'));
  await eventually(
    () => seen.length,
    (length) => length > 0,
  );
  stop.abort();
  await reading;
  expect(seen).toEqual([
    expect.objectContaining({
      signed: true,
      user: iam('late'),
      action: 'run',
      count: 1,
      message: expect.stringContaining('may not run cmd.run'),
    }),
  ]);
});
