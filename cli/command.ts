/** What a command is: a row of the table that `--help`, the README and the completion are made from, and the code that is imported when it runs. */
import type { Readable, Writable } from 'node:stream';

export interface OptionSpec {
  /** As commander takes it: `-C, --compound`, `--timeout <seconds>`. */
  readonly flags: string;
  /** Other long names that Salt has for it; taken, and left out of the help. */
  readonly also?: readonly string[];
  readonly help: string;
  /** May be given more than once; the value is then an array. */
  readonly many?: boolean;
}

export interface CommandSpec {
  /** `run`, or two words: `key accept`. */
  readonly name: string;
  /** The one of its group that is meant when no other is named: `brine failures`. */
  readonly isDefault?: boolean;
  /** As commander takes them: `<target> <fun> [args...]`. */
  readonly args: string;
  readonly summary: string;
  /** What a Salt operator typed instead. */
  readonly salt: string;
  /** Of what Salt has more than one word for: what was typed there, what is typed here. */
  readonly twins?: readonly (readonly [salt: string, brine: string])[];
  readonly options: readonly OptionSpec[];
  /** Whole command lines, each of which works as printed. */
  readonly examples: readonly string[];
  readonly load: () => Promise<{ readonly run: Run }>;
}

/** Everything a command may touch of its process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** The table that the command itself stands in. */
  readonly commands: readonly CommandSpec[];
  readonly groups: Readonly<Record<string, string>>;
  /** Aborted by the first SIGINT or SIGTERM; a second one ends the process. */
  readonly signal: AbortSignal;
}

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Resolves to the exit status (salt-semantics 5.6: 0, 1, 2, 64 usage, 69 unavailable, 77 no permission). */
export type Run = (
  context: CommandContext,
  args: readonly (string | readonly string[] | undefined)[],
  options: Options,
) => Promise<number>;

export const EXIT = { ok: 0, failed: 1, nothing: 2, usage: 64, unavailable: 69, denied: 77 } as const;
