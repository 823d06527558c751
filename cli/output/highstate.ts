/** Salt's `highstate` outputter: what state runs return, a block or a line for each state, and the count of them. */
import { prettyFormat } from '../../core/python/pretty.ts';
import { pyStr } from '../../core/python/print.ts';
import { stripRange } from '../../core/python/text-ranges.ts';
import { Dict, Tuple, type Value } from '../../core/value.ts';
import { type Color, type Paint, paintOf } from './colors.ts';
import { ALL_STATES, type Look, type StateLook, Unfit } from './look.ts';
import { linesOf, nested, withoutEscape } from './nested.ts';
import { type State, shownState, summary } from './states.ts';

export function highstate(value: Value, look: Look): string {
  const data = unwrapped(value);
  if (typeof data === 'string') return data;
  if (data === null) return 'None';
  if (!(data instanceof Dict)) throw new Unfit();
  const how = { paint: paintOf(look.color), look, states: look.states ?? ALL_STATES };
  return [...data].map(([host, returned]) => hostText(pyStr(host), returned, how).text).join('\n');
}

export interface How {
  readonly paint: Paint;
  readonly look: Look;
  readonly states: StateLook;
}

/** The envelopes in which runners and job look-ups put state data. */
function unwrapped(value: Value): Value {
  let data = value;
  for (const key of ['return', 'data']) if (data instanceof Dict && data.has(key)) data = data.get(key) as Value;
  if (!(data instanceof Dict) || data.size !== 1) return data;
  const only = [...data.values()][0] as Value;
  if (!(only instanceof Dict && only.has('jid') && only.has('fun'))) return data;
  const returned = only.get('return') ?? new Dict();
  return returned instanceof Dict ? (returned.get('data') ?? data) : data;
}

export function hostText(host: string, returned: Value, how: How): { text: string; changed: boolean } {
  const { lines, color, changed } = body(host, returned, how);
  return { text: [how.paint(color, `${withoutEscape(host)}:`), ...lines].join('\n'), changed };
}

interface Body {
  readonly lines: readonly string[];
  /** Of the host's name. */
  readonly color: Color;
  readonly changed: boolean;
}

function body(host: string, returned: Value, how: How): Body {
  const { paint } = how;
  const line = (text: string) => `${paint('GREEN', `    ${text}`)}`;
  if (typeof returned === 'bigint' || typeof returned === 'boolean')
    return { lines: [line(pyStr(returned))], color: 'CYAN', changed: true };
  if (typeof returned === 'string') return { lines: linesOf(returned).map(line), color: 'CYAN', changed: true };
  if (Array.isArray(returned)) {
    const errors = returned.map((error) =>
      paint(
        'LIGHT_RED',
        `----------\n    ${typeof error === 'string' ? withoutEscape(error) : pyStr(error instanceof Tuple ? [...error.items] : error)}`,
      ),
    );
    return { lines: [`    ${paint('LIGHT_RED', 'Data failed to compile:')}`, ...errors], color: 'LIGHT_RED', changed: false };
  }
  if (!(returned instanceof Dict)) return { lines: [], color: 'GREEN', changed: false };
  return statesBody(host, returned, how);
}

function statesBody(host: string, returned: Dict, how: How): Body {
  const unordered = [...returned].flatMap(([name, info]) =>
    info instanceof Dict && name !== 'changes' && info.size > 0 && !info.has('__run_num__') ? [info] : [],
  );
  const complaints = unordered.reverse().flatMap((info) => [NO_ORDER, prettyFormat(info)]);
  const states = [...returned]
    .flatMap(([name, info]) => (info instanceof Dict && info.has('result') ? [stateOf(pyStr(name), info, how)] : []))
    .sort((a, b) => a.number - b.number);
  return {
    lines: [...complaints, ...states.flatMap((state) => shownState(state, how)), ...summary(host, states, how)],
    color: states.reduce<Color>(
      (color, { result }) => (result === false ? 'RED' : result === null ? 'LIGHT_YELLOW' : color),
      'GREEN',
    ),
    changed: states.some((state) => state.changed),
  };
}

const NO_ORDER =
  'The State execution failed to record the order in which all states were executed. The state return missing data is:';

function stateOf(tag: string, info: Dict, how: How): State {
  const changes = info.get('changes');
  if (changes === undefined) throw new Unfit();
  const [module = '', id = '', name = '', fun = ''] = tag.split('_|-');
  const run = info.get('__run_num__');
  return {
    ...changesOf(changes, how),
    module,
    id,
    name: how.states.output.endsWith('_id') ? id : name,
    fun,
    info,
    result: info.get('result') as Value,
    comment: commentOf(info),
    anyChanges: !isEmpty(changes),
    number: typeof run === 'bigint' || typeof run === 'number' ? Number(run) : 0,
  };
}

function isEmpty(changes: Value): boolean {
  return (
    changes === null ||
    changes === false ||
    changes === '' ||
    (changes instanceof Dict && changes.size === 0) ||
    (Array.isArray(changes) && changes.length === 0)
  );
}

function changesOf(changes: Value, how: How): { changed: boolean; changesText: string } {
  if (isEmpty(changes)) return { changed: false, changesText: '' };
  if (!(changes instanceof Dict)) return { changed: true, changesText: `Invalid Changes data: ${pyStr(changes)}` };
  const inner = changes.get('ret');
  if (!(inner instanceof Dict) || changes.get('out') !== 'highstate')
    return { changed: true, changesText: `\n${trimmed(nested(changes, { ...how.look, retcode: 0 }, 14))}` };
  const hosts = [...inner].map(([host, returned]) => hostText(pyStr(host), returned, how));
  return {
    changed: hosts.some((host) => host.changed),
    changesText: hosts
      .map(
        ({ text }) =>
          `\n${linesOf(text)
            .map((line) => `${' '.repeat(14)}${line}`)
            .join('\n')}`,
      )
      .join(''),
  };
}

function commentOf(info: Dict): string {
  const comment = trimmed(pyStr(info.get('comment') ?? ''), 'both').replaceAll('\n', `\n${' '.repeat(14)}`);
  const data = info.get('data');
  if (data === undefined) return comment;
  if (Array.isArray(data)) return [comment, ...data.map((item) => pyStr(item))].join(' ');
  if (data instanceof Dict) return comment + [...data].map(([key, item]) => `\n\t\t${pyStr(key)}: ${pyStr(item)}`).join('');
  return `${comment} ${pyStr(data)}`;
}

function trimmed(text: string, side: 'right' | 'both' = 'right'): string {
  return text.slice(...stripRange(text, null, side));
}
