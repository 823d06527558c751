/** What would be deployed: every action and resource of every role against a table, quotas of the rules, and bundles that run under plain Node. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileEventPattern } from '../../core/reactor/event-pattern.ts';

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
}, 60_000);

afterAll(() => rmSync(out, { recursive: true }));

const of = (type: string) =>
  Object.values(resources)
    .filter((resource) => resource.Type === type)
    .map((resource) => resource.Properties as Record<string, unknown>);

/** Role → `action on resource`, in short. `*` stands alone nowhere; `key/*` is for KMS keys, whose id nobody knows before they exist, and whose own policy names one signer. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'brine-relay': [
    'events:DescribeEventBus event-bus/brine',
    'events:PutEvents event-bus/brine',
    'lambda:InvokeFunction brine-enroll',
    'sqs:DeleteMessage brine-relay-*',
    'sqs:GetQueueUrl brine-relay-*',
    'sqs:ReceiveMessage brine-relay-*',
  ],
  'brine-minion': ['sqs:DeleteMessage brine-m-${aws:PrincipalTag/mq}', 'sqs:ReceiveMessage brine-m-${aws:PrincipalTag/mq}'],
  'brine-enroll': [
    'dynamodb:BatchGetItem brine-registry',
    'dynamodb:DeleteItem brine-registry',
    'dynamodb:GetItem brine-registry',
    'dynamodb:PutItem brine-registry',
    'dynamodb:Query brine-registry',
    'dynamodb:Scan brine-registry',
    'dynamodb:UpdateItem brine-registry',
    'events:PutEvents event-bus/brine',
    'kms:GetPublicKey key/*',
    'kms:Sign key/*',
    'sqs:CreateQueue brine-m-*',
    'sqs:GetQueueUrl brine-m-*',
    'sqs:SendMessage brine-enroll-dead',
    'sqs:SetQueueAttributes brine-m-*',
    'sqs:TagQueue brine-m-*',
    'sts:AssumeRole role/brine-minion',
    'sts:TagSession role/brine-minion',
  ],
  'brine-recorder': [
    'dynamodb:BatchGetItem brine-jobs',
    'dynamodb:BatchGetItem brine-registry',
    'dynamodb:DeleteItem brine-jobs',
    'dynamodb:GetItem brine-jobs',
    'dynamodb:GetItem brine-registry',
    'dynamodb:PutItem brine-jobs',
    'dynamodb:Query brine-jobs',
    'dynamodb:Query brine-registry',
    'dynamodb:Scan brine-jobs',
    'dynamodb:Scan brine-registry',
    'dynamodb:UpdateItem brine-jobs',
    'kms:GetPublicKey key/*',
    'sqs:ChangeMessageVisibility brine-recorder',
    'sqs:DeleteMessage brine-recorder',
    'sqs:GetQueueAttributes brine-recorder',
    'sqs:ReceiveMessage brine-recorder',
    'sqs:SendMessage brine-recorder-dead',
    'sqs:GetQueueUrl brine-recorder-dead',
  ],
};

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Record<string, unknown>;
}

function rights(role: string): { statements: Statement[]; list: string[] } {
  const found = of('AWS::IAM::Role').find((properties) => properties.RoleName === role) as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  const statements = found.Policies.flatMap((policy) => policy.PolicyDocument.Statement);
  const short = (arn: string) => arn.replace(/^arn:aws:[a-z]+:[^:]*:\d*:/, '').replace(/^(table\/|function:)/, '');
  return {
    statements,
    list: statements.flatMap((statement) =>
      statement.Action.flatMap((action) => statement.Resource.map((resource) => `${action} ${short(resource)}`)),
    ),
  };
}

it.each(Object.entries(TABLE))('%s may do what the table says and nothing else', (role, wanted) => {
  expect([...new Set(rights(role).list)].sort()).toEqual([...wanted].sort());
});

it("the relay's events carry its two Sources, and none without one passes", () => {
  const put = rights('brine-relay').statements.find((statement) => statement.Action.includes('events:PutEvents'));
  expect(put?.Condition).toEqual({
    'ForAllValues:StringEquals': { 'events:source': ['brine.minion', 'brine.relay'] },
    Null: { 'events:source': 'false' },
  });
});

it('no role has an action or a resource that is all of them, but for listing queues, which AWS grants no other way', () => {
  for (const properties of of('AWS::IAM::Role')) {
    const list = rights(String(properties.RoleName)).list.filter((right) => !right.startsWith('sqs:ListQueues '));
    for (const right of list) expect(right).not.toMatch(/^\*|:\* | \*$/);
  }
});

it('only the roles that a key names may sign with it', () => {
  const [jobs] = of('AWS::KMS::Key') as { KeyPolicy: { Statement: { Sid: string; Effect: string; Condition?: unknown }[] } }[];
  expect(jobs?.KeyPolicy.Statement.find((statement) => statement.Effect === 'Deny')?.Condition).toEqual({
    ArnNotEquals: {
      'aws:PrincipalArn': ['reactor', 'dispatch', 'runner', 'operator'].map(
        (role) => `arn:aws:iam::000000000000:role/brine-${role}`,
      ),
    },
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
}, 60_000);
