/** The rows of the design's crash table (section 3), as places at which an agent of this suite kills itself. */

/** What the return of the job says that was under way; null where the job may still be hit again. */
export const ROWS = {
  'before accepted': null,
  'after accepted, before the delete': null,
  'after the delete, before started': null,
  'after started, before the child': 'interrupted',
  'while the child runs: it lives': 'done',
  'while the child runs: it dies too': 'interrupted',
  'child ended, before done': 'done',
  'after done, before the ack': 'done',
  'acknowledged, before that is noted': null,
  'accepted is half written': null,
  'started is half written': null,
  'done is half written': 'done',
  'host rebuilt': null,
} as const satisfies Readonly<Record<string, 'done' | 'interrupted' | null>>;

export type Row = keyof typeof ROWS;

/** An agent is told by its environment: at the n-th time that it comes by this place it ends itself. */
export interface KillPlan {
  readonly row: Row;
  readonly n: number;
}

export interface Hit {
  readonly row: Row;
  readonly id: string;
  /** The job that was under way, where there was one. */
  readonly jid: string;
}

/** Bugs that the suite has to find: an agent that has one breaks a promise, and the test fails when nobody sees it. */
export const MUTANTS = ['runs again what had started'] as const;
export type Mutant = (typeof MUTANTS)[number];

/** Where a relay and a functions' host are killed by construction; the design's table is about the agent, and these are what it rests on. */
export const PLACES = {
  relay: ['before PutEvents', 'taken by EventBridge, before the ack'],
  host: ['plan stored, before the sending', 'job sent, before that is told', 'return recorded, before its message is deleted'],
} as const;
