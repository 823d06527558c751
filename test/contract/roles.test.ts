/** The policies of `aws/roles.ts` as IAM enforces them: each role by the credentials that AssumeRole gives, allowed and denied by action and resource. */
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  DescribeEventBusCommand,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, GetPublicKeyCommand, PutKeyPolicyCommand, SignCommand } from '@aws-sdk/client-kms';
import { AddPermissionCommand, CreateFunctionCommand, GetFunctionUrlConfigCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoClient, eventsClient, kmsClient, lambdaClient, sqsClient, stsClient } from '../../aws/clients.ts';
import { minionQueuePolicy, operatorAccess } from '../../aws/roles.ts';
import { stackParts } from '../../aws/topology.ts';
import { parseStack } from '../../core/ids.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { deploy } from '../../local/deploy.ts';
import { loadProject } from '../../project/load.ts';
import { codesOf } from './endpoints.ts';

const root = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
const stack = parseStack('000000000000/us-east-1/brine');
const parts = stackParts(stack);
let aws: Aws;

function clientsFor(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  const config = { region: 'us-east-1', credentials };
  return {
    sqs: sqsClient(config),
    events: eventsClient(config),
    dynamo: dynamoClient(config),
    kms: kmsClient(config),
    lambda: lambdaClient(config),
    sts: stsClient(config),
  };
}
type Clients = ReturnType<typeof clientsFor>;

interface Session {
  readonly Policy?: string;
  readonly Tags?: { Key: string; Value: string }[];
}

/** The clients of a role, which `by` takes on. */
async function as(
  role: string,
  { by = clientsFor(root), ...session }: Session & { readonly by?: Clients } = {},
): Promise<Clients> {
  const RoleArn = `arn:aws:iam::000000000000:role/brine-${role}`;
  const { Credentials: given } = await by.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...session }));
  return clientsFor({
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  });
}

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials: root });
  process.env.AWS_ENDPOINT_URL = aws.endpoint;
  const { project } = loadProject(`${import.meta.dirname}/../../examples/seed`);
  await deploy({ stack, project, credentials: root, access: aws.services.iam.access });
  const { sqs } = clientsFor(root);
  for (const mq of ['first', 'second']) {
    const QueueName = `brine-m-${mq}`;
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy: minionQueuePolicy(parts, QueueName) } }));
  }
  await sqs.send(new CreateQueueCommand({ QueueName: 'private' }));
  const people = JSON.stringify({ Version: '2012-10-17', Statement: operatorAccess(parts) });
  aws.services.iam.access.roles.set('brine-person', { trust: '{}', policies: new Map([['people', people]]) });
}, 60_000);

afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws.close();
});

const url = (queue: string) => `https://sqs.us-east-1.amazonaws.com/000000000000/${queue}`;
const say = (queue: string) => (c: Clients) => c.sqs.send(new SendMessageCommand({ QueueUrl: url(queue), MessageBody: 'x' }));
const take = (queue: string) => (c: Clients) => c.sqs.send(new ReceiveMessageCommand({ QueueUrl: url(queue) }));
const put =
  (...sources: (string | undefined)[]) =>
  (c: Clients) =>
    c.events.send(
      new PutEventsCommand({
        Entries: sources.map((Source) => ({ EventBusName: 'brine', Source, DetailType: 'brine', Detail: '{}' })),
      }),
    );
const keys = { pk: { S: 'x' }, sk: { S: 'y' } };
const get = (table: string) => (c: Clients) => c.dynamo.send(new GetItemCommand({ TableName: `brine-${table}`, Key: keys }));
const write = (table: string) => (c: Clients) => c.dynamo.send(new PutItemCommand({ TableName: `brine-${table}`, Item: keys }));
const sign = (which: string) => (c: Clients) =>
  c.kms.send(new SignCommand({ KeyId: `alias/brine-${which}`, Message: new Uint8Array([1]), SigningAlgorithm: 'ECDSA_SHA_256' }));
const publicKey = (which: string) => (c: Clients) => c.kms.send(new GetPublicKeyCommand({ KeyId: `alias/brine-${which}` }));
const ask = (fn: string) => (c: Clients) =>
  c.lambda.send(new InvokeCommand({ FunctionName: `brine-${fn}`, InvocationType: 'Event', Payload: new Uint8Array() }));

type Row = readonly [role: string, what: string, call: (clients: Clients) => Promise<unknown>];

