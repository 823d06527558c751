/** What a runner function gets and gives. */
import type { MinionId } from '../../../core/ids.ts';
import type { JobHead } from '../../../core/job/job.ts';
import type { Signer } from '../../../core/ports.ts';
import type { Dict, Value } from '../../../core/value.ts';
import type { FunctionContext } from '../../context.ts';

export interface RunnerContext {
  readonly context: FunctionContext;
  readonly signer: Signer;
  readonly head: JobHead;
  /** What the `salt/auth` event, signed by enroll, that caused a reaction said. */
  readonly auth?: { readonly id: MinionId; readonly fingerprint: string };
}

export type Runner = (it: RunnerContext, arg: readonly Value[], kwarg: Dict) => Promise<Value> | Value;
