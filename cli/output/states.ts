/** One state of a highstate's output, whole or as a line, and the summary below them all. */
import { fixed } from '../../core/python/decimal.ts';
import { pyStr } from '../../core/python/print.ts';
import type { Dict, Value } from '../../core/value.ts';
import type { Color } from './colors.ts';
import type { How } from './highstate.ts';

export interface State {
  readonly module: string;
  readonly id: string;
  readonly name: string;
  readonly fun: string;
  readonly info: Dict;
  /** true, false, or null: would change. */
  readonly result: Value;
  readonly comment: string;
  readonly changed: boolean;
  readonly changesText: string;
  readonly anyChanges: boolean;
  readonly number: number;
}

export function shownState(state: State, how: How): string[] {
  switch (formOf(state, how)) {
    case 'none':
      return [];
    case 'line':
      return [line(state, how)];
    case 'block':
      return block(state, how);
  }
}

function formOf({ result, changed }: State, { states: { output, verbose, diff } }: How): 'none' | 'line' | 'block' {
  const good = result !== false && result !== null;
  if (good && !changed && (diff || !verbose)) return 'none';
  const short =
    output.startsWith('terse') ||
    (output.startsWith('mixed') && result !== false) ||
    (output.startsWith('changes') && good && !changed);
  return short ? 'line' : 'block';
}

function colorOf({ result, changed }: State): Color {
  if (result === false) return 'RED';
  if (result === null) return 'LIGHT_YELLOW';
  return changed ? 'CYAN' : 'GREEN';
}

function block(state: State, { paint }: How): string[] {
  const { info, id, name, module, fun, result, comment, changesText } = state;
  const color = colorOf(state);
  const say = (text: string) => `    ${paint(color, text)}`;
  const [start, duration] = [info.get('start_time'), info.get('duration')];
  return [
    paint(color, '----------'),
    say(`      ID: ${id}`),
    say(`Function: ${module}.${fun}`),
    ...(id === name ? [] : [say(`    Name: ${name}`)]),
    say(`  Result: ${pyStr(result)}`),
    say(` Comment: ${comment}`),
    ...(start === undefined
      ? []
      : [say(` Started: ${pyStr(start)}`), say(`Duration: ${duration === undefined ? '' : `${pyStr(duration)} ms`}`)]),
    paint(color, `     Changes:   ${changesText}`),
    ...warningsOf(info, (text) => `   ${paint('LIGHT_RED', ` Warnings: ${wrap(text)}`)}`),
  ];
}

function line(state: State, { paint }: How): string {
  const { info, name, module, fun, result, anyChanges } = state;
  const word = result === false ? 'Failed' : result === null ? 'Differs' : anyChanges ? 'Changed' : 'Clean';
  const timed = info.has('start_time')
    ? ` - Started: ${pyStr(info.get('start_time') as Value)} - Duration: ${pyStr(info.get('duration') ?? '')} ms`
    : '';
  const text = ` Name: ${name} - Function: ${module}.${fun} - Result: ${word}${timed}`;
  const warnings = warningsOf(info, (words) => paint('LIGHT_RED', `Warnings:\n${words}`)).join('');
  return `${warnings} ${paint(colorOf(state), text)}`;
}

function warningsOf(info: Dict, show: (text: string) => string): string[] {
  const warnings = info.get('warnings');
  return Array.isArray(warnings) ? [show(warnings.map((warning) => pyStr(warning)).join('\n'))] : [];
}

/** Lines of at most 80 columns, all but the first indented by 14. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 80 - 14) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(14)}`);
}

export function summary(host: string, states: readonly State[], how: How): string[] {
  const { paint } = how;
  const count = (result: Value) => states.filter((state) => state.result === result).length;
  const [good, failed, unchanged] = [count(true), count(false), count(null)];
  const warned = states.filter((state) => state.info.has('warnings') && formOf(state, how) === 'block').length;
  const changed = states.filter((state) => state.changed).length;
  const digits = Math.max(
    0,
    ...[...new Set(states.map((state) => state.result))].map((result) => String(count(result)).length),
    ...(warned > 0 ? [String(warned).length] : []),
  );
  const width = 'Succeeded'.length + digits + 2;
  const counted = (label: string, n: number) => `${label}: ${String(n).padStart(width - label.length - 2)}`;
  const details = [
    ...(unchanged > 0 ? [paint('LIGHT_YELLOW', `unchanged=${unchanged}`)] : []),
    ...(changed > 0 ? [paint('GREEN', `changed=${changed}`)] : []),
  ];
  return [
    paint('CYAN', `\nSummary for ${host}\n${'-'.repeat(width)}`),
    paint('GREEN', counted('Succeeded', good + unchanged)) + (details.length > 0 ? ` (${details.join(', ')})` : ''),
    paint(failed > 0 ? 'RED' : 'CYAN', counted('Failed', failed)),
    ...(warned > 0 ? [paint('LIGHT_RED', counted('Warnings', warned))] : []),
    paint('CYAN', `${'-'.repeat(width)}\nTotal states run: ${String(states.length).padStart(width - 7)}`),
    paint('CYAN', `Total run time: ${runTime(states, width)}`),
  ];
}

/** Those that ran beside each other count as the longest of them. */
function runTime(states: readonly State[], width: number): string {
  const seconds = (state: State) => Number.parseFloat(pyStr(state.info.get('duration') ?? 0n)) || 0;
  const beside = states.filter((state) => state.info.has('__parallel__')).map(seconds);
  const total = states
    .filter((state) => !state.info.has('__parallel__'))
    .reduce((sum, state) => sum + seconds(state), Math.max(0, ...beside));
  const [amount, unit] = total > 999 ? [total / 1000, 's'] : [total, 'ms'];
  return `${fixed(amount, 3).padStart(width - 5)} ${unit}`;
}
