/** The statements that roles are put together from, as pure data. */
import {
  busArn,
  type FunctionName,
  functionArn,
  queueArn,
  queueNames,
  ruleArn,
  type StackParts,
  tableNames,
} from './topology.ts';

export interface RoleStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function putEvents(parts: StackParts, sources: readonly string[]): RoleStatement {
  return {
    Sid: 'PutEvents',
    Effect: 'Allow',
    Action: ['events:PutEvents'],
    Resource: [busArn(parts)],
    Condition: { 'ForAllValues:StringEquals': { 'events:source': sources }, Null: { 'events:source': 'false' } },
  };
}

function table(parts: StackParts, which: keyof ReturnType<typeof tableNames>): readonly string[] {
  return [`arn:aws:dynamodb:${parts.region}:${parts.account}:table/${tableNames(parts.name)[which]}`];
}

const READ = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:BatchGetItem'] as const;
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'] as const;

export function read(parts: StackParts, which: 'registry' | 'plans' | 'jobs'): RoleStatement {
  return { Sid: `Read${which}`, Effect: 'Allow', Action: READ, Resource: table(parts, which) };
}

export function readWrite(parts: StackParts, which: 'registry' | 'plans' | 'jobs'): RoleStatement {
  return { Sid: `Own${which}`, Effect: 'Allow', Action: [...READ, ...WRITE], Resource: table(parts, which) };
}

/** Who was asked is written before anything is sent, so that a return always finds its job. */
export function writeJobs(parts: StackParts): RoleStatement {
  return { Sid: 'Asked', Effect: 'Allow', Action: ['dynamodb:PutItem'], Resource: table(parts, 'jobs') };
}

function keys(parts: StackParts): readonly string[] {
  return [`arn:aws:kms:${parts.region}:${parts.account}:key/*`];
}

/** `key/*` because a key's id is not known before it exists; the key's own policy narrows it to one. A condition on its alias would hold only minutes after a first deployment. */
export function signWith(parts: StackParts): RoleStatement {
  return { Sid: 'Sign', Effect: 'Allow', Action: ['kms:Sign', 'kms:GetPublicKey'], Resource: keys(parts) };
}

export function publicKeys(parts: StackParts): RoleStatement {
  return { Sid: 'Roots', Effect: 'Allow', Action: ['kms:GetPublicKey'], Resource: keys(parts) };
}

export function send(parts: StackParts, queues: readonly string[]): RoleStatement {
  return {
    Sid: 'Send',
    Effect: 'Allow',
    Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
    Resource: queues.map((queue) => queueArn(parts, `${parts.name}-${queue}`)),
  };
}

export function receive(parts: StackParts, queue: string): RoleStatement {
  return {
    Sid: 'Receive',
    Effect: 'Allow',
    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
    Resource: [queueArn(parts, `${parts.name}-${queue}`)],
  };
}

export function failureQueue(parts: StackParts, role: FunctionName): RoleStatement {
  return {
    Sid: 'OnFailure',
    Effect: 'Allow',
    Action: ['sqs:SendMessage'],
    Resource: [queueArn(parts, queueNames(parts.name).dead(`${parts.name}-${role}`))],
  };
}

export function watch(parts: StackParts): readonly RoleStatement[] {
  const name = queueNames(parts.name).watch('*');
  return [
    {
      Sid: 'WatchQueues',
      Effect: 'Allow',
      Action: ['sqs:CreateQueue', 'sqs:DeleteQueue', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes'],
      Resource: [queueArn(parts, name)],
    },
    {
      Sid: 'WatchRules',
      Effect: 'Allow',
      Action: ['events:PutRule', 'events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule'],
      Resource: [ruleArn(parts, name)],
    },
  ];
}

export function failures(parts: StackParts): readonly RoleStatement[] {
  return [
    {
      Sid: 'Failures',
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'],
      Resource: [queueArn(parts, `${parts.name}-*-dead`)],
    },
    replay(parts),
  ];
}

/** The reactor, asked again with what it failed at. */
export function replay(parts: StackParts): RoleStatement {
  const fn = functionArn(parts, `${parts.name}-reactor`);
  return { Sid: 'Replay', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [fn] };
}

export function removeQueues(parts: StackParts): RoleStatement {
  return {
    Sid: 'Revoke',
    Effect: 'Allow',
    Action: ['sqs:DeleteQueue', 'sqs:GetQueueUrl'],
    Resource: [queueArn(parts, `${parts.name}-m-*`)],
  };
}
