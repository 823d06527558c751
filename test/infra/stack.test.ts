/** What would be deployed: every action and resource of every role against a table, quotas of the rules, and bundles that run under plain Node. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatProblem } from '../../core/errors.ts';
import { compileEventPattern } from '../../core/reactor/event-pattern.ts';
import { loadProject } from '../../project/load.ts';

const root = join(import.meta.dirname, '../..');
let out: string;
let resources: Record<string, { Type: string; Properties: Record<string, never> }>;

beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'brine-synth-'));
  execFileSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: out, CDK_DEFAULT_ACCOUNT: '', CDK_DEFAULT_REGION: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  resources = JSON.parse(readFileSync(join(out, 'brine.template.json'), 'utf8')).Resources;
}, 240_000);

afterAll(() => rmSync(out, { recursive: true }));

const of = (type: string) =>
  Object.values(resources)
    .filter((resource) => resource.Type === type)
    .map((resource) => resource.Properties as Record<string, unknown>);

const READ = 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query dynamodb:Scan';
const OWN =
  'dynamodb:BatchGetItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem';
const SEND = 'sqs:GetQueueUrl sqs:SendMessage';
const TAKE = 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage';
const SIGN = 'kms:GetPublicKey kms:Sign';

/** Role → resource, in short → its actions. A change of a role is a change here. */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'brine-reactor': {
    'brine-jobs': 'dynamodb:PutItem',
    'brine-m-*': SEND,
    'brine-plans': OWN,
    'brine-reactor-dead': SEND,
    'brine-registry': READ,
    'brine-relay-*': SEND,
    'brine-runner': SEND,
    'brine-shards': SEND,
    'event-bus/brine': 'events:PutEvents',
    'key/*': SIGN,
  },
  'brine-runner': {
    'brine-jobs': OWN,
    'brine-m-*': 'sqs:DeleteQueue sqs:GetQueueUrl sqs:SendMessage',
    'brine-plans': OWN,
    'brine-reactor': 'lambda:InvokeFunction',
    'brine-registry': OWN,
    'brine-relay-*': SEND,
    'brine-runner': TAKE,
    'brine-runner-dead': 'sqs:SendMessage',
    'brine-shards': SEND,
    'event-bus/brine': 'events:PutEvents',
    'key/*': SIGN,
  },
  'brine-recorder': {
    'brine-jobs': OWN,
    'brine-recorder': TAKE,
    'brine-recorder-dead': SEND,
    'brine-registry': READ,
    'key/*': 'kms:GetPublicKey',
  },
  'brine-enroll': {
    'brine-enroll-dead': 'sqs:SendMessage',
    'brine-m-*': 'sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueUrl sqs:SetQueueAttributes sqs:TagQueue',
    'brine-registry': OWN,
    'brine-relay-*': SEND,
    'event-bus/brine': 'events:PutEvents',
    'key/*': SIGN,
    'role/brine-minion': 'sts:AssumeRole sts:TagSession',
  },
  'brine-operator': {
    'brine-*-dead': 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueUrl sqs:ReceiveMessage',
    'brine-jobs': OWN,
    'brine-m-*': 'sqs:DeleteQueue sqs:GetQueueUrl sqs:SendMessage',
    'brine-operator-dead': 'sqs:SendMessage',
    'brine-plans': OWN,
    'brine-reactor': 'lambda:InvokeFunction',
    'brine-reactor-dead': SEND,
    'brine-recorder': SEND,
    'brine-registry': OWN,
    'brine-relay-*': `sqs:CreateQueue ${SEND}`,
    'brine-runner': SEND,
    'brine-shards': SEND,
    'brine-watch-*': 'sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueUrl sqs:SetQueueAttributes',
    'event-bus/brine': 'events:PutEvents',
    'key/*': SIGN,
    'rule/brine/brine-watch-*': 'events:DeleteRule events:PutRule events:PutTargets events:RemoveTargets',
  },
  'brine-dispatch': {
    'brine-dispatch-dead': 'sqs:SendMessage',
    'brine-m-*': SEND,
    'brine-plans': READ,
    'brine-registry': READ,
    'brine-relay-*': SEND,
    'brine-shards': TAKE,
    'key/*': SIGN,
  },
  'brine-relay': {
    'brine-enroll': 'lambda:InvokeFunction',
    'brine-relay-*': 'sqs:DeleteMessage sqs:GetQueueUrl sqs:ReceiveMessage',
    'event-bus/brine': 'events:DescribeEventBus events:PutEvents',
  },
  'brine-minion': { [`brine-m-$${'{aws:PrincipalTag/mq}'}`]: 'sqs:DeleteMessage sqs:ReceiveMessage' },
};

