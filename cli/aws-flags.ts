/** The flags that `brine dev` and `brine aws start` share: where the embedded AWS listens, and how it plays what production does by chance. */
import { BrineError } from '../core/errors.ts';
import type { OptionSpec } from './command.ts';

export const chanceOptions: readonly OptionSpec[] = [
  { flags: '--seed <n>', help: 'the order of deliveries by chance: the same number, the same order' },
  { flags: '--duplicates <share>', help: 'messages and events that come twice, 0 to 1' },
  { flags: '--throttles <share>', help: 'AWS calls that are refused as too many, 0 to 1' },
  { flags: '--rates', help: "AWS's own rates of calls hold: 50 a second for rules and targets" },
];

type Options = Readonly<Record<string, unknown>>;

export interface AwsFlags {
  readonly port?: number;
  readonly rates?: true;
  readonly chance?: { readonly seed: number; readonly duplicates: number; readonly throttles: number };
}

export function parseAwsFlags(options: Options): AwsFlags {
  const port = number(options, { name: 'port', from: 0, to: 65_535, whole: true });
  const seed = number(options, { name: 'seed', from: 0, to: 2 ** 32 - 1, whole: true });
  const duplicates = number(options, { name: 'duplicates', from: 0, to: 1, whole: false });
  const throttles = number(options, { name: 'throttles', from: 0, to: 1, whole: false });
  const any = seed !== undefined || duplicates !== undefined || throttles !== undefined;
  return {
    ...(port !== undefined && { port }),
    ...(options.rates === true && { rates: true }),
    ...(any && { chance: { seed: seed ?? 1, duplicates: duplicates ?? 0, throttles: throttles ?? 0 } }),
  };
}

interface Wanted {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

function number(options: Options, { name, from, to, whole }: Wanted): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const value = given === '' ? Number.NaN : Number(given);
  if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  throw new BrineError({
    code: 'usage.argument',
    text: `--${name} is a${whole ? ' whole' : ''} number from ${from} to ${to}, found '${String(given)}'`,
  });
}