const ALLOWED: readonly Row[] = [
  ['relay', 'puts events with its two Sources', put('brine.minion', 'brine.relay')],
  ['relay', 'asks whether the bus is there', (c) => c.events.send(new DescribeEventBusCommand({ Name: 'brine' }))],
  ['relay', 'invokes enroll', ask('enroll')],
  ['relay', 'reads its control queue', take('brine-relay-1')],
  ['reactor', 'puts events of the platform', put('brine.platform')],
  ['reactor', 'reads the registry', get('registry')],
  ['reactor', 'writes plans', write('plans')],
  ['reactor', 'sends to a host', say('brine-m-first')],
  ['reactor', 'signs with the root jobs', sign('jobs')],
  ['reactor', 'reads the root enroll', publicKey('enroll')],
  ['dispatch', 'sends to a host', say('brine-m-first')],
  ['dispatch', 'takes shards', take('brine-shards')],
  ['recorder', 'takes what is to be recorded', take('brine-recorder')],
  ['recorder', 'writes jobs', write('jobs')],
  ['enroll', 'writes the registry', write('registry')],
  ['enroll', 'signs with the root enroll', sign('enroll')],
  ['enroll', 'makes a host’s queue', (c) => c.sqs.send(new CreateQueueCommand({ QueueName: 'brine-m-third' }))],
  ['runner', 'takes its jobs', take('brine-runner')],
  ['runner', 'writes the registry', write('registry')],
  ['runner', 'sends to a host', say('brine-m-first')],
  ['operator', 'puts events of people', put('brine.operator')],
  ['operator', 'reads dead letters', take('brine-reactor-dead')],
  [
    'operator',
    'makes a watch',
    (c) => c.events.send(new PutRuleCommand({ EventBusName: 'brine', Name: 'brine-watch-1', EventPattern: '{"source":["x"]}' })),
  ],
  [
    'person',
    'asks where the operator is',
    (c) => c.lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'brine-operator' })),
  ],
];

const DENIED: readonly Row[] = [
  ['relay', 'puts an event of the platform', put('brine.platform')],
  ['relay', 'puts one of the platform among its own', put('brine.minion', 'brine.platform')],
  ['relay', 'puts an event without a Source', put(undefined)],
  [
    'relay',
    'puts events on another bus',
    (c) => c.events.send(new PutEventsCommand({ Entries: [{ Source: 'brine.minion', DetailType: 'x', Detail: '{}' }] })),
  ],
  ['relay', 'invokes the reactor', ask('reactor')],
  ['relay', 'invokes the operator', ask('operator')],
  ['relay', 'reads a host’s queue', take('brine-m-first')],
  ['relay', 'sends to a host', say('brine-m-first')],
  ['relay', 'sends to its control queue', say('brine-relay-1')],
  ['relay', 'reads the registry', get('registry')],
  ['relay', 'signs', sign('enroll')],
  ['relay', 'lists rules', (c) => c.events.send(new ListRulesCommand({ EventBusName: 'brine' }))],
  ['relay', 'becomes a minion', (c) => as('minion', { by: c, Tags: [{ Key: 'mq', Value: 'first' }] })],
  ['reactor', 'puts events of hosts', put('brine.minion')],
  ['reactor', 'writes the registry', write('registry')],
  ['reactor', 'signs with the root enroll', sign('enroll')],
  ['reactor', 'reads a host’s queue', take('brine-m-first')],
  ['reactor', 'becomes a minion', (c) => as('minion', { by: c, Tags: [{ Key: 'mq', Value: 'first' }] })],
  ['dispatch', 'puts events', put('brine.platform')],
  ['dispatch', 'writes plans', write('plans')],
  ['dispatch', 'signs with the root enroll', sign('enroll')],
  ['recorder', 'signs', sign('jobs')],
  ['recorder', 'writes plans', write('plans')],
  ['recorder', 'writes the registry', write('registry')],
  ['recorder', 'sends to a host', say('brine-m-first')],
  ['recorder', 'puts events', put('brine.platform')],
  ['enroll', 'signs jobs', sign('jobs')],
  ['enroll', 'sends to a host', say('brine-m-first')],
  ['enroll', 'writes plans', write('plans')],
  ['enroll', 'makes a queue of another name', (c) => c.sqs.send(new CreateQueueCommand({ QueueName: 'brine-runner-2' }))],
  ['runner', 'puts events of people', put('brine.operator')],
  ['operator', 'lists queues', (c) => c.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'brine-watch-' }))],
  ['operator', 'puts events of the platform', put('brine.platform')],
  ['operator', 'signs with the root enroll', sign('enroll')],
  [
    'operator',
    'removes a rule of the reactor',
    (c) => c.events.send(new DeleteRuleCommand({ EventBusName: 'brine', Name: 'brine-reactor-01' })),
  ],
  ['operator', 'changes a key’s policy', (c) => c.kms.send(new PutKeyPolicyCommand({ KeyId: 'alias/brine-jobs', Policy: '{}' }))],
  ['operator', 'empties a queue', (c) => c.sqs.send(new PurgeQueueCommand({ QueueUrl: url('brine-runner') }))],
  ['person', 'invokes the operator without its URL', ask('operator')],
  ['person', 'reads a table', (c) => c.dynamo.send(new ScanCommand({ TableName: 'brine-registry' }))],
  ['person', 'reads a host’s queue', take('brine-m-first')],
  ['person', 'puts events', put('brine.operator')],
];

