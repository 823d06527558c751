/** One set of AWS clients for a process. No endpoint in code: they follow `AWS_ENDPOINT_URL`, so the embedded AWS, an emulator and AWS differ in that alone. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';

export interface ClientOptions {
  readonly region: string;
  /** Absent: the SDK's standard chain. */
  readonly credentials?: Credentials | (() => Promise<Credentials>);
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export function sqsClient(options: ClientOptions): SQSClient {
  // With the endpoint from the environment the client would follow QueueUrl's own host (aws-facts 6.2).
  return new SQSClient({ ...config(options), useQueueUrlAsEndpoint: false });
}

export function dynamoClient(options: ClientOptions): DynamoDBClient {
  return new DynamoDBClient(config(options));
}

export function eventsClient(options: ClientOptions): EventBridgeClient {
  return new EventBridgeClient(config(options));
}

export function kmsClient(options: ClientOptions): KMSClient {
  return new KMSClient(config(options));
}

export function lambdaClient(options: ClientOptions): LambdaClient {
  return new LambdaClient(config(options, LONGEST_CALL));
}

export function stsClient(options: ClientOptions): STSClient {
  return new STSClient(config(options));
}

/** Milliseconds that a function may take to answer, and a little. */
const LONGEST_CALL = 70_000;
/** Tries of a call that was throttled or failed in AWS, with the SDK's own growing pauses. */
const TRIES = 5;
/** Milliseconds without a byte, after which a call has failed: longer than a long poll, or a link that died would be waited for without end. */
const SILENCE = 30_000;
const CONNECT = 5_000;

function config({ region, credentials }: ClientOptions, silence = SILENCE) {
  return {
    region,
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT, socketTimeout: silence },
    ...(credentials && { credentials }),
  };
}
