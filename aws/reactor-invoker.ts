/** The reactor, asked again with what it failed at: an operator's replay of a dead letter, and nobody else's. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** Asynchronous: accepted when it resolves, with Lambda's own tries and dead letters behind it. */
export function createReactorInvoker(client: LambdaClient, fn: string): (payload: string) => Promise<void> {
  return async (payload) => {
    await client.send(
      new InvokeCommand({ FunctionName: fn, InvocationType: 'Event', Payload: new TextEncoder().encode(payload) }),
    );
  };
}
