/** Who may do what: every role's statements, and the policies of queues and keys, as pure data. Trust sections 2 and 8. */
import {
  failureQueue,
  failures,
  publicKeys,
  putEvents,
  type RoleStatement,
  read,
  readWrite,
  receive,
  removeQueues,
  replay,
  send,
  signWith,
  watch,
  writeJobs,
} from './statements.ts';
import {
  busArn,
  FUNCTIONS,
  type FunctionName,
  functionArn,
  queueArn,
  queueNames,
  roleArn,
  ruleArn,
  type StackParts,
} from './topology.ts';

export interface Role {
  readonly name: string;
  /** Who may assume it: a service, or the ARN of another role. */
  readonly trust: { readonly Service: string } | { readonly AWS: string };
  readonly statements: readonly RoleStatement[];
}

export function rolesOf(parts: StackParts): readonly Role[] {
  const { name } = parts;
  const own: Readonly<Record<FunctionName, readonly RoleStatement[]>> = {
    reactor: [
      putEvents(parts, ['brine.platform']),
      read(parts, 'registry'),
      readWrite(parts, 'plans'),
      signWith(parts),
      send(parts, ['m-*', 'runner', 'shards', 'relay-*', 'reactor-dead']),
      writeJobs(parts),
    ],
    dispatch: [
      read(parts, 'registry'),
      read(parts, 'plans'),
      signWith(parts),
      send(parts, ['m-*', 'relay-*']),
      receive(parts, 'shards'),
    ],
    recorder: [
      receive(parts, 'recorder'),
      read(parts, 'registry'),
      readWrite(parts, 'jobs'),
      publicKeys(parts),
      send(parts, ['recorder-dead']),
    ],
    runner: [
      receive(parts, 'runner'),
      putEvents(parts, ['brine.platform']),
      readWrite(parts, 'registry'),
      readWrite(parts, 'plans'),
      readWrite(parts, 'jobs'),
      signWith(parts),
      send(parts, ['relay-*', 'm-*', 'shards']),
      removeQueues(parts),
      replay(parts),
    ],
    enroll: [
      putEvents(parts, ['brine.platform']),
      readWrite(parts, 'registry'),
      signWith(parts),
      send(parts, ['relay-*']),
      {
        Sid: 'Queues',
        Effect: 'Allow',
        Action: ['sqs:CreateQueue', 'sqs:TagQueue', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes', 'sqs:DeleteQueue'],
        Resource: [queueArn(parts, `${name}-m-*`)],
      },
      {
        Sid: 'Credentials',
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Resource: [roleArn(parts, `${name}-minion`)],
      },
    ],
    operator: [
      putEvents(parts, ['brine.operator']),
      readWrite(parts, 'registry'),
      readWrite(parts, 'plans'),
      readWrite(parts, 'jobs'),
      signWith(parts),
      send(parts, ['m-*', 'runner', 'shards', 'relay-*', 'reactor-dead', 'recorder']),
      ...watch(parts),
      ...failures(parts),
      removeQueues(parts),
      // The control queue of a relay that an administrator tells of; the first one's is part of the stack.
      { Sid: 'Relays', Effect: 'Allow', Action: ['sqs:CreateQueue'], Resource: [queueArn(parts, queueNames(name).relay('*'))] },
    ],
  };
  return [
    ...FUNCTIONS.map((role) => ({
      name: `${name}-${role}`,
      trust: { Service: 'lambda.amazonaws.com' },
      statements: [...own[role], failureQueue(parts, role)],
    })),
    relayRole(parts),
    { name: `${name}-minion`, trust: { AWS: roleArn(parts, `${name}-enroll`) }, statements: minionStatements(parts) },
  ];
}

/** Who may assume the role; session tags need a word of their own. */
export function trustPolicy({ trust }: Pick<Role, 'trust'>) {
  const Action = 'Service' in trust ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession'];
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: trust, Action }] };
}

export function rolePolicy({ statements }: Pick<Role, 'statements'>) {
  return { Version: '2012-10-17', Statement: statements };
}

/** Design section 6: put events with its two Sources, invoke enroll, read its own control queue, and nothing else. */
function relayRole(parts: StackParts): Role {
  const { name } = parts;
  return {
    name: `${name}-relay`,
    trust: { Service: 'ec2.amazonaws.com' },
    statements: [
      putEvents(parts, ['brine.minion', 'brine.relay']),
      { Sid: 'Bus', Effect: 'Allow', Action: ['events:DescribeEventBus'], Resource: [busArn(parts)] },
      { Sid: 'Enroll', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [functionArn(parts, `${name}-enroll`)] },
      {
        Sid: 'Control',
        Effect: 'Allow',
        Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueUrl'],
        Resource: [queueArn(parts, queueNames(name).relay('*'))],
      },
    ],
  };
}

/** The outer fence of a host's credentials: the one queue that its session's tag names. The session policy says the same again. */
function minionStatements(parts: StackParts): readonly RoleStatement[] {
  return [
    {
      Sid: 'Queue',
      Effect: 'Allow',
      Action: MINION_ACTIONS,
      Resource: [queueArn(parts, `${parts.name}-m-\${aws:PrincipalTag/mq}`)],
    },
  ];
}

export const MINION_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage'] as const;

/** The inline policy of one host's session. */
export function sessionPolicy(parts: StackParts, queue: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: MINION_ACTIONS, Resource: queueArn(parts, queue) }],
  });
}

/** A host's queue takes messages from the roles that may sign jobs and from nobody else. */
export function minionQueuePolicy(parts: StackParts, queue: string): string {
  const senders = (['reactor', 'dispatch', 'runner', 'operator'] as const).map((role) => roleArn(parts, `${parts.name}-${role}`));
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OnlyOurs',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:SendMessage',
        Resource: queueArn(parts, queue),
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': senders } },
      },
    ],
  });
}

/** EventBridge alone, for one rule: recorder and watches. */
export function rulePolicy(parts: StackParts, queue: string, rule: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ThatRule',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn(parts, queue),
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn(parts, rule) } },
      },
    ],
  });
}

/** The key's own policy names who signs and denies everyone else: under AWS's default any principal with `kms:Sign` on `*` would be the platform. */
export function keyPolicy(parts: StackParts, root: 'jobs' | 'enroll'): string {
  const account = `arn:aws:iam::${parts.account}:root`;
  const signers = (root === 'jobs' ? (['reactor', 'dispatch', 'runner', 'operator'] as const) : (['enroll'] as const)).map(
    (role) => roleArn(parts, `${parts.name}-${role}`),
  );
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Administration',
        Effect: 'Allow',
        Principal: { AWS: account },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:Put*', 'kms:Create*', 'kms:Tag*', 'kms:ScheduleKeyDeletion'],
        Resource: '*',
      },
      { Sid: 'Sign', Effect: 'Allow', Principal: { AWS: signers }, Action: 'kms:Sign', Resource: '*' },
      {
        Sid: 'NobodyElse',
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:Sign',
        Resource: '*',
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': signers } },
      },
    ],
  });
}

/** For people's roles: through the function URL and in no other way. */
export function operatorAccess(parts: StackParts): readonly RoleStatement[] {
  const fn = functionArn(parts, `${parts.name}-operator`);
  return [
    { Sid: 'Url', Effect: 'Allow', Action: ['lambda:InvokeFunctionUrl', 'lambda:GetFunctionUrlConfig'], Resource: [fn] },
    {
      Sid: 'ThroughUrl',
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      Resource: [fn],
      Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    },
    {
      Sid: 'Watch',
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
      Resource: [queueArn(parts, queueNames(parts.name).watch('*'))],
    },
  ];
}
