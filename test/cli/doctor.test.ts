/** `brine doctor` on a system that is broken in one place after the other: each is named, with what to do, and the exit status says so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { DisableRuleCommand, EnableRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventsClient, kmsClient, lambdaClient, sqsClient } from '../../aws/clients.ts';
import { topologyOf } from '../../aws/topology.ts';
import { run } from '../../cli/commands/doctor.ts';
import type { Credentials } from '../../client/locate.ts';
import { type Door, startDoor } from '../support/door.ts';

let door: Door;
beforeAll(async () => {
  door = await startDoor({
    files: {
      'reactor.conf': 'reactor:\n  - "my/tag":\n    - /srv/reactor/my.sls\n',
      'srv/reactor/my.sls': 'x:\n  local.test.ping:\n    - tgt: web1\n',
    },
    minions: { web1: { os: 'CentOS' } },
  });
}, 60_000);
afterAll(() => door.close());

async function doctor(options: { credentials?: Credentials; env?: Record<string, string>; project?: string } = {}) {
  let text = '';
  const stdout = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const credentials: Credentials = options.credentials ?? door.dev.aws.credentials;
  const context = {
    env: {
      AWS_ENDPOINT_URL: door.dev.aws.endpoint,
      AWS_REGION: door.parts.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
      ...options.env,
    },
    cwd: door.home,
    stdin: new PassThrough(),
    stdout,
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
    commands: [],
    groups: {},
    signal: new AbortController().signal,
  };
  const code = await run(context, [], options.project ? { project: options.project } : {});
  return { code, text };
}

const config = () => ({ region: door.parts.region, credentials: door.dev.aws.credentials });

it('a system that is well: every line is ok, and the exit status 0', async () => {
  const { code, text } = await doctor();
  expect([code, text.split('\n').filter((line) => line !== '' && !line.startsWith('ok '))]).toEqual([0, []]);
  expect(text).toContain('rules: 1 rules let in what 1 entries of reactor.conf match');
});

it('a login that has expired, and an endpoint that is not there', async () => {
  door.addRole('late');
  const made = door.dev.aws.services.sts.open('late', 'me', { seconds: -1 });
  const expired = await doctor({ credentials: made });
  expect([expired.code, expired.text]).toEqual([
    1,
    expect.stringMatching(/^WRONG login: .*the AWS login has expired.*\n {6}→ log in again/m),
  ]);
  const gone = await doctor({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } });
  expect([gone.code, gone.text]).toEqual([
    1,
    expect.stringMatching(/^WRONG endpoint: http:\/\/127\.0\.0\.1:9: nothing answers/m),
  ]);
});

it('somebody who is no administrator sees what he may, and is told what he may not', async () => {
  door.addRole('plain');
  const { code, text } = await doctor({ credentials: await door.assume('plain', 'me') });
  expect(code).toBe(0);
  expect(text).toMatch(/^ok {4}login: you are arn:aws:iam::000000000000:role\/plain$/m);
  for (const about of ['bus', 'keys', 'who signs', 'who else'])
    expect(text).toContain(`?     ${about}: not for your role to see`);
});

it('a reactor.conf that is not the deployed one, and a rule that is disabled', async () => {
  const project = join(door.home, 'other');
  mkdirSync(project);
  writeFileSync(join(project, 'reactor.conf'), 'reactor:\n  - "other/tag":\n    - /srv/reactor/my.sls\n');
  mkdirSync(join(project, 'srv/reactor'), { recursive: true });
  writeFileSync(join(project, 'srv/reactor/my.sls'), 'x:\n  local.test.ping:\n    - tgt: web1\n');
  const other = await doctor({ project });
  expect([other.code, other.text]).toEqual([
    1,
    expect.stringMatching(/^look {2}bundle: what runs .* is not what lies in .*other/m),
  ]);
  expect(other.text).toMatch(/^WRONG rules: 1 rules that reactor\.conf needs are missing, 1 are of an older one$/m);
  const events = eventsClient(config());
  const rule = { EventBusName: door.parts.name, Name: `${door.parts.name}-recorder` };
  await events.send(new DisableRuleCommand(rule));
  expect((await doctor()).text).toMatch(/^WRONG recorder rule: brine-recorder is disabled: no return is recorded$/m);
  await events.send(new EnableRuleCommand(rule));
});

it('who else may: by IAM, by the function’s own policy, by a key’s, by a queue’s', async () => {
  door.addRole('Rogue', [
    { Effect: 'Allow', Action: ['lambda:*'], Resource: ['*'] },
    { Effect: 'Allow', Action: 'sqs:Send*', Resource: 'arn:aws:sqs:*:*:brine-*' },
    { Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' },
    { Effect: 'Allow', NotAction: ['iam:*'], Resource: '*', Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } },
  ]);
  const known = await doctor();
  expect(known.code).toBe(0);
  expect(known.text).toMatch(/^look {2}who may call the operator under any name: Rogue$/m);
  expect(known.text).toMatch(/^look {2}who may send to Brine’s working queues: Rogue$/m);
  expect(known.text).toMatch(/^look {2}who may put events with any source: Rogue$/m);
  expect(known.text).toMatch(/^look {2}who may change who signs: Rogue$/m);

  const FunctionName = `${door.parts.name}-operator`;
  await lambdaClient(config()).send(
    new AddPermissionCommand({ FunctionName, StatementId: 'oops', Action: 'lambda:InvokeFunction', Principal: '999999999999' }),
  );
  expect((await doctor()).text).toMatch(/^WRONG who invokes the operator: .*999999999999.* may call it under any name$/m);

  const kms = kmsClient(config());
  const KeyId = topologyOf(door.dev.stack).aliases.jobs;
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  const policy = JSON.parse(Policy);
  const put = (Statement: unknown[]) =>
    kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: JSON.stringify({ ...policy, Statement }) }));
  await put(policy.Statement.filter((statement: { Effect: string }) => statement.Effect === 'Allow'));
  expect((await doctor()).text).toMatch(/^WRONG who signs jobs: the key’s policy denies nobody/m);
  await put([
    ...policy.Statement,
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:role/Rogue' }, Action: 'kms:*', Resource: '*' },
  ]);
  expect((await doctor()).text).toMatch(
    /^WRONG who signs jobs: arn:aws:iam::000000000000:role\/Rogue may sign as the platform$/m,
  );
  await put(policy.Statement);

  const open = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }] };
  const QueueUrl = `http://local/000000000000/${door.parts.name}-runner`;
  await sqsClient(config()).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify(open) } }));
  const sent = await doctor();
  expect([sent.code, sent.text]).toEqual([
    1,
    expect.stringMatching(/^WRONG who sends to queues: brine-runner take messages from others$/m),
  ]);
});

it('a relay that is told of and not there', async () => {
  const key = 'a'.repeat(40);
  await door.call('root', {
    action: 'key',
    op: 'join',
    relays: [{ push: 'tcp://127.0.0.1:9', sub: 'tcp://127.0.0.1:9', key, name: 'far' }],
  });
  const { code, text } = await doctor();
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(/^WRONG relay far: nobody listens at tcp:\/\/127\.0\.0\.1:9 \(ECONNREFUSED\)/m),
  ]);
});
