/** The embedded AWS's one door: who may ask, what garbage gets, and other people's clients. */
import { execFile, execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';

let aws: Aws;
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials });
});

afterAll(() => aws.close());

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
  expect((await fetch(aws.endpoint, { method: 'POST', body: 'null' })).status).toBe(403);
});

/** What comes back until the server or half a second ends it. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    let answer = '';
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const python = process.env.BRINE_PYTHON ?? 'python3';
const missing = (module: string) => {
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return null;
  } catch {
    return `${python} has no ${module}; BRINE_PYTHON names another`;
  }
};

describe('other people’s clients', () => {
  const run = async (argv: readonly string[]) => {
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: aws.region,
      AWS_DEFAULT_REGION: aws.region,
      AWS_PAGER: '',
    };
    return (await promisify(execFile)(python, [...argv], { env })).stdout;
  };

  const noBoto = missing('boto3');
  it.skipIf(noBoto !== null)(`boto3 ${noBoto ? `(skipped: ${noBoto})` : 'does a round through every service'}`, async () => {
    const script = `
import boto3, json
sqs = boto3.client("sqs"); url = sqs.create_queue(QueueName="boto")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
events = boto3.client("events"); events.create_event_bus(Name="boto")
events.put_rule(Name="r", EventBusName="boto", EventPattern=json.dumps({"source": ["boto"]}))
events.put_targets(Rule="r", EventBusName="boto", Targets=[{"Id": "q", "Arn": arn}])
put = events.put_events(Entries=[{"EventBusName": "boto", "Source": "boto", "DetailType": "x", "Detail": json.dumps({"n": 20261124121530})}])
assert put["FailedEntryCount"] == 0, put
message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
try: sqs.send_message(QueueUrl=url + "none", MessageBody="x")
except sqs.exceptions.QueueDoesNotExist as error: code = error.response["Error"]["Code"]
dynamo = boto3.client("dynamodb")
dynamo.create_table(TableName="boto", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
dynamo.put_item(TableName="boto", Item={"pk": {"S": "é"}})
key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
signature = boto3.client("kms").sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
print(json.dumps([json.loads(message["Body"])["detail"], code, dynamo.get_item(TableName="boto", Key={"pk": {"S": "é"}})["Item"], len(signature) > 60, boto3.client("sts").get_caller_identity()["Account"]]))
`;
    expect(JSON.parse(await run(['-c', script]))).toEqual([
      { n: 20261124121530 },
      'AWS.SimpleQueueService.NonExistentQueue',
      { pk: { S: 'é' } },
      true,
      aws.account,
    ]);
  });

  const noCli = missing('awscli');
  it.skipIf(noCli !== null)(
    `the aws command ${noCli ? `(skipped: ${noCli})` : 'lists and puts'}`,
    async () => {
      const cli = (...argv: string[]) => run(['-m', 'awscli', '--endpoint-url', aws.endpoint, '--output', 'json', ...argv]);
      expect(JSON.parse(await cli('sts', 'get-caller-identity')).Account).toBe(aws.account);
      expect(JSON.parse(await cli('sqs', 'create-queue', '--queue-name', 'cli')).QueueUrl).toContain('/cli');
      expect(JSON.parse(await cli('events', 'list-event-buses')).EventBuses).toContainEqual(
        expect.objectContaining({ Name: 'default' }),
      );
      const entries = JSON.stringify([{ Source: 'x', DetailType: 'y', Detail: '{}' }]);
      expect(JSON.parse(await cli('events', 'put-events', '--entries', entries)).FailedEntryCount).toBe(0);
    },
    60_000,
  );
});
