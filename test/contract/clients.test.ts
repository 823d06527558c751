/** The embedded AWS as boto3 and the `aws` command see it, where Python has them (`BRINE_PYTHON` names a Python). */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../../local/aws.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
let aws: Aws;

beforeAll(async () => {
  aws = await startAws({ dir: null, credentials, retryScale: 0.001 });
});

afterAll(() => aws.close());

const python = process.env.BRINE_PYTHON ?? 'python3';
const missing = (module: string) => {
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
    return null;
  } catch {
    return `${python} has no ${module}; BRINE_PYTHON names another`;
  }
};

/** The function `echo`, as a host would run it. */
async function echo(signal: AbortSignal): Promise<void> {
  const { invocations } = aws.services.lambda;
  for (let taken = await invocations.take('echo', signal); taken; taken = await invocations.take('echo', signal)) {
    const event = JSON.parse(taken.payload) as { fail?: boolean; Records?: unknown };
    if (event.fail) invocations.settle(taken.id, { ok: false, type: 'Unhandled', payload: '{"errorMessage":"as asked"}' });
    else invocations.settle(taken.id, { ok: true, payload: JSON.stringify(event.Records ? null : { got: event }) });
  }
}

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
  it.skipIf(noBoto !== null)(
    `boto3 ${noBoto ? `(skipped: ${noBoto})` : 'does a round through every service'}`,
    async () => {
      const stop = new AbortController();
      const echoing = echo(stop.signal);
      const said = JSON.parse(await run([join(import.meta.dirname, '../support/boto3-round.py')]));
      stop.abort();
      await echoing;
      expect(said).toEqual({
        queue: [true, true, { a: 'b' }, 'AWS.SimpleQueueService.NonExistentQueue', 'QueueAlreadyExists'],
        messages: ['first', [0, 255], '1', ['a'], ['InvalidMessageContents'], 1],
        events: [
          1,
          'NotAuthorizedForSourceException',
          [{ n: 20261124121530 }, { number: 20261124121530 }],
          true,
          ['r'],
          ['r'],
          'ValidationException',
          'InvalidEventPatternException',
          'ResourceNotFoundException',
          'ValidationException',
          'ValidationException',
        ],
        tables: [{ pk: { S: 'é' } }, 'ConditionalCheckFailedException', 6, 'ttl', 'ResourceNotFoundException'],
        keys: [
          true,
          'KMSInvalidSignatureException',
          ['alias/boto'],
          true,
          'ECC_NIST_P256',
          'NotFoundException',
          'UnsupportedOperationException',
        ],
        sessions: [
          `arn:aws:sts::${aws.account}:assumed-role/boto/boto`,
          'it was accepted',
          'AccessDenied',
          'AccessDeniedException',
          'MalformedPolicyDocument',
          'ValidationError',
          'AccessDenied',
          ['all'],
        ],
        functions: [
          { got: { a: 1 } },
          'Unhandled',
          2,
          { fail: true, later: 1 },
          0,
          'Enabled',
          'AWS_IAM',
          'ResourceNotFoundException',
          'ResourceConflictException',
        ],
      });
    },
    60_000,
  );

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
