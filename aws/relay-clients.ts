/** What the relay may do in AWS beside PutEvents: invoke enroll, and read its own control queue. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { decodePlain, encode } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';
import { stateFrames } from '../trust/state.ts';

const answer = v.union([v.strictObject({ state: stateFrames }), v.strictObject({ refused: v.string() })]);

/** `functions/enroll`, invoked with exactly the hello's frames; null when it refused to read them. */
export function createEnroll(client: LambdaClient, fn: string) {
  return {
    async hello(frames: object) {
      const { Payload, FunctionError } = await client.send(
        new InvokeCommand({ FunctionName: fn, Payload: new TextEncoder().encode(encode(fromPlain(frames))) }),
      );
      const text = new TextDecoder().decode(Payload);
      if (FunctionError) throw new BrineError({ code: 'system.answer', text: `enroll failed: ${text.slice(0, 200)}` });
      const found = v.parse(answer, decodePlain(text));
      return 'state' in found ? found.state : null;
    },
  };
}

interface Receives {
  receive(
    queue: string,
    options: { readonly waitSeconds: number; readonly signal?: AbortSignal },
  ): Promise<readonly { readonly text: string; readonly handle: string }[]>;
  delete(queue: string, handle: string): Promise<void>;
}

export function createControlQueue(queues: Receives, queue: string) {
  return {
    receive: (signal: AbortSignal) => queues.receive(queue, { waitSeconds: 20, signal }),
    delete: (handle: string) => queues.delete(queue, handle),
  };
}
