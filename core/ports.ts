/**
 * What core's callers must bring. `aws/` fills these with AWS clients; tests run one contract suite per port against every endpoint.
 * Failures of the world (throttled, unreachable) are thrown as they come and are for the caller to retry; `conflict` and `missing` are answers.
 */
import type { Certificate, Presence, Source } from './event.ts';
import type { Boot, Incarnation, MinionId, Uid } from './ids.ts';
import type { Jid } from './job/jid.ts';
import type { Plan } from './job/plan.ts';
import type { Registered } from './target/resolve.ts';

/** Milliseconds UTC. */
export interface Clock {
  now(): number;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

export interface BusEntry {
  readonly source: Source;
  /** `Detail` as text, at most what `aws/topology.ts` allows for an entry. */
  readonly detail: string;
}

/** Step 5. */
export interface EventBus {
  /** Up to 10 entries and 1 MB; one answer each: null when EventBridge has taken it, else its error code. */
  put(entries: readonly BusEntry[]): Promise<readonly (string | null)[]>;
  /** Throws when the bus does not exist: EventBridge drops events for an unknown bus in silence. */
  check(): Promise<void>;
}

export interface ReceivedMessage {
  readonly text: string;
  /** What `delete` wants. */
  readonly handle: string;
  /** How often it was received. */
  readonly count: number;
  /** Milliseconds UTC at which SQS took it. */
  readonly sentAt: number;
}

/** Queues by name, as `core/ports` and `aws/topology.ts` name them. */
export interface Queues {
  send(queue: string, text: string): Promise<'sent' | 'missing'>;
  /** Long poll of at most `waitSeconds` (0–20) for at most 10 messages. */
  receive(
    queue: string,
    options: { readonly waitSeconds: number; readonly visibilitySeconds?: number; readonly signal?: AbortSignal },
  ): Promise<readonly ReceivedMessage[]>;
  delete(queue: string, handle: string): Promise<void>;
  /** A minion's queue. Idempotent. */
  create(queue: string): Promise<void>;
  /** A relay's control queue, whose hints are worth nothing after five minutes. Idempotent. */
  createControl(queue: string): Promise<void>;
  remove(queue: string): Promise<void>;
}

export type KeyState = 'accepted' | 'rejected' | 'pending' | 'denied';

/** One execution of a host's agent. */
export interface Run {
  readonly incarnation: Incarnation;
  readonly boot: Boot;
  /** Milliseconds UTC of the hello that began it, and of the one that superseded it. */
  readonly from: number;
  readonly to?: number;
}

/** `minion#<id>` / `state`: the one accepted or rejected key of an id. */
export interface MinionRecord {
  readonly id: MinionId;
  readonly state: 'accepted' | 'rejected';
  /** Raw Ed25519 key, base64url. */
  readonly key: string;
  readonly fingerprint: string;
  readonly acceptedAt: number;
  /** Accepted by a join token: `salt/auth` is told before the first run is written. */
  readonly byToken?: boolean;
  /** May fire and is asked nothing: it has no queue, and no target reaches it (`brine relay fire`). */
  readonly edge?: boolean;
  /** Absent until the first hello of an accepted key. */
  readonly run?: Run;
  /** Superseded runs, newest first, at most 8. */
  readonly earlier: readonly Run[];
  /** Two hosts with one key said hello in turns: neither is served until an operator removes one. */
  readonly duplicate?: readonly [Run, Run];
  readonly queue?: string;
  /** Queues of earlier incarnations, removed when the run that superseded them says hello again. */
  readonly left?: readonly string[];
  /** Grains as one JSON text (`core/json`), null until the first hello brought them. */
  readonly grains: string | null;
  /** Counts up at each write; a conditional put names the one it read. */
  readonly version: number;
}

/** `minion#<id>` / `candidate#<fingerprint>`: a key that asks to be accepted. */
export interface Candidate {
  readonly id: MinionId;
  readonly key: string;
  readonly fingerprint: string;
  readonly state: 'pending' | 'denied' | 'rejected';
  /** Milliseconds UTC: in this state, and last said hello. */
  readonly since: number;
  readonly seen: number;
  /** Its `salt/auth` was taken by EventBridge. */
  readonly told?: boolean;
}

/** `token#<key>`: the public half of a join token. */
export interface TokenRecord {
  readonly key: string;
  /** Glob of ids that it may accept. */
  readonly ids: string;
  /** Whom it accepts may fire and is asked nothing. */
  readonly edge?: boolean;
  readonly expires: number;
  /** Fingerprint of the key that spent it. */
  readonly usedBy?: string;
}

/** `relays` / `relay#<key>`: where a relay is, told by an administrator; the join string names all of them. */
export interface RelayRecord {
  readonly push: string;
  readonly sub: string;
  /** CURVE key, Z85. */
  readonly key: string;
  /** Names its control queue, `<stack name>-relay-<name>`; `1`, which every stack has, unless said. */
  readonly name?: string;
}

export interface Registry {
  minion(id: MinionId): Promise<MinionRecord | null>;
  /** All records, newest state of each; `at` is when they were read. */
  minions(): Promise<{ readonly minions: readonly MinionRecord[]; readonly at: number }>;
  /** Ids whose records were, or were about to be, written or removed since then; milliseconds UTC, at most an hour back. */
  changed(since: number): Promise<readonly MinionId[]>;
  /** Those of these ids that have a record. */
  some(ids: readonly MinionId[]): Promise<readonly MinionRecord[]>;
  /** `version` of the record that was read, 0 for a new one. */
  putMinion(record: MinionRecord, version: number): Promise<'stored' | 'conflict'>;
  removeMinion(id: MinionId): Promise<void>;
  candidates(id?: MinionId): Promise<readonly Candidate[]>;
  putCandidate(candidate: Candidate): Promise<void>;
  /** Notes that its `salt/auth` is out, unless it was accepted or removed meanwhile. */
  toldCandidate(candidate: Candidate): Promise<void>;
  removeCandidate(id: MinionId, fingerprint: string): Promise<void>;
  token(key: string): Promise<TokenRecord | null>;
  putToken(token: TokenRecord): Promise<void>;
  /** One conditional write: spends the token for this fingerprint; true also when this fingerprint spent it before. */
  spendToken(key: string, fingerprint: string): Promise<boolean>;
  relays(): Promise<readonly RelayRecord[]>;
  putRelay(relay: RelayRecord): Promise<void>;
}

/** Where a host was last, by the word of relays, which nobody signs: for people to read, and nothing is decided by it. */
export interface Presences {
  note(presence: Presence): Promise<void>;
  /** Of those that any relay spoke of; all of them unless some are named. */
  find(ids?: readonly MinionId[]): Promise<readonly Whereabouts[]>;
}

export interface Whereabouts {
  readonly id: MinionId;
  readonly here: boolean;
  /** Milliseconds UTC: came, or was lost. */
  readonly since: number;
}

/** What targets see of the registry: all accepted minions with a run, cached for at most five seconds; `own` was read just now, and stands for its host. */
export interface Targets {
  registered(options?: {
    readonly ids?: readonly MinionId[];
    readonly newerThan?: number;
    readonly own?: MinionRecord;
  }): Promise<Registered>;
}

export interface Plans {
  /** One conditional put under `plan.uid`; the stored plan when there already was one. */
  put(plan: Plan): Promise<{ readonly stored: true } | { readonly stored: false; readonly plan: Plan }>;
  get(uid: Uid): Promise<Plan | null>;
}

export interface JobSummary {
  readonly jid: Jid;
  readonly fun: string;
  readonly user: string;
  readonly tgt: string;
  readonly tgt_type: string;
  /** `core/json` text of Salt's `arg` list, keyword arguments last. */
  readonly arg: string;
  /** `core/json` text of what was given with `--metadata`. */
  readonly metadata?: string;
  readonly minions: readonly MinionId[];
  readonly uid: Uid;
  readonly at: number;
  readonly expires: number;
}

export interface JobAnswer {
  readonly jid: Jid;
  /** Of a minion, or `@runner`. */
  readonly id: MinionId;
  /** `core/json` text of the return's load. */
  readonly load: string;
  readonly at: number;
}

/** The job store: who was asked, who answered. Step 15. */
export interface Jobs {
  putJob(job: JobSummary): Promise<void>;
  job(jid: Jid): Promise<JobSummary | null>;
  /** The first return of (jid, id) stays; false for a repetition. */
  putAnswer(answer: JobAnswer): Promise<boolean>;
  answers(jid: Jid): Promise<readonly JobAnswer[]>;
  /**
   * Answers in order of arrival, some megabyte at a time. `next` is where to go on: at once while there is `more`, else later. An answer may come
   * twice; one whose recorder was held up for seconds may be missed until it is asked for again from the beginning (`after` left out).
   */
  arrivals(
    jid: Jid,
    after?: string,
  ): Promise<{ readonly answers: readonly JobAnswer[]; readonly next: string; readonly more: boolean }>;
  answer(jid: Jid, id: MinionId): Promise<JobAnswer | null>;
  /** Why a host did not take the job at all, as a code of `core/errors.ts`. */
  putRefusal(refusal: { readonly jid: Jid; readonly id: MinionId; readonly code: string }): Promise<void>;
  refusal(jid: Jid, id: MinionId): Promise<string | null>;
  /** Newest first. */
  recent(limit: number): Promise<readonly JobSummary[]>;
}

/** An instance's Ed25519 key with its one-hour certificate; signs transcripts and nothing else. */
export interface Signer {
  sign(
    kind: string,
    ...parts: readonly (string | number | Uint8Array)[]
  ): Promise<{ readonly cert: Certificate; readonly sig: string }>;
}

/** `accept` by STS: one-hour credentials that can receive and delete on one queue and nothing else. */
export interface QueueCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds UTC. */
  readonly expires: number;
}

export interface CredentialIssuer {
  issue(queue: string): Promise<QueueCredentials>;
}

/** Temporary rules and queues for watchers of the bus. */
export interface Watches {
  /** Resolves to the queue's URL. */
  start(watch: string, glob: string): Promise<string>;
  renew(watch: string): Promise<void>;
  stop(watch: string): Promise<void>;
  /** Removes what was left behind; resolves to their names. */
  sweep(): Promise<readonly string[]>;
}