describe('a role is allowed what is its own', () => {
  it.each(ALLOWED)('%s %s', async (role, _what, call) => {
    expect(await codesOf(call(await as(role)))).toEqual(['it was accepted']);
  });
});

describe('and denied what is another’s', () => {
  it.each(DENIED)('%s %s', async (role, _what, call) => {
    expect(await codesOf(call(await as(role)))).toContainEqual(expect.stringContaining('AccessDenied'));
  });
});

describe('a host’s credentials', () => {
  const narrow = (queue: string) =>
    JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
          Resource: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
        },
      ],
    });
  const tagged = (mq: string) => [{ Key: 'mq', Value: mq }];
  const session = async (tag: string, queue: string) =>
    as('minion', { by: await as('enroll'), Tags: tagged(tag), Policy: narrow(queue) });
  const denied = expect.stringContaining('AccessDenied');

  it('reach the queue that tag and session policy both name', async () => {
    expect(await codesOf(take('brine-m-first')(await session('first', 'brine-m-first')))).toEqual(['it was accepted']);
  });

  it.each<[string, string, string, (c: Clients) => Promise<unknown>]>([
    ['not another host’s', 'first', 'brine-m-first', take('brine-m-second')],
    ['not what the tag alone names', 'first', 'brine-m-second', take('brine-m-first')],
    ['not what the session policy alone names', 'first', 'brine-m-second', take('brine-m-second')],
    ['not its own for sending', 'first', 'brine-m-first', say('brine-m-first')],
    [
      'not its own for emptying',
      'first',
      'brine-m-first',
      (c) => c.sqs.send(new PurgeQueueCommand({ QueueUrl: url('brine-m-first') })),
    ],
    [
      'not its own for removing',
      'first',
      'brine-m-first',
      (c) => c.sqs.send(new DeleteQueueCommand({ QueueUrl: url('brine-m-first') })),
    ],
    ['no table', 'first', 'brine-m-first', get('registry')],
    ['no bus', 'first', 'brine-m-first', put('brine.minion')],
    ['no function', 'first', 'brine-m-first', ask('enroll')],
  ])('%s', async (_what, tag, queue, call) => {
    expect(await codesOf(call(await session(tag, queue)))).toContainEqual(denied);
  });

  it.each<[string, number, boolean, string]>([
    ['twelve hours', 43_200, false, 'it was accepted'],
    ['more', 43_201, false, 'ValidationError'],
    ['fourteen minutes', 840, false, 'ValidationError'],
    ['an hour by a role', 3600, true, 'it was accepted'],
    ['more than an hour by a role', 3601, true, 'ValidationError'],
  ])('last as long as AWS lets them: %s', async (_what, DurationSeconds, chained, code) => {
    const { sts } = chained ? await as('enroll') : clientsFor(root);
    const RoleArn = 'arn:aws:iam::000000000000:role/brine-minion';
    const Tags = tagged('first');
    expect(await codesOf(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', Tags, DurationSeconds })))).toContain(
      code,
    );
  });

  it('with a star for a tag there is no session', async () => {
    expect(await codesOf(session('*', 'brine-m-first'))).toContain('ValidationError');
  });

  it('without a tag reach nothing', async () => {
    const bare = await as('minion', { by: await as('enroll'), Policy: narrow('brine-m-first') });
    expect(await codesOf(take('brine-m-first')(bare))).toContainEqual(denied);
  });
});

