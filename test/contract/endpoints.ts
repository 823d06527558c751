/**
 * Where the contract suites run: always against the embedded AWS, and against the endpoint that `BRINE_CONTRACT` names (`ministack`, `localstack`
 * or `aws`) with `AWS_ENDPOINT_URL` and credentials of the environment. What an emulator lacks is named in GAPS, and each skip says which.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type StackParts, stackParts } from '../../aws/topology.ts';
import { parseStack } from '../../core/ids.ts';
import { type Aws, startAws } from '../../local/aws.ts';

const GAPS = {
  ministack: {
    'wildcard complexity': 'it knows no complexity of a rule',
    'wildcard rules': 'it takes more than thirty rules with wildcards',
    'pattern length': 'it takes patterns of more than 2,048 characters',
    'rule targets': 'it takes more than five targets of a rule',
    'entry size': 'it takes more than 1 MB in one request',
    'detail numbers': 'it takes integers of more than 64 bits',
    'detail-type length': 'it takes a longer detail-type',
    'rules per bus': 'it takes more than 300 rules',
    'or combinations': 'it takes any number of $or combinations',
    'queue policy': 'it enforces no policies without AUTH=true',
    'session policy': 'it enforces no policies without AUTH=true',
    signatures: 'it believes every signature without AUTH=true',
    'dead letter of a rule': 'a target that is gone reaches no dead-letter queue',
    'queue limits': 'it does not check this limit',
    'message moves': 'it has no StartMessageMoveTask',
    'malformed detail': 'it takes a detail that is no JSON object',
    'no entries': 'it takes a request without entries',
    'transformer limits': 'it does not check this limit',
    'unknown bus': 'it answers otherwise',
    buses: 'it takes more than a hundred buses',
    'rule with targets': 'it deletes a rule that has targets',
  },
  localstack: {
    'wildcard complexity': 'it approximates the complexity of a rule',
    'wildcard rules': 'it takes more than thirty rules with wildcards',
    'pattern length': 'it takes patterns of more than 2,048 characters',
    'rules per bus': 'it takes more than 300 rules',
    'entry size': 'it refuses more than 256 KB, which AWS takes',
    'detail numbers': 'it takes integers of more than 64 bits',
    'detail-type length': 'it takes a longer detail-type',
    'or combinations': 'it takes any number of $or combinations',
    'queue policy': 'it enforces no policy',
    'session policy': 'it enforces no policy',
    signatures: 'it checks no signature',
    'dead letter of a rule': 'a target that is gone reaches no dead-letter queue',
    'queue limits': 'it does not check this limit',
    'message moves': 'it takes a maxReceiveCount of 0 and 1001',
    'no entries': 'it takes a request without entries',
    'unknown bus': 'it takes a source that begins with aws.',
    'rule targets': 'it answers eleven targets with another error',
    'transformer limits': 'it does not check this limit',
    'wildcard escapes': 'it takes such a wildcard, and then delivers nothing on that bus',
    'disabled rules': 'it delivers for a rule that is disabled',
    buses: 'it takes more than a hundred buses',
  },
  aws: { buses: 'it would fill the account' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type Gap = keyof (typeof GAPS)['ministack'] | keyof (typeof GAPS)['localstack'];

export interface Clients {
  readonly parts: StackParts;
  /** Differs between runs, so that suites can share an account. */
  readonly unique: string;
  readonly embedded: Aws | null;
  /** For clients with other credentials. */
  readonly config: { readonly endpoint?: string; readonly region: string };
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly dynamo: DynamoDBClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly sts: STSClient;
}

export interface Contract {
  /** Filled when the suite's tests run. */
  readonly it: (name: string, test: (clients: Clients) => Promise<void>, gap?: Gap) => void;
  readonly clients: () => Clients;
}

const peer = process.env.BRINE_CONTRACT;

/** The suite once for each endpoint. */
export function contract(title: string, suite: (contract: Contract) => void): void {
  const endpoints = peer === undefined ? ['embedded'] : ['embedded', peer];
  describe.each(endpoints)(`${title}, %s`, (endpoint) => {
    let clients: Clients | null = null;
    beforeAll(async () => {
      clients = endpoint === 'embedded' ? await embedded() : fromEnvironment();
    });
    afterAll(async () => {
      for (const client of [clients?.sqs, clients?.events, clients?.dynamo, clients?.kms, clients?.lambda, clients?.sts])
        client?.destroy();
      await clients?.embedded?.close();
    });
    const there = () => {
      if (!clients) throw new Error('the endpoint has not started');
      return clients;
    };
    suite({
      clients: there,
      it: (name, test, gap) => {
        const why =
          gap && endpoint !== 'embedded' ? (GAPS[endpoint as keyof typeof GAPS] as Record<string, string>)?.[gap] : null;
        if (why) it.skip(`${name} (skipped: ${endpoint}: ${why})`, () => {});
        else it(name, () => test(there()), 60_000);
      },
    });
  });
}

async function embedded(): Promise<Clients> {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test-secret' };
  const aws = await startAws({ dir: null, credentials, retryScale: 0.0005 });
  return clientsOf({ endpoint: aws.endpoint, region: aws.region, account: aws.account, credentials, embedded: aws });
}

function fromEnvironment(): Clients {
  const {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region = 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId = 'test',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = 'test',
    AWS_ACCOUNT_ID: account = '000000000000',
  } = process.env;
  return clientsOf({ endpoint, region, account, credentials: { accessKeyId, secretAccessKey }, embedded: null });
}

interface Where {
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly account: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly embedded: Aws | null;
}

function clientsOf({ endpoint, region, account, credentials, embedded }: Where): Clients {
  const unique = `t${Date.now().toString(36)}`;
  const config = { ...(endpoint && { endpoint }), region, credentials, maxAttempts: 1 };
  return {
    parts: stackParts(parseStack(`${account}/${region}/${unique}`)),
    unique,
    embedded,
    config: { ...(endpoint && { endpoint }), region },
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
    events: new EventBridgeClient(config),
    dynamo: new DynamoDBClient(config),
    kms: new KMSClient(config),
    lambda: new LambdaClient(config),
    sts: new STSClient(config),
  };
}

/** The error's names: the SDK's, and the code that AWS's older protocol gave it. */
export async function codesOf(sent: Promise<unknown>): Promise<readonly string[]> {
  return sent.then(
    () => ['it was accepted'],
    (error: Error & { Code?: string }) => [error.name, error.Code ?? ''],
  );
}
