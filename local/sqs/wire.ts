/** How SQS writes messages, receipt handles and its own errors. */
import { AwsError } from '../service.ts';
import { attributesMd5, type Message, md5 } from './queue.ts';

export function noQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', {
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });
}

export function handleOf(message: Message): string {
  return `${message.id}#${message.receipt}`;
}

/** The message's id; an older handle still deletes, as on AWS. */
export function handleId(handle: unknown): string {
  const id = typeof handle === 'string' ? /^([0-9a-f-]{36})#\d+$/.exec(handle)?.[1] : undefined;
  if (!id) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return id;
}

export interface Wanted {
  readonly AttributeNames?: readonly string[] | null | undefined;
  readonly MessageSystemAttributeNames?: readonly string[] | null | undefined;
  readonly MessageAttributeNames?: readonly string[] | null | undefined;
}

/** Attributes are given only to those who ask for them by name. */
export function messageOut(message: Message, wanted: Wanted): Readonly<Record<string, unknown>> {
  const names = [...(wanted.AttributeNames ?? []), ...(wanted.MessageSystemAttributeNames ?? [])];
  const system = pick(systemAttributes(message), (name) => names.includes('All') || names.includes(name));
  const globs = wanted.MessageAttributeNames ?? [];
  const own = pick(message.attributes, (name) =>
    globs.some((glob) => glob === 'All' || glob === name || (/\.\*$/.test(glob) && name.startsWith(glob.slice(0, -1)))),
  );
  const digest = attributesMd5(own);
  return {
    MessageId: message.id,
    ReceiptHandle: handleOf(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(digest && { MessageAttributes: own, MD5OfMessageAttributes: digest }),
  };
}

export function systemAttributes(message: Message): Readonly<Record<string, string>> {
  return {
    SenderId: message.sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.count),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.group !== undefined && { MessageGroupId: message.group }),
  };
}

function pick<T>(record: Readonly<Record<string, T>>, keep: (name: string) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => keep(name)));
}
