/** What an execution module is: functions by name, each with its docstring and parameters. Behaviour and texts as salt-semantics 5 says. */
import type * as v from 'valibot';
import type { Emitted } from '../../core/event.ts';
import type { Dict, Value } from '../../core/value.ts';
import type { Result } from '../dispatch.ts';
import type { Command, Ended } from '../spawn.ts';

export interface Parameter {
  readonly name: string;
  /** Absent: required. */
  readonly value?: Value;
  /** What is taken; a given null that is also the default is never looked at. Absent: anything. */
  readonly is?: v.GenericSchema<unknown, Value>;
  /** Taken by its name alone and left out of sys.argspec: one that Salt's function takes as `**kwargs`, or that is ours. */
  readonly keyword?: true;
}

export interface ModuleFunction {
  /** Sentences, without indentation; paragraphs between blank lines. */
  readonly doc: string;
  /** The arguments in its example. */
  readonly example?: string;
  readonly parameters: readonly Parameter[];
  /** `*args`, `**kwargs`. */
  readonly varargs?: boolean;
  readonly keywords?: boolean;
  readonly run: (it: ModuleContext, values: Bound) => Promise<Value> | Value;
}

export interface Bound {
  readonly [name: string]: Value;
}

export type Module = Readonly<Record<string, ModuleFunction>>;

/** Every function by its name; a module is loaded when it is first asked for. */
export interface ModuleTable {
  find(fun: string): Promise<ModuleFunction | undefined>;
  all(): Promise<ReadonlyMap<string, ModuleFunction>>;
}

export interface RunningJob {
  readonly jid: string;
  readonly fun: string;
  readonly arg: readonly Value[];
  readonly tgt: Value;
  readonly tgt_type: string;
  readonly user: string;
  readonly ret: string;
  /** Of the command that it runs, else of the agent. */
  readonly pid: number;
}

/** Directories, with all that is below them: where `file.*` may read, write and remove; and bytes of one file. */
export interface FileLimits {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly remove: readonly string[];
  readonly maxBytes: number;
}

/** What the settings of the minion say to its modules. */
export interface ModuleSettings {
  /** Where commands run unless they say. */
  readonly workDir: string;
  /** False: `cmd.run` without `python_shell` splits its words. */
  readonly shellByDefault: boolean;
  readonly files: FileLimits;
  /** Globs of what `cmd.*` may run and may not; absent: everything. */
  readonly commands?: { readonly whitelist: readonly string[]; readonly blacklist: readonly string[] };
  /** Megabytes of memory that a custom module may take; 0: as much as there is. Absent: the usual. */
  readonly moduleMemory?: number;
  /** Everything that `config.get` may show; no join string and no secret. */
  readonly shown: Dict;
}

/** What a function may touch of its agent. */
export interface ModuleContext extends ModuleSettings {
  readonly id: string;
  readonly jid: string;
  readonly fun: string;
  /** Salt's `__pub_*` keys of the job, or of `brine call`. */
  readonly pub: Dict;
  readonly env: Readonly<Record<string, string>>;
  grains(): Dict;
  /** Is the platform reached over the link? */
  linked(): boolean;
  /** Changes the host's own grains, keeps them, and sends them on; null with `destructive` removes. */
  setGrains(changes: ReadonlyMap<string, Value>, destructive: boolean): void;
  /** Reads grains anew; they are sent on when they changed. */
  refreshGrains(): Promise<void>;
  fireMaster(event: Pick<Emitted, 'tag' | 'data'>): Promise<boolean>;
  fireLocal(tag: string, data: Dict): void;
  spawn(command: Omit<Command, 'jid' | 'env'> & { readonly env: Readonly<Record<string, string>> }): Promise<Ended>;
  running(): readonly RunningJob[];
  signal(jid: string, signal: NodeJS.Signals): boolean;
  readonly modules: ModuleTable;
  /** Another function, as if it were a job of its own. */
  call(fun: string, arg: readonly Value[], kwarg: Dict): Promise<Result>;
  /** A template's text with grains, opts and pillar. */
  render(text: string): Promise<string>;
  /** A piece of a return that was cut, from this byte on; null when its whole is no longer here. */
  output(jid: string, from: number): { readonly text: string; readonly bytes: number } | null;
  /** A file that is named by `salt://…`; null when there is none. */
  fetch(path: string): Promise<Uint8Array | null>;
  /** Brings custom modules or grains up to date; names of what changed. */
  sync(kind: 'modules' | 'grains'): Promise<readonly string[]>;
  /** Seconds that the job allows; undefined: no limit but the function's own. */
  readonly timeout: number | undefined;
  /** Sets Salt's `__context__['retcode']`. */
  setRetcode(code: number): void;
  /** Into the agent's log. */
  report(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Salt's CommandExecutionError: `ERROR: …`, retcode 1. */
export class CommandExecutionError extends Error {}
/** Salt's SaltInvocationError: `ERROR executing 'f': …`. */
export class InvocationError extends Error {}
/** Salt's CommandNotFoundError: `Command required for 'f' not found: …`. */
export class CommandNotFoundError extends Error {}
/** A TypeError of the call: `Passed invalid arguments to f: …` and the docstring. */
export class ArgumentsError extends Error {}
/** Any other exception, by Python's name. */
export class Exception extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
