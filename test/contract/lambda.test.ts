/** Lambda as the embedded AWS has it: invocations, asynchronous retries, event sources, function URLs. A function is whoever takes its invocations. */
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { System } from '../../client/locate.ts';
import { signedFetch } from '../../client/signed-fetch.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { eventually } from '../support/eventually.ts';
import { codesOf } from './endpoints.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
let aws: Aws;
let lambda: LambdaClient;
let sqs: SQSClient;
let stop: AbortController;

beforeEach(async () => {
  aws = await startAws({ dir: null, credentials, retryScale: 0.0002 });
  const config = { endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1 };
  lambda = new LambdaClient(config);
  sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await aws.close();
});

/** Creates a function whose code is this one; throwing is a function error. */
async function fn(name: string, code: (event: never) => unknown): Promise<void> {
  aws.services.iam.access.roles.set(name, {
    trust: '{"Statement":[]}',
    policies: new Map([['all', JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }] })]]),
  });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: `arn:aws:iam::${aws.account}:role/${name}`,
      Timeout: 1,
      Runtime: 'nodejs22.x',
      Handler: 'handler.handler',
      Code: { ZipFile: new Uint8Array() },
    }),
  );
  const { invocations } = aws.services.lambda;
  void (async () => {
    for (;;) {
      const taken = await invocations.take(name, stop.signal);
      if (!taken) return;
      try {
        const result = await code(JSON.parse(taken.payload) as never);
        invocations.settle(taken.id, { ok: true, payload: JSON.stringify(result ?? null) });
      } catch (error) {
        const payload = JSON.stringify({ errorMessage: (error as Error).message });
        invocations.settle(taken.id, { ok: false, type: 'Unhandled', payload });
      }
    }
  })();
}

const queueArn = (name: string) => `arn:aws:sqs:${aws.region}:${aws.account}:${name}`;
const queue = async (name: string, Attributes: Record<string, string> = {}) =>
  (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl as string;
const invoke = (name: string, payload: string, type: 'Event' | 'RequestResponse' | 'DryRun' = 'RequestResponse') =>
  lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: type, Payload: new TextEncoder().encode(payload) }));

it('a synchronous invocation gives the answer, or the error with its type', async () => {
  await fn('echo', (event: { fail?: string }) => {
    if (event.fail) throw new Error(event.fail);
    return { got: event };
  });
  expect(new TextDecoder().decode((await invoke('echo', '{"a":1}')).Payload)).toBe('{"got":{"a":1}}');
  const failed = await invoke('echo', '{"fail":"why"}');
  expect(failed.FunctionError).toBe('Unhandled');
  expect(new TextDecoder().decode(failed.Payload)).toContain('why');
});

it('payloads: JSON, 6 MiB synchronously, 1 MiB asynchronously; a function that is not there', async () => {
  await fn('f', () => null);
  const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
  expect(await codesOf(invoke('f', '{no'))).toContain('InvalidRequestContentException');
  expect(await codesOf(invoke('f', text(6 * 1024 * 1024 + 1)))).toContain('RequestEntityTooLargeException');
  expect(await codesOf(invoke('f', text(1024 * 1024 + 1), 'Event'))).toContain('RequestEntityTooLargeException');
  expect((await invoke('f', text(1024 * 1024), 'Event')).StatusCode).toBe(202);
  expect(await codesOf(invoke('none', '{}'))).toContain('ResourceNotFoundException');
});

it('an asynchronous failure is tried three times in all and then told to the on-failure queue', async () => {
  let tries = 0;
  await fn('fails', () => {
    tries += 1;
    throw new Error('always');
  });
  const dead = await queue('fails-dead');
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'fails',
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: queueArn('fails-dead') } },
    }),
  );
  await invoke('fails', '{"uid":"x"}', 'Event');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 10 }));
  expect(tries).toBe(3);
  expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: { uid: 'x' },
    responsePayload: { errorMessage: 'always' },
  });
});

it('an event whose on-failure queue is gone is lost, and nothing else is', async () => {
  let tries = 0;
  await fn('lost', (event: { fail?: boolean }) => {
    tries += 1;
    if (event.fail) throw new Error('as asked');
    return tries;
  });
  const DestinationConfig = { OnFailure: { Destination: queueArn('gone') } };
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: 'lost', MaximumRetryAttempts: 0, DestinationConfig }),
  );
  expect((await invoke('lost', '{"fail":true}', 'Event')).StatusCode).toBe(202);
  await eventually(
    async () => [...aws.services.lambda.invocations.snapshot()].length,
    (left) => tries === 1 && left === 0,
  );
  expect(new TextDecoder().decode((await invoke('lost', '{}')).Payload)).toBe('2');
});

