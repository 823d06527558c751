/** SQS's limits, each with AWS's own error code (aws-facts 2). */
import { parsePolicy, type Statement } from '../iam/policy.ts';
import { AwsError } from '../service.ts';
import type { Message, MessageAttribute, Queue, QueueSettings } from './queue.ts';

export function checkName(name: unknown): string {
  if (typeof name === 'string' && /^[A-Za-z0-9_-]{1,80}$/.test(name)) return name;
  throw new AwsError(
    'InvalidParameterValue',
    'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  );
}

export function inRange(name: string, value: unknown, from: number, to: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${String(value)} for parameter ${name} is invalid. Reason: Must be between ${from} and ${to}.`,
  );
}

const REFUSED =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

export function checkBody(body: string | undefined, attributes: Message['attributes'], limit: number): string {
  if (body === undefined || body === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (REFUSED.test(body)) throw new AwsError('InvalidMessageContents', 'Invalid characters were found in the message body.');
  if (Object.keys(attributes).length > 10)
    throw new AwsError('InvalidParameterValue', 'Number of message attributes exceeds the allowed maximum of 10.');
  for (const [name, attribute] of Object.entries(attributes)) checkAttribute(name, attribute);
  if (sizeOf(body, attributes) > limit) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  }
  return body;
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const refused = (why: string) => new AwsError('InvalidParameterValue', `The message attribute '${name.slice(0, 256)}' ${why}.`);
  if (!/^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/.test(name) || /^(aws|amazon)\./i.test(name))
    throw refused('has a name that is not allowed');
  if (!/^(String|Number|Binary)(\..{1,249})?$/.test(DataType))
    throw refused('has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String');
  const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
  if (!value) throw refused('must contain a non-empty value of its type');
  if (DataType.startsWith('Number') && !Number.isFinite(Number(value))) throw refused('is no number');
  if (StringValue !== undefined && REFUSED.test(StringValue)) throw refused('has characters that are not allowed');
}

/** Bytes that count: the body, and names, types and values of the attributes. */
export function sizeOf(body: string, attributes: Message['attributes']): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) =>
      sum +
      Buffer.byteLength(name + value.DataType + (value.StringValue ?? '')) +
      Buffer.byteLength(value.BinaryValue ?? '', 'base64'),
    Buffer.byteLength(body),
  );
}

const RANGES: Readonly<Record<string, readonly [number, number, number]>> = {
  VisibilityTimeout: [0, 43_200, 30],
  DelaySeconds: [0, 900, 0],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
};

const KNOWN = new Set([
  ...Object.keys(RANGES),
  'Policy',
  'RedrivePolicy',
  'QueueArn',
  'SqsManagedSseEnabled',
  'KmsMasterKeyId',
  'RedriveAllowPolicy',
]);

/** What GetQueueAttributes may be asked for, beside what can be set. */
const TOLD = new Set([
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'KmsDataKeyReusePeriodSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);

export function checkAttributeName(name: string): void {
  if (!KNOWN.has(name) && !TOLD.has(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

/** A standard queue takes a tenant (MessageGroupId), and nothing else of a FIFO queue's. */
export function checkQueueKind({
  MessageDeduplicationId: id,
}: {
  readonly MessageDeduplicationId?: string | null | undefined;
}): void {
  if (id == null) return;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${id} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.`,
  );
}

export function parseSettings(attributes: Readonly<Record<string, string>>): QueueSettings {
  for (const name of Object.keys(attributes)) {
    if (!KNOWN.has(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  const number = (name: string): number => {
    const [from, to, standard] = RANGES[name] as readonly [number, number, number];
    const value = attributes[name] === undefined ? standard : Number(attributes[name]);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  };
  return {
    VisibilityTimeout: number('VisibilityTimeout'),
    DelaySeconds: number('DelaySeconds'),
    MessageRetentionPeriod: number('MessageRetentionPeriod'),
    ReceiveMessageWaitTimeSeconds: number('ReceiveMessageWaitTimeSeconds'),
    MaximumMessageSize: number('MaximumMessageSize'),
    Policy: attributes.Policy ? policyText(attributes.Policy) : undefined,
    RedrivePolicy: attributes.RedrivePolicy ? redriveOf(attributes.RedrivePolicy) : undefined,
  };
}

function policyText(text: string): string {
  const refused = (why: string) =>
    new AwsError('InvalidAttributeValue', `Invalid value for the parameter Policy. Reason: ${why}`);
  if (Buffer.byteLength(text) > 8192) throw refused('Policy is longer than 8192 bytes.');
  let statements: readonly Statement[];
  try {
    statements = parsePolicy(text);
  } catch {
    throw refused('Policy is no valid JSON policy.');
  }
  const excess = POLICY_LIMITS.find(({ most, count }) => count(statements) > most);
  if (excess) throw new AwsError('OverLimit', `${excess.most} ${excess.what} is the maximum of a queue's policy.`);
  return text;
}

const POLICY_LIMITS: readonly { what: string; most: number; count: (statements: readonly Statement[]) => number }[] = [
  { what: 'statements', most: 20, count: (statements) => statements.length },
  {
    what: 'actions in a statement',
    most: 7,
    count: (statements) => most(statements, ({ Action }) => [Action ?? []].flat().length),
  },
  {
    what: 'principals',
    most: 50,
    count: (statements) => most(statements, ({ Principal }) => Object.values(Object(Principal)).flat().length),
  },
  {
    what: 'conditions',
    most: 10,
    count: (statements) => most(statements, ({ Condition }) => Object.values(Condition ?? {}).flatMap(Object.keys).length),
  },
];

function most(statements: readonly Statement[], count: (statement: Statement) => number): number {
  return Math.max(0, ...statements.map(count));
}

function redriveOf(text: string): QueueSettings['RedrivePolicy'] {
  try {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as {
      deadLetterTargetArn?: unknown;
      maxReceiveCount?: unknown;
    };
    const count = Number(maxReceiveCount);
    if (typeof deadLetterTargetArn === 'string' && Number.isInteger(count) && count >= 1 && count <= 1000)
      return { deadLetterTargetArn, maxReceiveCount: count };
  } catch {
    // said below
  }
  throw new AwsError('InvalidParameterValue', `Value ${text} for parameter RedrivePolicy is invalid.`);
}

export function settingsOut(queue: Queue): Record<string, string> {
  const { Policy, RedrivePolicy, ...numbers } = queue.settings;
  return {
    QueueArn: queue.arn,
    ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, String(value)])),
    ...(Policy && { Policy }),
    ...(RedrivePolicy && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  };
}