describe('policies of resources', () => {
  it('a queue takes from EventBridge what comes by the rule that its policy names', async () => {
    const c = clientsFor(root);
    const send = (rule: string) =>
      aws.services.sqs.deliver('arn:aws:sqs:us-east-1:000000000000:brine-recorder', 'x', {
        kind: 'service',
        service: 'events.amazonaws.com',
        sourceArn: `arn:aws:events:us-east-1:000000000000:rule/brine/${rule}`,
      });
    await send('brine-recorder');
    await expect(send('brine-reactor-01')).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(take('brine-recorder')(c)).resolves.toBeDefined();
  });

  it('a Deny of a queue holds for its owner too', async () => {
    const { sqs } = clientsFor(root);
    const [QueueUrl, Resource] = [url('private'), 'arn:aws:sqs:us-east-1:000000000000:private'];
    const set = (...Statement: object[]) =>
      codesOf(sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify({ Statement }) } })));
    expect(await set({ Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource })).toEqual(['it was accepted']);
    expect(await codesOf(say('private')(clientsFor(root)))).toContainEqual(expect.stringContaining('AccessDenied'));
  });

  it('a queue that names a role lets it in, one that names the account leaves it to the role’s own policies', async () => {
    const { sqs } = clientsFor(root);
    const [QueueUrl, Resource] = [url('private'), 'arn:aws:sqs:us-east-1:000000000000:private'];
    const allow = async (AWS: string) => {
      const Statement = [{ Effect: 'Allow', Principal: { AWS }, Action: 'sqs:SendMessage', Resource }];
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify({ Statement }) } }));
    };
    await allow('arn:aws:iam::000000000000:role/brine-relay');
    expect(await codesOf(say('private')(await as('relay')))).toEqual(['it was accepted']);
    await allow('arn:aws:iam::000000000000:root');
    expect(await codesOf(say('private')(await as('relay')))).toContainEqual(expect.stringContaining('AccessDenied'));
  });

  it('a key is used by those whom its policy names, and under AWS’s own default by those whom their role lets', async () => {
    const { kms } = clientsFor(root);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
    const signing = async (role: string) =>
      codesOf(
        (await as(role)).kms.send(
          new SignCommand({ KeyId: KeyMetadata?.KeyId, Message: new Uint8Array([1]), SigningAlgorithm: 'ECDSA_SHA_256' }),
        ),
      );
    // That a role with kms:Sign on key/* may use any such key is why Brine's own keys deny everyone else.
    expect(await signing('reactor')).toEqual(['it was accepted']);
    expect(await signing('recorder')).toContainEqual(expect.stringContaining('AccessDenied'));
  });

  it.each([
    ['an element that is not known', { Effect: 'Deny', NotPrincipal: { AWS: '*' }, Action: 'sqs:*', Resource: '*' }],
    [
      'an operator that is not known',
      { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '::1' } } },
    ],
    ['no effect', { Principal: '*', Action: 'sqs:*', Resource: '*' }],
    ['no action', { Effect: 'Allow', Principal: '*', Resource: '*' }],
  ])('a policy with %s is refused when it is put, since a Deny that is read past would open a door', async (_what, statement) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const { sqs } = clientsFor(root);
    expect(
      await codesOf(sqs.send(new SetQueueAttributesCommand({ QueueUrl: url('private'), Attributes: { Policy } }))),
    ).toContain('InvalidAttributeValue');
  });

  it('a function whose role may not read the queue gets no event source', async () => {
    const { lambda } = clientsFor(root);
    const fn = { FunctionName: 'deaf', Role: 'arn:aws:iam::000000000000:role/brine-relay', Code: { ZipFile: new Uint8Array() } };
    await lambda.send(new CreateFunctionCommand({ ...fn, Runtime: 'nodejs22.x', Handler: 'x.x' }));
    const { CreateEventSourceMappingCommand } = await import('@aws-sdk/client-lambda');
    const map = (queue: string) =>
      codesOf(
        lambda.send(
          new CreateEventSourceMappingCommand({
            FunctionName: 'deaf',
            EventSourceArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
          }),
        ),
      );
    expect(await map('brine-runner')).toContain('InvalidParameterValueException');
    expect(await map('none')).toContain('InvalidParameterValueException');
    const twice = { FunctionName: 'deaf', StatementId: 's', Principal: 'events.amazonaws.com' };
    await lambda.send(new AddPermissionCommand({ ...twice, Action: 'lambda:InvokeFunction' }));
    expect(await codesOf(lambda.send(new AddPermissionCommand({ ...twice, Action: 'lambda:GetFunction' })))).toContain(
      'ResourceConflictException',
    );
  });
});
