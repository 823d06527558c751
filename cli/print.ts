/** Prints returns as `--out` says: in arrival order, or all at once with `--static`. */
import { BrineError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { Dict, type Value } from '../core/value.ts';
import type { CommandContext, Options } from './command.ts';
import { createOutputter, harmless, OUTPUTTERS, type Outputter } from './output/outputter.ts';

export interface How {
  readonly retcode: number;
  /** The outputter that the function names. */
  readonly out: string;
}

export interface Printer {
  one(id: string, value: Value, how: How): void;
  bare(value: Value, how: How): void;
  /** A host that did not answer, and why. */
  absent(id: string, why: string, jid: string): void;
  end(): void;
}

export async function printerOf(context: CommandContext, options: Options): Promise<Printer> {
  const asked = typeof options.out === 'string' ? options.out : undefined;
  if (asked !== undefined && !(OUTPUTTERS as readonly string[]).includes(asked)) {
    const close = nearest(asked, OUTPUTTERS);
    throw new BrineError({
      code: 'usage.argument',
      text: `there is no outputter '${asked}'`,
      hint: close ? `did you mean ${close}?` : `--out is one of ${OUTPUTTERS.join(', ')}`,
    });
  }
  const terminal = context.stdout.isTTY === true;
  const color =
    options.color !== false && context.env.NO_COLOR === undefined && (terminal || context.env.FORCE_COLOR !== undefined);
  const clean = (value: Value): Value => (terminal && asked !== 'raw' ? harmlessValue(value) : value);
  const outputter = (how: How): Outputter => {
    const name = asked ?? how.out;
    return (createOutputter(name, { color, failed: how.retcode !== 0 }) ??
      createOutputter('nested', { color, failed: how.retcode !== 0 })) as Outputter;
  };
  const all = options.static === true ? new Dict() : null;
  const write = (text: string) => void context.stdout.write(text);
  return {
    one: (id, value, how) => {
      if (all) all.set(id, value);
      else write(outputter(how).one(terminal ? harmless(id) : id, clean(value)));
    },
    bare: (value, how) => write(outputter(how).bare(clean(value))),
    absent: (id, why, jid) => {
      const text = `Minion did not return. [No response]\n${why}. It may still answer; look for it with:\n\nbrine jobs show ${jid}`;
      if (all) all.set(id, text);
      else write(outputter({ retcode: 1, out: 'nested' }).one(id, text));
    },
    end: () => {
      if (!all) return;
      const nested = (asked ?? 'nested') === 'nested';
      if (nested) for (const [id, value] of all) write(outputter({ retcode: 0, out: 'nested' }).one(String(id), clean(value)));
      else write(outputter({ retcode: 0, out: 'nested' }).bare(clean(all)));
    },
  };
}

function harmlessValue(value: Value): Value {
  if (typeof value === 'string') return harmless(value);
  if (Array.isArray(value)) return value.map(harmlessValue);
  return value instanceof Dict
    ? Dict.from([...value].map(([key, item]) => [harmlessValue(key), harmlessValue(item)] as const))
    : value;
}
