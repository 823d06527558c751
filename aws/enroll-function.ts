/** `functions/enroll`, invoked by the relay with exactly the frames of a hello. Trust section 4. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { decodePlain, encode, utf8 } from '../core/json.ts';
import { fromPlain } from '../core/value.ts';
import type { HelloFrames } from '../trust/hello.ts';
import { type StateFrames, stateFrames } from '../trust/state.ts';

/** What the function refuses to read, and what is no state, is null; what the world throws is thrown. */
export function createEnrollFunction(client: LambdaClient, name: string) {
  return {
    async hello(frames: HelloFrames): Promise<StateFrames | null> {
      const Payload = Buffer.from(encode(fromPlain(frames)), 'utf8');
      const answer = await client.send(new InvokeCommand({ FunctionName: name, InvocationType: 'RequestResponse', Payload }));
      if (answer.FunctionError !== undefined || !answer.Payload) return null;
      const found = v.safeParse(stateFrames, decodePlain(utf8(answer.Payload)));
      return found.success ? found.output : null;
    },
  };
}
