/** The embedded AWS's one door: who may ask, and what garbage gets. */
import { connect, type Socket } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';
import { type Call, presign, send, sign } from '../support/sign.ts';

let aws: Aws;
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };

let sqs: SQSClient;
let QueueUrl: string;

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials });
  sqs = new SQSClient({ endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1, useQueueUrlAsEndpoint: false });
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'honest' }))).QueueUrl as string;
});

/** Whatever came before: an honest client is served. */
const serves = async () => (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).MessageId !== undefined;

afterEach(async () => expect(await serves()).toBe(true));

afterAll(async () => {
  sqs.destroy();
  await aws.close();
});

it('a web page and a stranger’s host name are refused, whatever they ask', async () => {
  expect((await fetch(aws.endpoint, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  const port = Number(new URL(aws.endpoint).port);
  expect(await raw(port, 'POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 403/,
  );
});

it.each([
  ['no signature', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnull'],
  ['no HTTP', 'garbage\r\n\r\n'],
  ['bytes', '\u0000\u0001\u0002\u00ff'.repeat(100)],
  ['half a request', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf'],
  [
    'a header that is no scope',
    'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  ],
  ['a path that climbs', 'GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'],
])('%s gets an error and ends nothing', async (_what, text) => {
  const port = Number(new URL(aws.endpoint).port);
  const answer = await raw(port, text);
  expect(answer === '' || /^HTTP\/1.1 4\d\d/.test(answer)).toBe(true);
});

it('a head that is too large is refused as one', async () => {
  const port = Number(new URL(aws.endpoint).port);
  expect(await raw(port, `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(70_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431/,
  );
});

it('any bytes: a refusal or a closed connection', async () => {
  const port = Number(new URL(aws.endpoint).port);
  const heads = fc.constantFrom(
    '',
    'POST / HTTP/1.1\r\n',
    'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  await fc.assert(
    fc.asyncProperty(heads, fc.uint8Array({ maxLength: 300 }), async (head, bytes) => {
      const answer = await raw(port, head + Buffer.from(bytes).toString('latin1'), true);
      expect(answer).toMatch(/^$|^HTTP\/1.1 4\d\d/);
    }),
    { numRuns: 100 },
  );
});

it('a body without a known key is not read: its sender is answered before the end of it', async () => {
  const port = Number(new URL(aws.endpoint).port);
  const scope = 'AWS4-HMAC-SHA256 Credential=AKIANOBODY/20261124/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=';
  const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${scope}${'0'.repeat(64)}\r\nContent-Length: 8000000\r\n\r\n`;
  expect(await raw(port, `${head}half`)).toMatch(/^HTTP\/1.1 403/);
});

it('a thousand connections that say nothing, and ten that say a byte at a time, keep nobody out', async () => {
  const port = Number(new URL(aws.endpoint).port);
  const open = (i: number) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      socket.on('error', reject);
      if (i < 10) socket.write('P');
    });
  const sockets = await Promise.all(Array.from({ length: 1010 }, (_, i) => open(i)));
  for (const socket of sockets.slice(0, 10)) socket.write('O');
  expect(await Promise.all(Array.from({ length: 20 }, serves))).not.toContain(false);
  for (const socket of sockets) socket.destroy();
});

describe('a signature', () => {
  const whoami: Call = {
    service: 'sts',
    type: 'application/x-www-form-urlencoded',
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  };
  const answer = async (response: Response) => [
    response.status,
    /<Code>(\w+)|"__type":"(\w+)/
      .exec(await response.text())
      ?.slice(1)
      .join('') ?? '',
  ];
  const minutes = (count: number) => Date.now() + count * 60_000;

  it.each([
    ['of now holds', {}, 0, [200, '']],
    ['of four minutes ago holds', {}, -4, [200, '']],
    ['of six minutes ago does not', {}, -6, [403, 'SignatureDoesNotMatch']],
    ['of six minutes from now does not', {}, 6, [403, 'SignatureDoesNotMatch']],
    ['over another body does not', { body: 'Action=AssumeRole&Version=2011-06-15' }, 0, [403, 'SignatureDoesNotMatch']],
  ])('%s', async (_what, over, at, wanted) => {
    const signed = await sign(aws, { ...whoami, at: minutes(at) });
    expect(await answer(await send({ ...signed, ...over }))).toEqual(wanted);
  });

  it('is for the headers that decide: another target, or one that was not signed, is refused', async () => {
    const signed = await sign(aws, { service: 'sqs', target: 'AmazonSQS.ListQueues', body: '{}' });
    expect(await answer(await send(signed))).toEqual([200, '']);
    const other = { ...signed, headers: { ...signed.headers, 'x-amz-target': 'AmazonSQS.PurgeQueue' } };
    expect(await answer(await send(other))).toEqual([403, 'InvalidSignatureException']);
    const bare = await sign(aws, { service: 'sqs', body: '{}' });
    const added = { ...bare, headers: { ...bare.headers, 'x-amz-target': 'AmazonSQS.ListQueues' } };
    expect(await answer(await send(added))).toEqual([403, 'InvalidSignatureException']);
  });

  /** In the newer protocols and in the older one, each as AWS's services name them. */
  it.each([
    [
      'sqs',
      'MissingAuthenticationTokenException',
      'IncompleteSignatureException',
      'UnrecognizedClientException',
      'InvalidSignatureException',
    ],
    [
      'dynamodb',
      'MissingAuthenticationTokenException',
      'IncompleteSignatureException',
      'UnrecognizedClientException',
      'InvalidSignatureException',
    ],
    [
      'sts',
      'MissingAuthenticationTokenException',
      'IncompleteSignatureException',
      'InvalidClientTokenId',
      'SignatureDoesNotMatch',
    ],
  ])('that %s refuses is refused by AWS’s name for it', async (service, none, half, unknown, wrong) => {
    const signed = await sign(aws, { service, target: 'X.X', body: '{}' });
    const { authorization = '', ...bare } = signed.headers as Record<string, string>;
    const told = async (value: string | undefined) =>
      (await answer(await send({ ...signed, headers: { ...bare, ...(value !== undefined && { authorization: value }) } })))[1];
    expect(await told(undefined)).toBe(none);
    expect(await told(authorization.replace('Signature=', 'Sig='))).toBe(half);
    expect(await told(authorization.replace('AKIATEST', 'AKIAOTHER'))).toBe(unknown);
    expect(await told(authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).toBe(wrong);
  });

  it('may stand in the query, for as long as it says there', async () => {
    const functions: Call = { service: 'lambda', path: '/2015-03-31/functions', query: { MaxItems: '5' } };
    const url = await presign(aws, functions, 60);
    expect((await fetch(url)).status).toBe(200);
    const longer = new URL(url);
    longer.searchParams.set('X-Amz-Expires', '600');
    expect(await answer(await fetch(longer))).toEqual([403, 'InvalidSignatureException']);
    const other = new URL(url);
    other.searchParams.set('MaxItems', '6');
    expect(await answer(await fetch(other))).toEqual([403, 'InvalidSignatureException']);
    const old = await presign(aws, { ...functions, at: minutes(-2) }, 60);
    expect(await answer(await fetch(old))).toEqual([403, 'InvalidSignatureException']);
  });
});

describe('a signed body of another form', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const bodies: readonly (readonly [string, string | Uint8Array])[] = [
    ['none', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['half of it', '{"QueueName":'],
    ['a deep list', `{"Entries":${deep},"Item":${deep},"QueueName":${deep}}`],
    ['bytes', new Uint8Array([0, 255, 254, 128])],
    ['a form', 'Action=ListQueues&Version=2012-11-05'],
    ['keys of the prototype', '{"__proto__":{"QueueName":"x"},"constructor":1}'],
  ];
  const targets: readonly (readonly [string, string])[] = [
    ['sqs', 'AmazonSQS.CreateQueue'],
    ['events', 'AWSEvents.PutEvents'],
    ['kms', 'TrentService.CreateKey'],
    ['dynamodb', 'DynamoDB_20120810.PutItem'],
    ['sts', ''],
    ['iam', ''],
    ['lambda', ''],
    ['nothing', 'Nothing.Nothing'],
  ];

  it.each(bodies)('%s: AWS’s errors from every service', async (_what, body) => {
    for (const [service, target] of targets) {
      const path = service === 'lambda' ? '/2015-03-31/functions' : '/';
      const response = await send(await sign(aws, { service, target, body, path, type: 'text/plain' }));
      expect(response.status, service).toBeGreaterThanOrEqual(400);
      expect(response.status, service).toBeLessThan(500);
      expect(await response.text(), service).toMatch(/"__type":"[\w.#]+"|<Code>\w+<\/Code>/);
    }
  });

  it.each(['/2015-03-31/functions/%', '/lambda-url/none/', '/2015-03-31/functions/a/b/c', '/../..', '/%00'])(
    'the path %s is no operation',
    async (path) => {
      const response = await send(await sign(aws, { service: 'lambda', path, body: '{}' }));
      expect([400, 403, 404]).toContain(response.status);
    },
  );
});

/** Each member, one at a time, as something else: AWS's error or an answer, never a failure of the service. */
describe('every member of an input as something else', () => {
  const odd: readonly unknown[] = [null, [], {}, [null], -1, 'x'.repeat(300), '((((((((', '__proto__'];
  function* spoiled(value: unknown): Iterable<unknown> {
    yield* odd;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value))
      for (const other of spoiled(inner)) yield Array.isArray(value) ? [other] : { ...value, [key]: other };
  }
  const item = { pk: { S: 'a' }, n: { N: '1' }, m: { M: { l: { L: [{ S: 'x' }] } } } };
  const inputs: readonly (readonly [string, string, object])[] = [
    [
      'sqs',
      'AmazonSQS.SendMessage',
      { QueueUrl: 'x/honest', MessageBody: 'x', MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } },
    ],
    ['sqs', 'AmazonSQS.SetQueueAttributes', { QueueUrl: 'x/honest', Attributes: { RedrivePolicy: '{}', Policy: '{}' } }],
    ['sqs', 'AmazonSQS.DeleteMessageBatch', { QueueUrl: 'x/honest', Entries: [{ Id: 'a', ReceiptHandle: 'x' }] }],
    ['events', 'AWSEvents.PutEvents', { Entries: [{ Source: 's', DetailType: 't', Detail: '{}', Time: 1, Resources: ['x'] }] }],
    ['events', 'AWSEvents.PutRule', { Name: 'r', EventPattern: '{"source":["x"]}', State: 'ENABLED' }],
    [
      'events',
      'AWSEvents.PutTargets',
      { Rule: 'r', Targets: [{ Id: 'x', Arn: 'arn:aws:sqs:r:0:q', RetryPolicy: { MaximumRetryAttempts: 1 } }] },
    ],
    ['kms', 'TrentService.Sign', { KeyId: 'alias/none', Message: 'eA==', SigningAlgorithm: 'ECDSA_SHA_256' }],
    ['dynamodb', 'DynamoDB_20120810.PutItem', { TableName: 'odd', Item: item, ConditionExpression: 'attribute_not_exists(pk)' }],
    [
      'dynamodb',
      'DynamoDB_20120810.Query',
      { TableName: 'odd', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } },
    ],
    ['dynamodb', 'DynamoDB_20120810.BatchGetItem', { RequestItems: { odd: { Keys: [{ pk: { S: 'a' } }] } } }],
    [
      'dynamodb',
      'DynamoDB_20120810.UpdateTimeToLive',
      { TableName: 'odd', TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } },
    ],
  ];

  beforeAll(async () => {
    const dynamo = new DynamoDBClient({ endpoint: aws.endpoint, region: aws.region, credentials });
    const key = { AttributeName: 'pk', KeyType: 'HASH' as const };
    await dynamo.send(
      new CreateTableCommand({
        TableName: 'odd',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [key],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    dynamo.destroy();
  });

  it.each(inputs)('%s %s', async (service, target, input) => {
    const bodies = [...spoiled(input)].map((other) => JSON.stringify(other));
    while (bodies.length > 0)
      await Promise.all(
        bodies.splice(0, 16).map(async (body) => {
          const response = await send(await sign(aws, { service, target, body }));
          expect(response.status, body).toBeLessThan(500);
          await response.arrayBuffer();
        }),
      );
  });
});

/** What comes back until the server or half a second ends it; `last` says that nothing more will be written. */
function raw(port: number, text: string, last = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (last) socket.end(Buffer.from(text, 'latin1'));
      else socket.write(Buffer.from(text, 'latin1'));
    });
    let answer = '';
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