it('what was put is told and taken back: concurrency, retries, a URL, a permission, a mapping; a dry run runs nothing', async () => {
  let runs = 0;
  await fn('usual', () => {
    runs += 1;
  });
  const FunctionName = 'usual';
  expect((await invoke('usual', '{}', 'DryRun')).StatusCode).toBe(204);
  expect(runs).toBe(0);

  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 3 }));
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  expect((await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions).toBeUndefined();

  const retries = () => codesOf(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })));
  expect(await retries()).toContain('ResourceNotFoundException');
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
  expect(await retries()).toEqual(['it was accepted']);
  await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  expect(await retries()).toContain('ResourceNotFoundException');

  const { FunctionUrl } = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }));
  const urls = async () => (await lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }))).FunctionUrlConfigs ?? [];
  expect((await urls()).map((url) => url.FunctionUrl)).toEqual([FunctionUrl]);
  await lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
  expect(await codesOf(lambda.send(new GetFunctionUrlConfigCommand({ FunctionName })))).toContain('ResourceNotFoundException');

  const permission = { FunctionName, StatementId: 'rules' };
  const Principal = 'events.amazonaws.com';
  await lambda.send(new AddPermissionCommand({ ...permission, Action: 'lambda:InvokeFunction', Principal }));
  await lambda.send(new RemovePermissionCommand(permission));
  expect(await codesOf(lambda.send(new GetPolicyCommand({ FunctionName })))).toContain('ResourceNotFoundException');

  await queue('usual');
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn('usual') }));
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 3 }));
  expect((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).BatchSize).toBe(3);
  expect(await codesOf(lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 11 })))).toContain(
    'InvalidParameterValueException',
  );
});

it('a function that nobody runs here fails, instead of keeping its caller for ever', async () => {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'none',
      Role: `arn:aws:iam::${aws.account}:role/none`,
      Code: { ZipFile: new Uint8Array() },
    }),
  );
  const { FunctionError, Payload } = await invoke('none', '{}');
  expect([FunctionError, new TextDecoder().decode(Payload)]).toEqual([
    'Unhandled',
    expect.stringContaining('nobody runs none here'),
  ]);
}, 30_000);

it('retries: none to two, events of one minute to six hours', async () => {
  await fn('f', () => null);
  const put = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds: number) =>
    codesOf(
      lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'f', MaximumRetryAttempts, MaximumEventAgeInSeconds })),
    );
  expect(await put(3, 60)).toContain('InvalidParameterValueException');
  expect(await put(2, 59)).toContain('InvalidParameterValueException');
  expect(await put(2, 21_601)).toContain('InvalidParameterValueException');
  expect(await put(0, 21_600)).toEqual(['it was accepted']);
});

it('an event source hands over batches, keeps what the function names as failed, and buries it in the end', async () => {
  const dead = await queue('work-dead');
  const QueueUrl = await queue('work', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('work-dead'), maxReceiveCount: 2 }),
  });
  const seen: string[] = [];
  await fn(
    'worker',
    (event: { Records: { messageId: string; body: string; attributes: { ApproximateReceiveCount: string } }[] }) => {
      for (const { body, attributes } of event.Records) seen.push(`${body}${attributes.ApproximateReceiveCount}`);
      const bad = event.Records.filter(({ body }) => body === 'bad');
      return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  );
  for (const MessageBody of ['good', 'bad', 'fine']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const mapping = {
    EventSourceArn: queueArn('work'),
    FunctionName: 'worker',
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures' as const],
  };
  await lambda.send(new CreateEventSourceMappingCommand(mapping));
  expect(await codesOf(lambda.send(new CreateEventSourceMappingCommand(mapping)))).toContain('ResourceConflictException');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 10 }));
  expect(Messages?.[0]?.Body).toBe('bad');
  expect(seen.filter((text) => !text.startsWith('bad')).sort()).toEqual(['fine1', 'good1']);
  expect(seen.filter((text) => text.startsWith('bad'))).toEqual(['bad1', 'bad2']);
  const left = await eventually(
    async () => (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes,
    (attributes) => attributes?.ApproximateNumberOfMessages === '0',
  );
  expect(left?.ApproximateNumberOfMessagesNotVisible).toBe('0');
});

it('an answer that names an unknown message, or is no answer, fails the whole batch', async () => {
  const QueueUrl = await queue('odd', { VisibilityTimeout: '1' });
  const dead = await queue('odd-dead');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  let calls = 0;
  await fn('odd', () => {
    calls += 1;
    return calls === 1 ? { batchItemFailures: [{ itemIdentifier: 'unknown' }] } : { batchItemFailures: [] };
  });
  await lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: queueArn('odd'),
      FunctionName: 'odd',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  await eventually(
    () => calls,
    (count) => count === 2,
  );
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }))).Messages).toBeUndefined();
});

it('a function URL wants a signature, and tells the function who called', async () => {
  await fn('url', (event: { requestContext: { authorizer: { iam: { userArn: string } } }; body: string }) => ({
    statusCode: 201,
    body: `${event.requestContext.authorizer.iam.userArn} ${event.body}`,
  }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'url',
      StatementId: 'x',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: aws.account,
    }),
  );
  const { FunctionUrl = '' } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'url', AuthType: 'AWS_IAM' }),
  );
  expect((await fetch(FunctionUrl, { method: 'POST', body: 'x' })).status).toBe(403);
  const system = { endpoint: aws.endpoint, region: aws.region, credentials } as unknown as System;
  const answer = await signedFetch(system, { service: 'lambda', method: 'POST', url: new URL(FunctionUrl), body: 'hello' });
  expect([answer.status, await answer.text()]).toEqual([201, `arn:aws:iam::${aws.account}:root hello`]);
});
