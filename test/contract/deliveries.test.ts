/** Deliveries of EventBridge that fail, and limits around them that other emulators do not have: the embedded AWS alone. */
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';
import { throttled } from '../../local/faults.ts';
import { AWS_RATES, type Rates } from '../../local/rates.ts';
import { codesOf } from './endpoints.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
let aws: Aws;
let events: EventBridgeClient;
let sqs: SQSClient;
let failures = 0;

beforeEach(async () => {
  const faults = ({ operation, target }: { operation: string; target?: string }) => {
    if (operation !== 'Deliver' || !target?.endsWith(':busy') || failures === 0) return null;
    failures -= 1;
    return throttled('sqs');
  };
  aws = await startAws({ dir: null, credentials, faults, retryScale: 0.001 });
  const config = { endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1 };
  events = new EventBridgeClient(config);
  sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const allow = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' };
  for (const QueueName of ['busy', 'dead'])
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy: JSON.stringify({ Statement: [allow] }) } }));
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["x"]}' }));
});

afterEach(() => aws.close());

const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const target = (over: Partial<Target> = {}) =>
  events.send(
    new PutTargetsCommand({
      Rule: 'r',
      Targets: [{ Id: 't', Arn: arn('busy'), DeadLetterConfig: { Arn: arn('dead') }, ...over }],
    }),
  );
const put = () => events.send(new PutEventsCommand({ Entries: [{ Source: 'x', DetailType: 't', Detail: '{"n":1}' }] }));
const receive = async (queue: string) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl: `x/${queue}`, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] })))
    .Messages?.[0];

it('a target that is throttled is tried again until it takes the event', async () => {
  failures = 5;
  await target();
  expect((await put()).FailedEntryCount).toBe(0);
  expect((await receive('busy'))?.Body).toContain('"n":1');
});

it('after its last try an event is in the dead-letter queue, with what AWS says of it', async () => {
  failures = 100;
  await target({ RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 } });
  await put();
  const dead = await receive('dead');
  const said = Object.fromEntries(
    Object.entries(dead?.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]),
  );
  expect(said).toMatchObject({
    RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/r',
    TARGET_ARN: arn('busy'),
    ERROR_CODE: 'THROTTLING',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    RETRY_ATTEMPTS: '2',
  });
  failures = 0;
});

it.each<[string, Partial<Target>]>([
  ['186 attempts', { RetryPolicy: { MaximumRetryAttempts: 186 } }],
  ['less than no attempt', { RetryPolicy: { MaximumRetryAttempts: -1 } }],
  ['59 seconds', { RetryPolicy: { MaximumEventAgeInSeconds: 59 } }],
  ['more than a day', { RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } }],
  ['a FIFO queue for dead letters', { DeadLetterConfig: { Arn: arn('dead.fifo') } }],
])('Retries: 0 to 185 attempts, 60 to 86,400 seconds, dead letters in a standard queue; not %s', async (_what, over) => {
  expect(await codesOf(target(over))).toContain('ValidationException');
});

it('Rule names: 1 to 64 of letters, digits, dot, dash and underscore', async () => {
  const rule = (Name: string) => codesOf(events.send(new PutRuleCommand({ Name, EventPattern: '{"source":["x"]}' })));
  expect(await rule('a._-9'.padEnd(64, 'x'))).toEqual(['it was accepted']);
  for (const name of ['x'.repeat(65), 'a b', 'a/b']) expect(await rule(name), name).toContain('ValidationException');
});

it('two buses that send to each other end after one hop', async () => {
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'self', Arn: bus }] }));
  await target();
  expect((await put()).FailedEntryCount).toBe(0);
  expect(aws.services.sqs.queues.get('busy')?.messages.size).toBe(2);
});

it('Fair queues: a standard queue takes MessageGroupId as the tenant, and gives it back', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl: 'x/busy', MessageBody: 'x', MessageGroupId: 'tenant' }));
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: 'x/busy', WaitTimeSeconds: 5, MessageSystemAttributeNames: ['MessageGroupId'] }),
  );
  expect(Messages?.[0]?.Attributes).toEqual({ MessageGroupId: 'tenant' });
});

it('Bus policy: 10,240 characters; what it denies is denied', async () => {
  const put = (policy: object) => codesOf(events.send(new PutPermissionCommand({ Policy: JSON.stringify(policy) })));
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  const deny = { Sid: 'x', Effect: 'Deny', Principal: '*', Action: 'events:PutEvents', Resource: bus };
  expect(await put({ Statement: [{ ...deny, Sid: 'x'.repeat(10_240) }] })).toContain('PolicyLengthExceededException');
  expect(await put({ Statement: [{ ...deny, Effect: 'Perhaps' }] })).toContain('ValidationException');
  expect(await put({ Statement: [deny] })).toEqual(['it was accepted']);
  const entry = { Source: 'x', DetailType: 't', Detail: '{}' };
  const event = () => codesOf(events.send(new PutEventsCommand({ Entries: [entry] })));
  expect(await event()).toContain('AccessDeniedException');
  const Principal = '000000000000';
  await events.send(new PutPermissionCommand({ StatementId: 'us', Action: 'events:PutEvents', Principal }));
  expect((await events.send(new DescribeEventBusCommand({}))).Policy).toContain('"Sid":"us"');
  await events.send(new RemovePermissionCommand({ StatementId: 'x' }));
  expect(await codesOf(events.send(new RemovePermissionCommand({ StatementId: 'x' })))).toContain('ResourceNotFoundException');
  expect(await event()).toEqual(['it was accepted']);
});

describe('where AWS’s rates are asked for', () => {
  it.each<[string, Partial<Rates>, number, (at: { events: EventBridgeClient; sqs: SQSClient }) => Promise<unknown>, string]>([
    ['Control plane: 50 calls a second', AWS_RATES, 50, (to) => to.events.send(new ListRulesCommand({})), 'ThrottlingException'],
    [
      'PutEvents: 10,000 calls a second, here 3',
      { putEvents: 3 },
      3,
      (to) => to.events.send(new PutEventsCommand({ Entries: [{ Source: 'x', DetailType: 't', Detail: '{}' }] })),
      'ThrottlingException',
    ],
    [
      'Tags of queues: 30 calls a second',
      AWS_RATES,
      30,
      (to) => to.sqs.send(new ListQueueTagsCommand({ QueueUrl: 'x/q' })),
      'RequestThrottled',
    ],
  ])('%s', async (_limit, rates, many, call, code) => {
    const clock = { at: Date.now() };
    const limited = await startAws({ dir: null, credentials, rates, now: () => clock.at });
    const config = { endpoint: limited.endpoint, region: limited.region, credentials, maxAttempts: 1 };
    const to = { events: new EventBridgeClient(config), sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }) };
    await to.sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    for (let i = 0; i < many; i += 1) expect(await codesOf(call(to))).toEqual(['it was accepted']);
    expect(await codesOf(call(to))).toContain(code);
    clock.at += 1000;
    expect(await codesOf(call(to))).toEqual(['it was accepted']);
    await limited.close();
  });
});
