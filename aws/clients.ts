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
  return new LambdaClient(config(options));
}

export function stsClient(options: ClientOptions): STSClient {
  return new STSClient(config(options));
}

function config({ region, credentials }: ClientOptions) {
  return { region, ...(credentials && { credentials }) };
}
