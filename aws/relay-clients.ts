/** What the relay may do in AWS beside PutEvents: invoke enroll, and read its own control queue. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { decodePlain, encode } from '../core/json.ts';
import type { Queues } from '../core/ports.ts';
import { fromPlain } from '../core/value.ts';
import { stateFrames } from '../trust/state.ts';

const answer = v.union([v.strictObject({ state: stateFrames }), v.strictObject({ refused: v.string() })]);

const piece = v.union([v.strictObject({ size: v.number(), data: v.string() }), v.strictObject({ refused: v.string() })]);

/** `functions/enroll`, invoked with exactly the hello's frames; null when it refused to read them. */
export function createEnroll(client: LambdaClient, fn: string) {
  const invoke = async (input: object): Promise<unknown> => {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: fn, Payload: new TextEncoder().encode(encode(fromPlain(input))) }),
    );
    const text = new TextDecoder().decode(Payload);
    if (FunctionError) throw new BrineError({ code: 'system.answer', text: `enroll failed: ${text.slice(0, 200)}` });
    return decodePlain(text);
  };
  return {
    async hello(frames: object) {
      const found = v.parse(answer, await invoke(frames));
      return 'state' in found ? found.state : null;
    },
    async fetch(fetch: object) {
      return v.parse(piece, await invoke({ fetch }));
    },
  };
}

type ControlQueues = Pick<Queues, 'receive' | 'delete'> & { url(queue: string): Promise<string | null> };

export function createControlQueue(queues: ControlQueues, queue: string) {
  return {
    async receive(waitSeconds: number, signal: AbortSignal) {
      if ((await queues.url(queue)) === null) throw new BrineError({ code: 'relay.control', text: `there is no queue ${queue}` });
      return queues.receive(queue, { waitSeconds, signal });
    },
    delete: (handle: string) => queues.delete(queue, handle),
  };
}
