/** A return: what running a job gave. `done` in the agent's log is this, and it is the data of `salt/job/<jid>/ret/<id>`. */
import type { Value } from '../value.ts';

export type Outcome = 'done' | 'interrupted' | 'refused' | 'expired';

export interface JobReturn {
  readonly return: Value;
  /** Salt's: 0, the function's own code, or 1 for what failed. */
  readonly retcode: number;
  readonly success: boolean;
  readonly outcome: Outcome;
  /** The outputter that Salt would pick, `nested` unless the function names one. */
  readonly out?: string;
  readonly metadata?: Value;
  /** Set when the return was larger than 200 KB: head and tail are in `return`, the whole is on the host for seven days. */
  readonly cut?: { readonly size: number; readonly sha256: string };
}
