/** SQS: the port `Queues`, and each limit of the service with the error that AWS gives (aws-facts 2). */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it as plain } from 'vitest';
import { createQueues } from '../../aws/queues.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { eventually } from '../support/eventually.ts';
import { type Clients, codesOf, contract } from './endpoints.ts';

contract('the port Queues', ({ it }) => {
  const portOf = (to: Clients) => createQueues(to.sqs, to.parts);
  const name = (to: Clients, suffix: string) => `${to.parts.name}-m-${suffix}`;

  const open = async (to: Clients, suffix: string) => {
    await to.sqs.send(new CreateQueueCommand({ QueueName: name(to, suffix), Attributes: { VisibilityTimeout: '30' } }));
    return [portOf(to), name(to, suffix)] as const;
  };

  it(
    'a minion queue is made once, and nobody but the functions may send to it',
    async (to) => {
      const [port, queue] = [portOf(to), name(to, 'made')];
      await port.create(queue);
      await port.create(queue);
      await expect(port.send(queue, 'x')).rejects.toMatchObject({ name: expect.stringContaining('AccessDenied') });
    },
    'queue policy',
  );

  it('gives back what was sent, exactly, hides it while it is worked on, and forgets it when it is deleted', async (to) => {
    const [port, queue] = await open(to, 'a');
    const text = `{"a":"${'é😀'.repeat(2000)}"}\n\t`;
    expect(await port.send(queue, text)).toBe('sent');
    const [message] = await port.receive(queue, { waitSeconds: 5 });
    expect(message?.text === text).toBe(true);
    expect(message?.count).toBe(1);
    expect(Math.abs((message?.sentAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await port.receive(queue, { waitSeconds: 0 })).toEqual([]);
    await port.delete(queue, message?.handle ?? '');
    const QueueUrl = (await port.url(queue)) as string;
    const { Attributes } = await to.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('0');
  });

  it('gives a message again that nobody deleted, and counts', async (to) => {
    const [port, queue] = await open(to, 'again');
    await port.send(queue, 'x');
    expect(await port.receive(queue, { waitSeconds: 5, visibilitySeconds: 0 })).toHaveLength(1);
    expect((await port.receive(queue, { waitSeconds: 5 }))[0]?.count).toBe(2);
  });

  it('a long poll wakes when a message comes, and ends when it is aborted', async (to) => {
    const [port, queue] = await open(to, 'poll');
    const polled = port.receive(queue, { waitSeconds: 20 });
    await port.send(queue, 'wake');
    expect((await polled).map(({ text }) => text)).toEqual(['wake']);
    const stop = new AbortController();
    const stopped = port.receive(queue, { waitSeconds: 20, signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('a queue that is not there is an answer: missing, and nothing to receive', async (to) => {
    const [port, queue] = [portOf(to), name(to, 'gone')];
    expect(await port.send(queue, 'x')).toBe('missing');
    expect(await port.receive(queue, { waitSeconds: 0 })).toEqual([]);
    await port.create(queue);
    await port.remove(queue);
    await port.remove(queue);
    expect(
      await eventually(
        () => port.send(queue, 'x'),
        (answer) => answer === 'missing',
      ),
    ).toBe('missing');
  });
});

contract('SQS', ({ it }) => {
  const queue = async (to: Clients, suffix: string, Attributes: Record<string, string> = {}) =>
    (await to.sqs.send(new CreateQueueCommand({ QueueName: `${to.unique}-${suffix}`, Attributes }))).QueueUrl as string;
  const arn = ({ parts, unique }: Clients, suffix: string) => `arn:aws:sqs:${parts.region}:${parts.account}:${unique}-${suffix}`;
  const send = (to: Clients, input: SendMessageCommandInput) => to.sqs.send(new SendMessageCommand(input));
  const receive = async (to: Clients, input: ReceiveMessageCommandInput) =>
    (await to.sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];

  it('Message size: 1,048,576 bytes go in, with one more it is refused', async (to) => {
    const QueueUrl = await queue(to, 'size');
    await send(to, { QueueUrl, MessageBody: 'x'.repeat(1_048_576) });
    expect(await codesOf(send(to, { QueueUrl, MessageBody: 'x'.repeat(1_048_577) }))).toContain('InvalidParameterValue');
  });

  it(
    'Message size: names, types and values of attributes count',
    async (to) => {
      const QueueUrl = await queue(to, 'counted');
      const attribute = { DataType: 'String', StringValue: 'y'.repeat(100) };
      const close = send(to, { QueueUrl, MessageBody: 'x'.repeat(1_048_500), MessageAttributes: { a: attribute } });
      expect(await codesOf(close)).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it('Batch: at most ten messages, 1 MiB together, no id twice, at least one', async (to) => {
    const QueueUrl = await queue(to, 'batch');
    const batch = (ids: readonly string[], body = 'x') =>
      codesOf(to.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody: body })) })));
    const ten = [...'abcdefghij'];
    expect(await batch([...ten, 'k'])).toContainEqual(expect.stringContaining('TooManyEntriesInBatchRequest'));
    expect(await batch(ten, 'x'.repeat(104_858))).toContainEqual(expect.stringContaining('BatchRequestTooLong'));
    expect(await batch(['a', 'a'])).toContainEqual(expect.stringContaining('BatchEntryIdsNotDistinct'));
    expect(await batch([])).toContainEqual(expect.stringContaining('EmptyBatchRequest'));
    expect(await batch(ten)).toEqual(['it was accepted']);
  });

  it('Characters: what XML 1.0 cannot hold is refused', async (to) => {
    const QueueUrl = await queue(to, 'characters');
    await send(to, { QueueUrl, MessageBody: '\t\n\r \ud7ff\ue000\ufffd😀' });
    for (const refused of ['\u0000', '\u0008', '\u000b', '\u001f', '\ufffe', '\uffff'])
      expect(await codesOf(send(to, { QueueUrl, MessageBody: `a${refused}` }))).toContain('InvalidMessageContents');
  });

  it(
    'Long poll: 0 to 20 seconds, ten messages at most',
    async (to) => {
      const QueueUrl = await queue(to, 'poll');
      const refused = [{ WaitTimeSeconds: 21 }, { WaitTimeSeconds: -1 }, { MaxNumberOfMessages: 0 }, { MaxNumberOfMessages: 11 }];
      for (const input of refused)
        expect(await codesOf(receive(to, { QueueUrl, ...input })), JSON.stringify(input)).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it(
    'Visibility to 43,200 s, delay to 900 s, retention from 60 s to 14 days',
    async (to) => {
      const QueueUrl = await queue(to, 'ranges');
      expect(await codesOf(receive(to, { QueueUrl, VisibilityTimeout: 43_201 }))).toContain('InvalidParameterValue');
      expect(await codesOf(send(to, { QueueUrl, MessageBody: 'x', DelaySeconds: 901 }))).toContain('InvalidParameterValue');
      const set = (name: string, value: string) =>
        codesOf(to.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } })));
      expect(await set('VisibilityTimeout', '43201')).toContain('InvalidAttributeValue');
      expect(await set('DelaySeconds', '901')).toContain('InvalidAttributeValue');
      expect(await set('MessageRetentionPeriod', '59')).toContain('InvalidAttributeValue');
      expect(await set('MessageRetentionPeriod', '1209601')).toContain('InvalidAttributeValue');
      expect(await set('MessageRetentionPeriod', '1209600')).toEqual(['it was accepted']);
      await send(to, { QueueUrl, MessageBody: 'x' });
      const [message] = await receive(to, { QueueUrl, WaitTimeSeconds: 5 });
      const change = new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 43_201,
      });
      expect(await codesOf(to.sqs.send(change))).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it(
    'Attributes: ten of a message; a queue name of 80 characters',
    async (to) => {
      const QueueUrl = await queue(to, 'attributes');
      const attributes = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, { DataType: 'String', StringValue: 'x' }]));
      await send(to, { QueueUrl, MessageBody: 'x', MessageAttributes: attributes(10) });
      expect(await codesOf(send(to, { QueueUrl, MessageBody: 'x', MessageAttributes: attributes(11) }))).toContain(
        'InvalidParameterValue',
      );
      const create = (QueueName: string) => codesOf(to.sqs.send(new CreateQueueCommand({ QueueName })));
      expect(await create(`${to.unique}-`.padEnd(80, 'x'))).toEqual(['it was accepted']);
      expect(await create('x'.repeat(81))).toContain('InvalidParameterValue');
      expect(await create('a.b')).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it('ListQueues: at most 1,000 names, in pages for those who ask', async (to) => {
    for (const suffix of ['list1', 'list2', 'list3']) await queue(to, suffix);
    const page = (NextToken?: string) =>
      to.sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${to.unique}-list`, MaxResults: 2, NextToken }));
    const first = await page();
    expect(first.QueueUrls).toHaveLength(2);
    const second = await page(first.NextToken);
    expect([...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])].map((url) => url.slice(-5))).toEqual([
      'list1',
      'list2',
      'list3',
    ]);
    expect(second.NextToken).toBeUndefined();
  });

  it(
    'ListQueues: a page of 1 to 1,000',
    async (to) => {
      for (const MaxResults of [0, 1001])
        expect(await codesOf(to.sqs.send(new ListQueuesCommand({ MaxResults })))).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it(
    'Queue policy: 8,192 bytes, 20 statements, 50 principals, 10 conditions and 7 actions in a statement',
    async (to) => {
      const QueueUrl = await queue(to, 'policy');
      const base = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn(to, 'policy') };
      const set = (...Statement: object[]) =>
        codesOf(
          to.sqs.send(
            new SetQueueAttributesCommand({
              QueueUrl,
              Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
            }),
          ),
        );
      const many = <T>(count: number, item: (i: number) => T) => Array.from({ length: count }, (_, i) => item(i));
      expect(await set(...many(20, (i) => ({ ...base, Sid: `s${i}` })))).toEqual(['it was accepted']);
      expect(await set({ ...base, Sid: 'x'.repeat(8192) })).toContain('InvalidAttributeValue');
      expect(await set(...many(21, (i) => ({ ...base, Sid: `s${i}` })))).toContain('OverLimit');
      expect(await set({ ...base, Action: many(8, (i) => `sqs:A${i}`) })).toContain('OverLimit');
      const account = (i: number) => String(100_000_000_000 + i);
      expect(await set({ ...base, Principal: { AWS: many(51, account) } })).toContain('OverLimit');
      const condition = Object.fromEntries(many(11, (i) => [`aws:x${i}`, 'y']));
      expect(await set({ ...base, Condition: { StringEquals: condition } })).toContain('OverLimit');
    },
    'queue limits',
  );

  it('Dead letters: after maxReceiveCount receives', async (to) => {
    await queue(to, 'dead');
    const redrive = (maxReceiveCount: number) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(to, 'dead'), maxReceiveCount }),
    });
    const QueueUrl = await queue(to, 'source', redrive(1));
    await send(to, { QueueUrl, MessageBody: 'poison' });
    expect(await receive(to, { QueueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 5 })).toHaveLength(1);
    expect(await receive(to, { QueueUrl })).toHaveLength(0);
    const dead = await queue(to, 'dead');
    const [buried] = await receive(to, { QueueUrl: dead, WaitTimeSeconds: 5, VisibilityTimeout: 0 });
    expect(buried?.Body).toBe('poison');
  });

  it(
    'Dead letters: a move task brings them back; maxReceiveCount is 1 to 1000',
    async (to) => {
      await queue(to, 'dead2');
      const policy = (maxReceiveCount: number) => ({
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(to, 'dead2'), maxReceiveCount }),
      });
      for (const count of [0, 1001])
        expect(await codesOf(queue(to, `count${count}`, policy(count)))).toContain('InvalidParameterValue');
      const QueueUrl = await queue(to, 'source2', policy(1000));
      await send(to, { QueueUrl: await queue(to, 'dead2'), MessageBody: 'poison' });
      await to.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn(to, 'dead2'), DestinationArn: arn(to, 'source2') }));
      expect((await receive(to, { QueueUrl, WaitTimeSeconds: 10 }))[0]?.Body).toBe('poison');
    },
    'message moves',
  );

  it('gives attributes only to those who ask, and digests that the SDK checks', async (to) => {
    const QueueUrl = await queue(to, 'asked');
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'é' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    await send(to, { QueueUrl, MessageBody: 'x', MessageAttributes });
    const [bare] = await receive(to, { QueueUrl, WaitTimeSeconds: 5, VisibilityTimeout: 0 });
    expect(bare?.Attributes).toBeUndefined();
    expect(bare?.MessageAttributes).toBeUndefined();
    const [all] = await receive(to, {
      QueueUrl,
      WaitTimeSeconds: 5,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      MessageAttributeNames: ['All'],
    });
    expect(all?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(all?.MessageAttributes?.text?.StringValue).toBe('é');
    expect([...(all?.MessageAttributes?.bytes?.BinaryValue ?? [])]).toEqual([0, 255]);
  });

  it(
    'what is of a FIFO queue, an attribute that is none, a message that is gone: refused by name',
    async (to) => {
      const QueueUrl = await queue(to, 'kinds');
      const sent = send(to, { QueueUrl, MessageBody: 'x', MessageDeduplicationId: 'x' });
      expect(await codesOf(sent)).toContain('InvalidParameterValue');
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Nope' as 'All'] });
      expect(await codesOf(to.sqs.send(asked))).toContain('InvalidAttributeName');
      await send(to, { QueueUrl, MessageBody: 'x' });
      const [message] = await receive(to, { QueueUrl, WaitTimeSeconds: 5, VisibilityTimeout: 60 });
      const handle = { QueueUrl, ReceiptHandle: message?.ReceiptHandle };
      await to.sqs.send(new DeleteMessageCommand(handle));
      const change = new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 60 });
      expect(await codesOf(to.sqs.send(change))).toContain('InvalidParameterValue');
    },
    'queue limits',
  );

  it('a queue that is not there, a handle that is none', async (to) => {
    const QueueUrl = await queue(to, 'handles');
    expect(await codesOf(send(to, { QueueUrl: QueueUrl.replace('handles', 'none'), MessageBody: 'x' }))).toContain(
      'QueueDoesNotExist',
    );
    expect(await codesOf(to.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' })))).toContain(
      'ReceiptHandleIsInvalid',
    );
  });
});

describe('SQS, limits that are set lower to be met here', () => {
  const sqsAt = ({ endpoint, region }: Aws, credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new SQSClient({ endpoint, region, credentials, maxAttempts: 1, useQueueUrlAsEndpoint: false });
  const started = async () => {
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
    const clock = { at: Date.now() };
    const aws = await startAws({ dir: null, credentials, sqsLimits: { inFlight: 3 }, now: () => clock.at });
    return { aws, sqs: sqsAt(aws, credentials), clock };
  };

  plain('In flight: one receive more than 120,000 unfinished ones is refused as OverLimit', async () => {
    const { aws, sqs } = await started();
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    for (let i = 0; i < 4; i += 1) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const take = () => sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const first = await take();
    await take();
    await take();
    expect(await codesOf(take())).toContain('OverLimit');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.Messages?.[0]?.ReceiptHandle }));
    expect((await take()).Messages).toHaveLength(1);
    await aws.close();
  });

  plain('Recreate: the name of a deleted queue is free again after 60 seconds', async () => {
    const { aws, sqs, clock } = await started();
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    const create = () => codesOf(sqs.send(new CreateQueueCommand({ QueueName: 'q' })));
    expect(await create()).toContainEqual(expect.stringContaining('QueueDeletedRecently'));
    clock.at += 60_001;
    expect(await create()).toEqual(['it was accepted']);
    await aws.close();
  });

  plain('a message that comes twice by chance is no message that its reader failed at', async () => {
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
    const aws = await startAws({ dir: null, credentials, chance: { seed: 1, duplicates: 1 } });
    const sqs = sqsAt(aws, credentials);
    await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 1 });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q', Attributes: { RedrivePolicy } }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    for (let i = 0; i < 10; i += 1)
      expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.Body).toBe('x');
    await aws.close();
  });
});
