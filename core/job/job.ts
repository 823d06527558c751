/**
 * A job: what one addressee is asked to run. The small head is what is signed and checked first; the body is named in it by its digest.
 * Trust section 6. Messages on the runner queue are jobs for `@runner`.
 */
import type { Cause, Certificate } from '../event.ts';
import type { Incarnation, MinionId, RUNNER_ID, Uid } from '../ids.ts';
import type { Dict, Value } from '../value.ts';
import type { Jid } from './jid.ts';

/** Salt's names of the ways to say which minions (salt-semantics 3.2). */
export const TARGET_TYPES = [
  'glob',
  'pcre',
  'list',
  'grain',
  'grain_pcre',
  'pillar',
  'pillar_pcre',
  'pillar_exact',
  'nodegroup',
  'range',
  'compound',
  'ipcidr',
] as const;
export type TargetType = (typeof TARGET_TYPES)[number];

/** A target expression. What a host wrote into it is literal: no `*`, `and`, `@` in these ranges means anything. */
export interface Target {
  readonly tgt_type: TargetType;
  /** Text, or for `list` its members. */
  readonly tgt: string | readonly string[];
  /** For each text (one, or one a member) the ranges [from, to) in UTF-16 units that are literal. */
  readonly literal: readonly (readonly (readonly [from: number, to: number])[])[];
  /** Between the levels of a grain or pillar path; `:` unless said. */
  readonly delimiter: string;
}

export interface JobHead {
  readonly v: 1;
  readonly jid: Jid;
  /** The one addressee; `@runner` for the platform's own runner and wheel jobs. */
  readonly id: MinionId | typeof RUNNER_ID;
  /** Empty for `@runner`. */
  readonly incarnation: Incarnation | '';
  /** `cmd.run`; for `@runner` with its kind before it, `runner.jobs.active`, `wheel.key.accept`. */
  readonly fun: string;
  /** The event that led to it, or the operator's call. */
  readonly uid: Uid;
  readonly user: string;
  readonly cause: Cause;
  /** Milliseconds UTC of signing. */
  readonly at: number;
  /** Milliseconds UTC after which it is refused; at most seven days after `at`. */
  readonly expires: number;
  /** SHA-256 of the body's text, base64url. */
  readonly body: string;
}

/** What happens to a job that was started when its agent was killed. */
export type OnCrash = 'interrupted' | 'retry';

/** A file of the project, as a job names it. */
export interface JobFile {
  /** Below `salt://`: `scripts/rotate.sh`, `_modules/backup.mjs`. */
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly size: number;
}

export interface JobBody {
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
  /** Texts among `arg` that hold what another host wrote, and from where on: no keyword's name reaches into it, and its value is a scalar. */
  readonly literal_args?: readonly (readonly [index: number, from: number])[];
  readonly target: Target;
  /** Seconds the function may run; absent: the agent's own setting. */
  readonly timeout?: number;
  readonly metadata?: Dict;
  readonly ret?: string;
  readonly on_crash?: OnCrash;
  /** What the function needs of the project; the host asks for what it does not have. */
  readonly files?: readonly JobFile[];
  /** For `wheel.key.accept` in a reaction: the id and fingerprint of the `salt/auth` event, signed by enroll, that caused it. */
  readonly auth?: { readonly id: MinionId; readonly fingerprint: string };
}

/** The message as it lies in the queue: texts exactly as they were signed. */
export interface JobMessage {
  readonly cert: Certificate;
  readonly head: string;
  readonly sig: string;
  readonly body: string;
}
