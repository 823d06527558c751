/** `brine`: builds the command line from the table, imports the one command that was typed, and turns its end into an exit status. */
import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../agent/version.ts';
import { BrineError } from '../core/errors.ts';
import { type CommandContext, type CommandSpec, EXIT, type OptionSpec } from './command.ts';
import { keyWordsOf } from './salt-key.ts';
import { commands, groups } from './table.ts';

export async function main(argv: readonly string[]): Promise<void> {
  // A reader that goes away (`brine events | head -1`) ends us quietly.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.ok);
      if (stream === process.stdout) process.stderr.write(`brine: what was to be printed cannot be written: ${error.message}\n`);
      process.exit(EXIT.failed);
    });
  }
  process.exitCode = await runCommandLine(argv, processContext());
}

/** Runs one command line; resolves to its exit status. */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  let status: number = EXIT.ok;
  const program = buildProgram(context, (code) => {
    status = code;
  });
  try {
    const words = argv[0] === 'key' ? ['key', ...keyWordsOf(argv.slice(1))] : argv;
    await program.parseAsync([...words], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (context.signal.aborted && isStop(error, context.signal)) {
      context.stderr.write('Stopped before the answer came; what was asked for may still happen.\n');
      return STOPPED;
    }
    return reportFailure(notHere(error), context);
  }
}

/** Exit status after Ctrl-C, as a shell has it. */
const STOPPED = 130;

function isStop(error: unknown, { reason }: AbortSignal): boolean {
  return error === reason || (error instanceof Error && error.name === 'AbortError');
}

/** The command line as commander has it, for running and for its help. */
export function buildProgram(context: CommandContext, done: (code: number) => void): Command {
  const program = new Command('brine')
    .description("Salt's event system and reactor without a Salt master")
    .version(`brine ${VERSION}`, '--version', 'print the version')
    .showSuggestionAfterError(true)
    .enablePositionalOptions();
  const settle = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => widthOf(context),
      getErrHelpWidth: () => widthOf(context),
    });
  settle(program);
  const parents = new Map<string, Command>();
  for (const [name, summary] of Object.entries(groups)) parents.set(name, settle(program.command(name).description(summary)));
  for (const spec of commands) {
    const words = spec.name.split(' ');
    const parent = words.length > 1 ? parents.get(words[0] as string) : program;
    if (!parent) throw new BrineError({ code: 'internal.assumption', text: `no group for the command ${spec.name}` });
    const made = parent.command(`${words.at(-1)} ${spec.args}`.trim(), { isDefault: spec.isDefault === true });
    addCommand(settle(made), spec, context, done);
  }
  return program;
}

/** A terminal's own width, but never so narrow that a word a line would be left of the help. */
function widthOf({ stdout }: CommandContext): number {
  return stdout.isTTY === true ? Math.max(40, stdout.columns ?? 80) : 80;
}

function addCommand(command: Command, spec: CommandSpec, context: CommandContext, done: (code: number) => void): void {
  command.description(spec.summary);
  for (const option of spec.options) addOption(command, option);
  command.addHelpText(
    'after',
    `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join('\n')}${spec.salt ? `\n\nIn Salt: ${spec.salt}` : ''}`,
  );
  command.action(async (...given: unknown[]) => {
    const { run } = await spec.load();
    // commander hands over the arguments, then the options, then the command itself
    done(await run(context, given.slice(0, -2) as (string | string[])[], given.at(-2) as Record<string, string>));
  });
}

function addOption(command: Command, { flags, help, many, also = [] }: OptionSpec): void {
  if (many) command.option(flags, help, (value: string, all: string[] | undefined) => [...(all ?? []), value]);
  else command.option(flags, help);
  const known = command.options.at(-1) as Option;
  const argument = / [<[].*$/.exec(flags)?.[0] ?? '';
  for (const name of also) {
    const alias = new Option(name + argument).hideHelp();
    command.addOption(alias);
    command.on(`option:${alias.name()}`, (value: string | undefined) =>
      command.setOptionValue(known.attributeName(), known.negate ? false : (value ?? true)),
    );
  }
}

/** A host's package leaves out what only the embedded AWS needs. */
function notHere(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'dynalite'")) return error;
  const hint = 'npm install brine has all of it';
  return new BrineError({ code: 'dev.package', text: "a host's package has no embedded AWS", hint }, { cause: error });
}

/** One message on standard error: what failed, where, and what to do. */
export function reportFailure(error: unknown, context: Pick<CommandContext, 'stderr' | 'env'>): number {
  if (error instanceof BrineError) {
    context.stderr.write(`brine: ${error.message}\n`);
    if (error.family === 'ours') context.stderr.write(`${error.stack}\n`);
    return exitOf(error);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.stderr.write(`brine: unexpected failure (please report it): ${text}\n`);
  return EXIT.failed;
}

function exitOf(error: BrineError): number {
  if (error.code.startsWith('usage.')) return EXIT.usage;
  if (error.code === 'operator.denied') return EXIT.denied;
  return error.family === 'world' ? EXIT.unavailable : EXIT.failed;
}

function processContext(): CommandContext {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      controller.abort(name);
    });
  }
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    commands,
    groups,
    signal: controller.signal,
  };
}
