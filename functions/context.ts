/** What every function is made from: `create(context) → handler`. `handler.ts` fills it in Lambda, the functions' host on one machine. */
import type { Stack } from '../core/ids.ts';
import type {
  Clock,
  CredentialIssuer,
  EventBus,
  Jobs,
  Plans,
  Presences,
  Queues,
  Random,
  Registry,
  Targets,
  Watches,
} from '../core/ports.ts';
import type { Project } from '../core/reactor/reactions.ts';
import type { Root, Roots } from '../trust/certificate.ts';

export interface FunctionPorts {
  readonly bus: EventBus;
  readonly queues: Queues & { url(queue: string): Promise<string | null> };
  readonly registry: Registry;
  readonly targets: Targets;
  readonly plans: Plans;
  readonly jobs: Jobs;
  readonly presences: Presences;
  readonly root: (which: 'jobs' | 'enroll') => Root;
  readonly roots: () => Promise<Roots>;
  readonly credentials: CredentialIssuer;
  readonly watches: Watches;
  /** The operator's alone: hands a dead letter to the reactor again. */
  readonly replay?: (payload: string) => Promise<void>;
}

/** A constant message and fields, all with the event's uid where there is one. */
export type Log = (message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface FunctionContext {
  readonly stack: Stack;
  readonly project: Project;
  /** A file of the bundle that is no text of `project`, by its digest in hexadecimal; enroll alone has them beside it. */
  readonly file?: (sha256: string) => Uint8Array | null;
  readonly ports: FunctionPorts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Operators may act though nobody names the caller: only where the stack was deployed with that setting (an emulator). */
  readonly anonymousOperators: boolean;
}

/** A Lambda handler; throwing is a failure that Lambda retries. */
export type Handler = (event: unknown) => Promise<unknown>;

export type Create = (context: FunctionContext) => Handler;
