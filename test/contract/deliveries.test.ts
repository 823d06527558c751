/** Deliveries of EventBridge that fail, and limits around them that other emulators do not have: the embedded AWS alone. */
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';
import { throttled } from '../../local/faults.ts';
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
