/** The result of `react`, and what it is made from: steps 7–9 of the way of an event. */
import type { Problem, Where } from '../errors.ts';
import type { MinionId } from '../ids.ts';
import type { OnCrash, Target } from '../job/job.ts';
import type { Settings } from '../settings.ts';
import type { Dict, Value } from '../value.ts';

/** One item of the `reactor:` list, in file order. */
export interface ReactorEntry {
  readonly index: number;
  /** The fnmatch glob. */
  readonly glob: string;
  /** SLS paths as written: plain, globbed, or `salt://…`. */
  readonly paths: readonly string[];
  readonly where: Where;
}

/** A file of the bundle under its path as written or project-relative; what is too large or no text is named by its digest. */
export type ProjectFile =
  | { readonly text: string }
  /** SHA-256 in hexadecimal; `program`: its first bytes are those of an executable. */
  | { readonly digest: string; readonly size: number; readonly program?: boolean };

/** What a project directory, or a bundle, is once read. */
export interface Project {
  /** SHA-256 over settings, entries and files: the bundle's name. */
  readonly digest: string;
  readonly settings: Settings;
  readonly entries: readonly ReactorEntry[];
  /** Absolute Salt path (`/srv/reactor/start.sls`, `/srv/salt/x.jinja` for `salt://x.jinja`) → file. */
  readonly files: ReadonlyMap<string, ProjectFile>;
  /** What no reaction reaches and a job may bring to a host: the rest of `salt://`, and custom modules and grains. No part of the digest. */
  readonly shelf?: ReadonlyMap<string, ProjectFile>;
  /** Where files that are named by digest lie on the machine that read the project; never carried in a bundle. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** What `react` may know beside the project and the event. */
export interface World {
  /** Grains of the event's minion; null when it has none or is not a minion's. */
  readonly grains: Dict | null;
  /** Milliseconds UTC; the same for a repetition. */
  readonly now: number;
  /** In [0, 1); seeded by the event's uid, so that a rehearsal gives the same. */
  readonly random: () => number;
  /** Told of each branch that a template takes: `if` and `for`, -1 for what stands under `else` or is left out. */
  readonly branch?: (file: string, at: { readonly line: number; readonly col: number }, taken: number) => void;
}

export type ReactionKind = 'local' | 'runner' | 'wheel' | 'caller';

export interface Reaction {
  readonly kind: ReactionKind;
  /** Without the kind: `cmd.run`, `state.over`, `key.accept`. */
  readonly fun: string;
  readonly args: readonly Value[];
  readonly kwargs: Dict;
  /** Texts among `args` that hold what a host wrote, and from where on: no keyword's name reaches into it. */
  readonly literalArgs?: readonly (readonly [index: number, from: number])[];
  /** For `local`. */
  readonly target?: Target;
  /** Its `tgt` as the file has it, where that is no text: `10.0`, `[web1, 2]`. */
  readonly given?: Value;
  /** The ID in the SLS, and the `name` where `names:` made several. */
  readonly id: string;
  readonly name: string;
  /** The file, as it was found in the project. */
  readonly sls: string;
  /** Index of the reactor entry that named the file. */
  readonly entry: number;
  /** Place in the event's dispatch order, from 0. */
  readonly ordinal: number;
  readonly where: Where;
  /** Seconds a job may wait for its host; absent: 15 minutes. */
  readonly queueTtl?: number;
  readonly onCrash?: OnCrash;
  readonly timeout?: number;
  readonly metadata?: Dict;
  readonly ret?: string;
  /** A jid that the file itself set; tainted ones were refused. */
  readonly jid?: string;
}

/** What went wrong in one file or reaction; never stops the others. */
export interface ReactionProblem extends Problem {
  readonly sls?: string;
  readonly id?: string;
  readonly entry?: number;
}

/** Which SLS files an event met, and why. */
export interface MatchedEntry {
  readonly entry: number;
  readonly glob: string;
  /** Files found for its paths, in order; a path without a file is in `problems`. */
  readonly files: readonly string[];
}

export interface Reactions {
  readonly matched: readonly MatchedEntry[];
  /** In dispatch order. */
  readonly reactions: readonly Reaction[];
  readonly problems: readonly ReactionProblem[];
}

/** A minion as targets see it. */
export interface Minion {
  readonly id: MinionId;
  readonly grains: Dict | null;
  readonly pillar: Dict | null;
}