/** Every `*` in a resource, and why it stands there. */
const STARS: Readonly<Record<string, string>> = {
  'key/*': "a key's id is not known before it exists; the key's own policy names its signers and denies everyone else",
  'brine-m-*': 'the queues of hosts come and go with their keys',
  'brine-relay-*': 'a control queue for each relay: all relays have one role, whose queues hold hints and bells and nothing else',
  'brine-*-dead': 'every dead-letter place is listed and replayed by the operator function',
  'brine-watch-*': 'a queue for each watcher',
  'rule/brine/brine-watch-*': 'a rule for each watcher',
};

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Record<string, unknown>;
}

function rights(role: string): { statements: Statement[]; table: Record<string, string> } {
  const found = of('AWS::IAM::Role').find((properties) => properties.RoleName === role) as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  const statements = found.Policies.flatMap((policy) => policy.PolicyDocument.Statement);
  const short = (arn: string) => arn.replace(/^arn:aws:[a-z]+:[^:]*:\d*:/, '').replace(/^(table\/|function:)/, '');
  const actions = new Map<string, Set<string>>();
  for (const { Action, Resource } of statements)
    for (const resource of Resource.map(short)) actions.set(resource, new Set([...(actions.get(resource) ?? []), ...Action]));
  return { statements, table: Object.fromEntries([...actions].map(([name, all]) => [name, [...all].sort().join(' ')])) };
}

it('there are the roles of the table and no others', () => {
  expect(
    of('AWS::IAM::Role')
      .map(({ RoleName }) => RoleName)
      .sort(),
  ).toEqual(Object.keys(TABLE).sort());
});

it.each(Object.entries(TABLE))('%s may do what the table says and nothing else', (role, wanted) => {
  expect(rights(role).table).toEqual(wanted);
});

it('a star stands in a resource only where the table says why, and in no action', () => {
  const all = Object.keys(TABLE).flatMap((role) => Object.entries(rights(role).table));
  expect(all.filter(([resource]) => resource.includes('*') && STARS[resource] === undefined)).toEqual([]);
  expect(all.filter(([, actions]) => actions.includes('*'))).toEqual([]);
});

it('functions may write their own log, and nothing else of AWS’s own policies is anybody’s', () => {
  for (const { RoleName, ManagedPolicyArns = [] } of of('AWS::IAM::Role') as { RoleName: string; ManagedPolicyArns?: string[] }[])
    expect(ManagedPolicyArns, RoleName).toEqual(
      /relay|minion/.test(RoleName) ? [] : ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    );
});

it("the relay's events carry its two Sources, and none without one passes", () => {
  const put = rights('brine-relay').statements.find((statement) => statement.Action.includes('events:PutEvents'));
  expect(put?.Condition).toEqual({
    'ForAllValues:StringEquals': { 'events:source': ['brine.minion', 'brine.relay'] },
    Null: { 'events:source': 'false' },
  });
});

it.each([
  ['jobs', ['reactor', 'dispatch', 'runner', 'operator']],
  ['enroll', ['enroll']],
])('with the root %s only %j may sign', (root, signers) => {
  const keys = of('AWS::KMS::Key') as {
    Description: string;
    KeyPolicy: { Statement: { Sid: string; Effect: string; Principal: unknown; Condition?: unknown }[] };
  }[];
  const policy = keys.find(({ Description }) => Description.endsWith(root))?.KeyPolicy.Statement ?? [];
  const arns = signers.map((role) => `arn:aws:iam::000000000000:role/brine-${role}`);
  expect(policy.find(({ Sid }) => Sid === 'Sign')?.Principal).toEqual({ AWS: arns });
  expect(policy.find(({ Effect }) => Effect === 'Deny')).toMatchObject({
    Principal: '*',
    Action: 'kms:Sign',
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': arns } },
  });
});

