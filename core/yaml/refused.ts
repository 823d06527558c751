/** What js-yaml reads and libyaml, which Salt stands on, refuses: tabs that indent, keys that are not written, a colon inside of a flow word. */
import { COLLECTION_STYLE, EVENT_ID, type Event, SCALAR_STYLE } from 'js-yaml';

export interface Refusal {
  readonly offset: number;
  readonly text: string;
  readonly hint: string;
}

type Scalar = Extract<Event, { type: 4 }>;

interface Open {
  readonly map: boolean;
  readonly flow: boolean;
  readonly start: number;
  /** Of a mapping: does its next part stand for a key? */
  key: boolean;
}

/** The first place that libyaml would stop at; null: none. */
export function refusalIn(text: string, events: readonly Event[]): Refusal | null {
  const found: Refusal[] = [...endFirst(text)];
  const open: Open[] = [];
  const flows: (readonly [number, number])[] = [];
  let end = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed?.flow) {
        end = after(text, closed.map ? '}' : ']', end);
        flows.push([closed.start, end]);
      }
      continue;
    }
    const up = open.at(-1);
    found.push(...ofAnchor(text, event));
    if (event.type === EVENT_ID.SCALAR) found.push(...ofScalar(text, event, { up, end }));
    if (up?.map) up.key = !up.key;
    end = Math.max(end, endOf(event));
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING)
      open.push({
        map: event.type === EVENT_ID.MAPPING,
        flow: event.style === COLLECTION_STYLE.FLOW,
        start: event.start,
        key: true,
      });
  }
  found.push(...tabs(text, events, flows));
  return found.sort((a, b) => a.offset - b.offset)[0] ?? null;
}

function endOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return Math.max(event.valueEnd, event.anchorEnd, event.tagEnd);
  if (event.type === EVENT_ID.ALIAS) return event.anchorEnd;
  return event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING ? event.start : 0;
}

function after(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? from : at + 1;
}

/** `...` before anything else. */
function endFirst(text: string): readonly Refusal[] {
  const found = /^((?:[ \t]*(?:#[^\n]*)?\r?\n)*)\.\.\.(?=\s|$)/.exec(text);
  return found
    ? [{ offset: found[1]?.length ?? 0, text: 'did not find expected node content', hint: 'remove the line ...' }]
    : [];
}

function ofAnchor(text: string, event: Exclude<Event, { type: 1 } | { type: 6 }>): readonly Refusal[] {
  if (event.type === EVENT_ID.ALIAS || event.anchorStart < 0) return [];
  const bad = text.slice(event.anchorStart, event.anchorEnd).search(/[^\w-]/);
  return bad < 0
    ? []
    : [
        {
          offset: event.anchorStart + bad,
          text: 'did not find expected alphabetic or numeric character in the name of an anchor',
          hint: 'quote what begins with &, or use letters, digits, _ and -',
        },
      ];
}

function ofScalar(text: string, event: Scalar, { up, end }: { up: Open | undefined; end: number }): readonly Refusal[] {
  if (event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK) return ofBlock(text, event);
  if (event.style !== SCALAR_STYLE.PLAIN) return [];
  if (up?.flow && event.valueStart >= 0 && /^:[,?[\]{}]/.test(text.slice(event.valueEnd, event.valueEnd + 2)))
    return [{ offset: event.valueEnd, text: "found unexpected ':'", hint: 'put a space behind the colon' }];
  const written = event.valueEnd > event.valueStart || event.anchorStart >= 0 || event.tagStart >= 0;
  if (!up?.map || !up.key || up.flow || written) return [];
  const gap = /(?:['"\s\]}]|#[^\n]*)*/y;
  gap.lastIndex = Math.max(end, up.start);
  gap.test(text);
  return text[gap.lastIndex] === ':' ? [{ offset: gap.lastIndex, text: 'did not find expected key', hint: 'write the key' }] : [];
}

/** A tab where the indentation of a block is looked for. */
function ofBlock(text: string, event: Scalar): readonly Refusal[] {
  const header = text.slice(text.lastIndexOf('\n', event.valueStart - 2) + 1, event.valueStart);
  const given = /[|>][-+]?[1-9][-+]?[ \t]*(#.*)?\r?\n?$/.test(header);
  const line = /( *)(\t|\r?\n|)/y;
  line.lastIndex = event.valueStart;
  for (let row = line.exec(text); row; row = line.exec(text)) {
    const [, blanks = '', next = ''] = row;
    if (next === '\t' && (!given || blanks.length < event.indent)) {
      const offset = row.index + blanks.length;
      return [{ offset, text: 'found a tab character where an indentation space is expected', hint: 'indent with spaces' }];
    }
    if (next === '' || next === '\t' || line.lastIndex >= event.valueEnd) break;
  }
  return [];
}

/** A tab in front of what a line begins with, or behind a dash or question mark. */
function tabs(text: string, events: readonly Event[], flows: readonly (readonly [number, number])[]): readonly Refusal[] {
  for (const found of text.matchAll(/^ *(?:[-?](?=[ \t]) *)*\t/gm)) {
    const offset = found.index + found[0].length - 1;
    const inside =
      flows.some(([from, to]) => from <= offset && offset < to) ||
      events.some((event) => event.type === EVENT_ID.SCALAR && event.valueStart <= offset && offset < event.valueEnd);
    if (inside) continue;
    const blank = /^[ \t]*$/m.test(text.slice(offset).split('\n', 1)[0] ?? '') && /^ *\t$/.test(found[0]);
    const what = blank ? 'found a tab character that violates indentation' : 'found a tab where YAML wants spaces';
    return [{ offset, text: what, hint: 'indent with spaces' }];
  }
  return [];
}
