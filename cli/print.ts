/** Prints returns as `--out` says: in arrival order, or all at once with `--static`; on a terminal so that no host can steer it. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BrineError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { Bytes, Dict, Tuple, type Value } from '../core/value.ts';
import type { CommandContext, Options } from './command.ts';
import { wholeOf } from './numbers.ts';
import { ALL_STATES, type Look, type StateLook } from './output/look.ts';
import { noReturn } from './output/no-return.ts';
import { harmless, isOutputName, OTHER_NAMES, OUTPUTTERS, type OutputName, render } from './output/outputter.ts';

export interface How {
  readonly retcode: number;
  /** The outputter that the return names. */
  readonly out?: string | undefined;
}

export interface Printer {
  /** What `--out` says; undefined where it says nothing. */
  readonly asked: OutputName | undefined;
  /** One host's return. */
  one(id: string, value: Value, how: How): void;
  /** A value that belongs to no host. */
  bare(value: Value, how: How): void;
  /** A line between the returns. */
  say(line: string): void;
  end(): void;
}

export function printerOf(context: CommandContext, options: Options): Printer {
  const asked = askedOf(options);
  const look = lookOf(context, options);
  const terminal = context.stdout.isTTY === true && options.outFile === undefined;
  const clean = (value: Value, name: OutputName): Value => (terminal && name !== 'raw' ? harmlessValue(value) : value);
  const write = writerOf(context, options);
  const show = (value: Value, { retcode, out }: How) => {
    if (out === 'no_return' && (asked === undefined || asked === 'highstate') && value instanceof Dict)
      return write(noReturn(clean(value, 'nested') as Dict, { ...look, retcode }));
    const name = asked !== undefined && asked !== 'highstate' ? asked : nameOf(out);
    write(render(name, clean(value, name), { ...look, retcode }));
  };
  const all = options.static === true ? new Dict() : null;
  let last: How = { retcode: 0 };
  return {
    asked,
    one: (id, value, how) => {
      if (!all) return show(Dict.of({ [id]: value }), how);
      all.set(id, value);
      last = { ...how, retcode: 0 };
    },
    bare: show,
    say: (line) => void context.stdout.write(`${terminal ? harmless(line) : line}\n`),
    end: () => {
      if (all && all.size > 0) show(all, { retcode: 0, out: last.out === 'highstate' ? 'highstate' : undefined });
    },
  };
}

function askedOf(options: Options): OutputName | undefined {
  if (typeof options.out !== 'string' || options.out === '') return undefined;
  const name = OTHER_NAMES[options.out] ?? options.out;
  if (isOutputName(name)) return name;
  const close = nearest(options.out, OUTPUTTERS);
  throw new BrineError({
    code: 'usage.argument',
    text: `there is no outputter '${options.out}'`,
    hint: close ? `did you mean ${close}?` : `--out is one of ${OUTPUTTERS.join(', ')}`,
  });
}

/** What a return asks for; what is not known here is shown nested. */
function nameOf(out: string | undefined): OutputName {
  const name = OTHER_NAMES[out ?? ''] ?? out;
  return name !== undefined && isOutputName(name) && name !== 'quiet' ? name : 'nested';
}

function lookOf(context: CommandContext, options: Options): Omit<Look, 'retcode'> {
  const indent = wholeOf(options, 'outIndent', 'out-indent');
  return { color: colorOf(context, options), ...(indent !== undefined && { indent }), states: statesOf(options) };
}

/** `--force-color`, `--no-color`, then NO_COLOR and FORCE_COLOR, then whether a person looks at it. */
export function colorOf({ env, stdout }: CommandContext, options: Options): boolean {
  if (options.forceColor) return true;
  if (options.color === false || (env.NO_COLOR ?? '') !== '' || options.outFile !== undefined) return false;
  return stdout.isTTY === true || (env.FORCE_COLOR ?? '') !== '';
}

const STATE_OUTPUTS = ['full', 'terse', 'mixed', 'changes', 'full_id', 'terse_id', 'mixed_id', 'changes_id'];

function statesOf(options: Options): StateLook {
  const { stateOutput, stateVerbose } = options;
  const output = typeof stateOutput === 'string' ? stateOutput.toLowerCase() : ALL_STATES.output;
  if (!STATE_OUTPUTS.includes(output))
    throw new BrineError({
      code: 'usage.argument',
      text: `--state-output is one of ${STATE_OUTPUTS.join(', ')}, found '${String(stateOutput)}'`,
    });
  return { output, verbose: !/^false$/i.test(String(stateVerbose ?? '')), diff: options.outputDiff === true };
}

/** Standard output, or the file of `--out-file`: emptied first unless `--out-file-append`. */
function writerOf(context: CommandContext, options: Options): (text: string) => void {
  if (typeof options.outFile !== 'string') return (text) => void context.stdout.write(text);
  const path = resolve(context.cwd, options.outFile);
  try {
    writeFileSync(path, '', { flag: options.outFileAppend ? 'a' : 'w' });
  } catch (cause) {
    throw new BrineError(
      { code: 'usage.argument', text: `--out-file ${path} cannot be written: ${(cause as Error).message}` },
      { cause },
    );
  }
  return (text) => appendFileSync(path, text);
}

function harmlessValue(value: Value): Value {
  if (typeof value === 'string') return harmless(value);
  if (Array.isArray(value)) return value.map(harmlessValue);
  if (value instanceof Tuple) return new Tuple(value.items.map(harmlessValue));
  if (value instanceof Bytes) return harmless(new TextDecoder().decode(value.bytes));
  return value instanceof Dict
    ? Dict.from([...value].map(([key, item]) => [harmlessValue(key), harmlessValue(item)] as const))
    : value;
}