it('every rule is within the quotas that EventBridge enforces', () => {
  const rules = of('AWS::Events::Rule');
  expect(rules.map((rule) => rule.Name).sort()).toEqual(['brine-reactor-01', 'brine-recorder']);
  for (const rule of rules) {
    expect(JSON.stringify(rule.EventPattern).length).toBeLessThanOrEqual(2048);
    expect(compileEventPattern(rule.EventPattern as object).complexity).toBeLessThanOrEqual(10);
  }
});

it('the bundles run under plain Node: each handler is a function', () => {
  for (const name of readdirSync(out).filter((entry) => entry.startsWith('asset.'))) {
    const handler = join(out, name, 'handler.mjs');
    const run = spawnSync(
      process.execPath,
      ['-e', `import(${JSON.stringify(handler)}).then((m) => process.exit(typeof m.handler === 'function' ? 0 : 3))`],
      {
        env: { PATH: process.env.PATH, BRINE_STACK: '000000000000/us-east-1/brine', AWS_REGION: 'us-east-1' },
        encoding: 'utf8',
      },
    );
    expect([run.status, run.stderr.replace(/\(node.*[\s\S]*/, '')]).toEqual([0, '']);
    expect(statSync(handler).size).toBeLessThanOrEqual(1_100_000);
  }
}, 240_000);

it('each function has a concurrency of its own, retries, a place for failures that is there, an end of its time and of its log', () => {
  const functions = of('AWS::Lambda::Function') as {
    FunctionName: string;
    Timeout: number;
    ReservedConcurrentExecutions: number;
  }[];
  const configs = of('AWS::Lambda::EventInvokeConfig') as {
    FunctionName: string;
    MaximumRetryAttempts: number;
    MaximumEventAgeInSeconds: number;
    DestinationConfig: { OnFailure: { Destination: string } };
  }[];
  const logs = of('AWS::Logs::LogGroup') as { LogGroupName: string; RetentionInDays: number }[];
  const queues = of('AWS::SQS::Queue').map(({ QueueName }) => QueueName);
  expect(functions.map(({ FunctionName }) => FunctionName).sort()).toEqual(
    ['dispatch', 'enroll', 'operator', 'reactor', 'recorder', 'runner'].map((role) => `brine-${role}`),
  );
  for (const { FunctionName, Timeout, ReservedConcurrentExecutions } of functions) {
    expect(ReservedConcurrentExecutions, FunctionName).toBeGreaterThanOrEqual(10);
    expect(Timeout, FunctionName).toBeLessThanOrEqual(60);
    const config = configs.find((one) => one.FunctionName === FunctionName);
    // A batch is planned within two hours or not at all: EventBridge's tries and Lambda's end after one each.
    expect([config?.MaximumRetryAttempts, config?.MaximumEventAgeInSeconds], FunctionName).toEqual([2, 3600]);
    expect(queues, FunctionName).toContain(config?.DestinationConfig.OnFailure.Destination.split(':').at(-1));
    expect(logs.find(({ LogGroupName }) => LogGroupName === `/aws/lambda/${FunctionName}`)?.RetentionInDays).toBe(30);
  }
});

it('an event source’s queue hides a message for longer than its function may run, buries it in the end, and asks for no more than the function has room for', () => {
  const functions = of('AWS::Lambda::Function') as {
    FunctionName: string;
    Timeout: number;
    ReservedConcurrentExecutions: number;
  }[];
  const sources = of('AWS::Lambda::EventSourceMapping') as {
    EventSourceArn: string;
    FunctionName: string;
    FunctionResponseTypes: string[];
    ScalingConfig: { MaximumConcurrency: number };
  }[];
  const queues = of('AWS::SQS::Queue') as {
    QueueName: string;
    VisibilityTimeout: number;
    RedrivePolicy?: { maxReceiveCount: number };
  }[];
  const fed = sources.map(({ EventSourceArn, FunctionName }) => [EventSourceArn.split(':').at(-1), FunctionName]);
  expect(fed.sort()).toEqual([
    ['brine-recorder', 'brine-recorder'],
    ['brine-runner', 'brine-runner'],
    ['brine-shards', 'brine-dispatch'],
  ]);
  for (const source of sources) {
    const queue = queues.find(({ QueueName }) => source.EventSourceArn.endsWith(`:${QueueName}`));
    const fn = functions.find(({ FunctionName }) => FunctionName === source.FunctionName);
    expect(queue?.VisibilityTimeout).toBeGreaterThan(fn?.Timeout ?? Number.POSITIVE_INFINITY);
    expect(queue?.RedrivePolicy?.maxReceiveCount).toBe(5);
    expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    expect(source.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(fn?.ReservedConcurrentExecutions ?? 0);
  }
});

it('queues are encrypted; tables are kept for a month back, forget by ttl, and stay with the keys when the stack goes', () => {
  for (const queue of of('AWS::SQS::Queue')) expect(queue.SqsManagedSseEnabled, String(queue.QueueName)).toBe(true);
  const tables = of('AWS::DynamoDB::Table');
  expect(tables.map(({ TableName }) => TableName).sort()).toEqual(['brine-jobs', 'brine-plans', 'brine-registry']);
  for (const table of tables) {
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect(table.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  }
  const kept = Object.values(resources).filter(({ Type }) => /::(Table|Key)$/.test(Type));
  expect(kept.map((resource) => (resource as unknown as { DeletionPolicy: string }).DeletionPolicy)).toEqual(
    Array(5).fill('Retain'),
  );
});

it('what names another thing comes after it, since AWS makes what does not in no order', () => {
  const all = resources as unknown as Record<string, { Type: string; DependsOn?: string[]; Properties: { QueueName?: string } }>;
  const named = (name: string) => Object.keys(all).find((id) => all[id]?.Properties.QueueName === name) as string;
  for (const name of ['runner', 'recorder', 'shards'])
    expect(all[named(`brine-${name}`)]?.DependsOn).toContain(named(`brine-${name}-dead`));
  const later = Object.values(all).filter(({ Type }) => /EventSourceMapping|EventInvokeConfig|Events::Rule/.test(Type));
  for (const { DependsOn } of later) expect(DependsOn).toContain(named('brine-reactor-dead'));
});

it('the operator function alone has a URL, and it wants a signature', () => {
  const urls = of('AWS::Lambda::Url');
  expect(urls.map(({ AuthType }) => AuthType)).toEqual(['AWS_IAM']);
});

it('a rule may invoke the reactor and nothing else may; what cannot be delivered goes to its dead letters after an hour', () => {
  const permissions = of('AWS::Lambda::Permission') as { Principal: string; SourceArn: string; FunctionName: string }[];
  expect(permissions.map(({ Principal, SourceArn }) => [Principal, SourceArn])).toEqual([
    ['events.amazonaws.com', 'arn:aws:events:us-east-1:000000000000:rule/brine/*'],
  ]);
  for (const { Targets } of of('AWS::Events::Rule') as {
    Targets: { RetryPolicy: object; DeadLetterConfig: { Arn: string } }[];
  }[])
    for (const target of Targets) {
      expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 });
      expect(target.DeadLetterConfig.Arn).toBe('arn:aws:sqs:us-east-1:000000000000:brine-reactor-dead');
    }
});

it('a project with errors is refused, with the errors and places that every command gives', () => {
  const bad = mkdtempSync(join(tmpdir(), 'brine-bad-'));
  writeFileSync(join(bad, 'reactor.conf'), "reactor:\n  - 'a/*':\n    - /srv/reactor/none.sls\n");
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: join(bad, 'out'), CDK_CONTEXT_JSON: JSON.stringify({ project: bad }) },
    encoding: 'utf8',
  });
  const { problems } = loadProject(bad);
  rmSync(bad, { recursive: true });
  expect(run.status).toBe(1);
  expect(problems).toHaveLength(1);
  for (const problem of problems) expect(run.stderr).toContain(formatProblem(problem));
}, 240_000);
