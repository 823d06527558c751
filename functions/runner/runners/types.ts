/** What a runner function is, what it gets and gives. */
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
  /** `salt/run/<jid>/progress`, as Salt's runners fire it. */
  readonly progress: (data: Dict) => Promise<void>;
  /** A line for whoever called it, before the return. */
  readonly print: (text: string) => void;
}

export interface Parameter {
  readonly name: string;
  /** Absent: required. */
  readonly value?: Value;
}

/** What is given beyond the parameters, where a function takes it. */
export interface More {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
}

export interface RunnerFunction {
  /** For `doc.runner`. */
  readonly doc: string;
  /** Its arguments in a command line that works. */
  readonly example?: string;
  readonly parameters: readonly Parameter[];
  /** `*args` and `**kwargs`. */
  readonly rest?: 'kwargs' | 'both';
  readonly run: (it: RunnerContext, values: Readonly<Record<string, Value>>, more: More) => Promise<Value> | Value;
}

export type RunnerModule = Readonly<Record<string, RunnerFunction>>;
