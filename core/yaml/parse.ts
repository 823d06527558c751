/** Salt's YAML: js-yaml reads the events, this file makes values of them as Salt's loader does, each with its line and column. */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { BrineError, type Where } from '../errors.ts';
import { Recursive } from '../python/recursive.ts';
import { hashKey, type Value } from '../value.ts';
import { DASH, readEvents, type Source, type YamlOptions } from './events.ts';
import { duplicate, mergeable, unlike } from './merge.ts';
import type { MapNode, Node, ScalarNode } from './node.ts';
import { valueOfNode } from './node-value.ts';
import { refusalIn } from './refused.ts';
import { resolvePlain, resolveTagged } from './scalar.ts';

/** Text → value. Throws `yaml.syntax`, `yaml.duplicate_key`, `yaml.tag`, `yaml.key`, located. */
export function parseYaml(text: string, options: YamlOptions = {}): Value {
  const node = parseYamlTree(text, options);
  return node ? valueOfNode(node) : null;
}

/** Text → tree with places; null for an empty document. */
export function parseYamlTree(text: string, options: YamlOptions = {}): Node | null {
  try {
    const { events, ...source } = readEvents(text, options);
    return new Builder(source, events, options).document();
  } catch (error) {
    if (!(error instanceof BrineError) || error.code !== 'yaml.syntax') throw error;
    throw earlier(text, error, options) ?? error;
  }
}

/** An anchor or a tab that is wrong above the place at which reading ended: libyaml comes there first. */
function earlier(text: string, error: BrineError, options: YamlOptions): BrineError | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((_line, i) => (options.line?.(i + 1) ?? i + 1) === error.where?.line);
  if (at < 1) return undefined;
  try {
    const { events, ...source } = readEvents(`${lines.slice(0, at).join('\n')}\n`, options);
    new Builder(source, events, options).document();
  } catch (first) {
    if (
      first instanceof BrineError &&
      /^found (a tab|duplicate anchor|undefined alias|unexpected ':')|^did not find/.test(first.text)
    )
      return first;
  }
  return undefined;
}

const MAX_DEPTH = 64;
/** Nodes that aliases may add: a few lines must not become gigabytes. */
const MAX_NODES = 200_000;

interface Anchored {
  readonly anchorStart: number;
  readonly anchorEnd: number;
}

class Builder {
  readonly #text: string;
  readonly #shifts: ReadonlyMap<number, number>;
  readonly #events: readonly Event[];
  readonly #options: YamlOptions;
  readonly #anchors = new Map<string, Node>();
  readonly #lines: readonly number[];
  #at = 0;
  /** Where the last thing that is written ends. */
  #end = 0;
  #nodes = 0;

  constructor({ text, shifts }: Source, events: readonly Event[], options: YamlOptions) {
    this.#text = text;
    this.#shifts = shifts;
    this.#events = events;
    this.#options = options;
    this.#lines = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((found) => found.index + found[0].length)];
  }

  document(): Node | null {
    const refused = refusalIn(this.#text, this.#events);
    if (refused) throw this.#error('yaml.syntax', refused.text, refused.offset, refused.hint);
    if (this.#events.length === 0) return null;
    this.#at += 1; // DOCUMENT
    const node = this.#peek().type === EVENT_ID.POP ? null : this.#value(0);
    this.#at += 1; // its POP
    const more = this.#events[this.#at];
    if (more)
      throw this.#error(
        'yaml.syntax',
        'expected a single document, found another',
        this.#nextDocument(this.#startOf(more)),
        'remove the line ---',
      );
    return node && isEmpty(node, this.#text) ? null : node;
  }

  /** Where the line of dashes behind the first document stands. */
  #nextDocument(otherwise: number): number {
    const dashes = [...this.#text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index);
    return dashes.find((index) => index > this.#end) ?? dashes.at(-1) ?? otherwise;
  }

  #peek(): Event {
    const event = this.#events[this.#at];
    if (!event) throw this.#error('yaml.syntax', 'the document ends too early', this.#text.length);
    return event;
  }

  #node(depth: number): Node {
    const event = this.#peek();
    if (depth > MAX_DEPTH) throw this.#error('yaml.depth', `nested deeper than ${MAX_DEPTH} levels`, this.#startOf(event));
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw this.#error('yaml.depth', `more than ${MAX_NODES} values`, this.#startOf(event));
    this.#at += 1;
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event.type === EVENT_ID.SCALAR) return this.#anchored(event, this.#scalar(event));
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) this.#end = Math.max(this.#end, event.start);
    if (event.type === EVENT_ID.SEQUENCE)
      return this.#opened(event, 'list', () => this.#special(event, this.#list(event.start, depth)));
    if (event.type === EVENT_ID.MAPPING)
      return this.#opened(event, 'map', () => this.#special(event, this.#mapping(event.start, depth)));
    throw this.#error('yaml.syntax', 'unexpected end', this.#startOf(event));
  }

  #list(start: number, depth: number): Node {
    const items: Node[] = [];
    while (this.#peek().type !== EVENT_ID.POP) items.push(this.#value(depth + 1));
    this.#at += 1;
    return { kind: 'list', items, where: this.#where(start) };
  }

  /** Where no key stands: `=` and `<<` mean something to YAML 1.1 that no value can be. */
  #value(depth: number): Node {
    const node = this.#node(depth);
    if (node.kind !== 'scalar' || node.quoted || (node.value !== '=' && node.value !== '<<')) return node;
    throw this.#at_('yaml.tag', `could not determine a constructor for '${node.value}'`, node.where, `quote it: '${node.value}'`);
  }

  #alias(event: Extract<Event, { type: 5 }>): Node {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    const node = this.#anchors.get(name);
    if (!node) throw this.#error('yaml.syntax', `found undefined alias '${name}'`, event.anchorStart - 1, `quote it: '*${name}'`);
    this.#nodes += countNodes(node);
    return node;
  }

  #anchored<N extends Node>(event: Anchored, node: N): N {
    if (event.anchorStart >= 0) this.#anchors.set(this.#newAnchor(event), node);
    return node;
  }

  /** A list or mapping that is being read; an alias of its own inside of it stands for the whole. */
  #opened<N extends Node>(event: Anchored & { readonly start: number }, kind: 'list' | 'map', read: () => N): N {
    if (event.anchorStart < 0) return read();
    const name = this.#newAnchor(event);
    const value = new Recursive(kind) as unknown as Value;
    this.#anchors.set(name, { kind: 'scalar', value, where: this.#where(event.start), taint: [], quoted: true });
    const node = read();
    this.#anchors.set(name, node);
    return node;
  }

  #newAnchor(event: Anchored): string {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    if (!this.#anchors.has(name)) return name;
    throw this.#error(
      'yaml.syntax',
      `found duplicate anchor '${name}'`,
      event.anchorStart - 1,
      'give one of the two another name',
    );
  }

  #scalar(event: Extract<Event, { type: 4 }>): ScalarNode {
    const text = this.#scalarText(event);
    const quoted = event.style !== SCALAR_STYLE.PLAIN;
    const start = event.valueStart < 0 ? this.#emptyAt() : event.valueStart;
    this.#end = Math.max(start, event.valueEnd);
    const where = this.#where(Math.max(0, quoted && event.style <= 3 ? start - 1 : start));
    const tag = this.#tag(event);
    if (tag === '!' && text === '') return { kind: 'scalar', value: '', where, taint: [], quoted };
    if (tag === null || tag === '!')
      return { kind: 'scalar', value: quoted ? text : resolvePlain(text), where, taint: [], quoted };
    const value = tag === undefined ? undefined : resolveTagged(tag, text);
    if (value === undefined) {
      throw this.#error(
        'yaml.tag',
        `could not determine a constructor for the tag '${this.#text.slice(event.tagStart, event.tagEnd)}'`,
        event.tagStart,
        'quote the value',
      );
    }
    return { kind: 'scalar', value, where, taint: [], quoted };
  }

  /** A block whose last line is the last of the text and has no newline has none in its value either, as in PyYAML. */
  #scalarText(event: Extract<Event, { type: 4 }>): string {
    const text = getScalarValue(this.#text, event).replaceAll(DASH, '-');
    const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    const lastLine = this.#lines.at(-1) ?? 0;
    const open =
      block && event.valueStart <= lastLine && event.valueEnd >= this.#text.length && /\S/.test(this.#text.slice(lastLine));
    return open ? text.replace(/\n$/, '') : text;
  }

  /** null: no tag; `int` for `!!int`; `!` for the non-specific tag; undefined: one that Salt does not know. */
  #tag(event: { tagStart: number; tagEnd: number }): string | null | undefined {
    if (event.tagStart < 0) return null;
    const tag = this.#text.slice(event.tagStart, event.tagEnd);
    if (tag === '!') return '!';
    return /^!!(\w+|python\/unicode)$/.exec(tag)?.[1] ?? /^!<tag:yaml\.org,2002:(\w+)>$/.exec(tag)?.[1];
  }

  #special(event: { tagStart: number; tagEnd: number }, node: Node): Node {
    const tag = this.#tag(event);
    if (tag === null || tag === '!' || (tag === 'map' && node.kind === 'map') || (tag === 'seq' && node.kind === 'list'))
      return node;
    if (tag === 'omap' && node.kind === 'map') return node;
    if (tag === 'set' && node.kind === 'map') return { ...node, set: true };
    if (tag === 'pairs' && node.kind === 'list' && node.items.every((item) => item.kind === 'map' && item.entries.length === 1))
      return { ...node, pairs: true };
    throw this.#error(
      'yaml.tag',
      `could not determine a constructor for the tag '${this.#text.slice(event.tagStart, event.tagEnd)}'`,
      event.tagStart,
    );
  }

  #mapping(start: number, depth: number): MapNode {
    const entries: [Node, Node][] = [];
    const merged: (readonly [Node, Node])[] = [];
    const seen = new Map<string, Where>();
    while (this.#peek().type !== EVENT_ID.POP) {
      const at = this.#peek();
      if (at.type === EVENT_ID.SCALAR && at.valueEnd - at.valueStart > 1024) {
        throw this.#error(
          'yaml.syntax',
          'mapping values are not allowed in this context: a key has at most 1024 characters',
          at.valueEnd,
        );
      }
      const key = this.#node(depth + 1);
      const value = this.#value(depth + 1);
      if (key.kind === 'scalar' && key.value === '<<' && !key.quoted) {
        merged.push(...mergeable(value));
        continue;
      }
      const hash = hashKey(valueOfNode(key));
      if (hash === undefined) throw this.#badKey(key);
      const first = seen.get(hash);
      if (first) throw duplicate(key, first);
      seen.set(hash, key.where);
      entries.push([key, value]);
    }
    this.#at += 1;
    return { kind: 'map', entries: [...unlike(merged, seen), ...entries], where: this.#where(start) };
  }

  #badKey(key: Node): BrineError {
    const hint = key.kind === 'map' ? 'a template was not filled in, or quote the value that holds {{ … }}' : 'quote it';
    return this.#at_('yaml.key', `found unacceptable key: a ${key.kind === 'map' ? 'mapping' : 'list'}`, key.where, hint);
  }

  /** A value that is not written: behind the colon or dash that asks for it. */
  #emptyAt(): number {
    const gap = /(?:['"\s]|#[^\n]*)*/y;
    gap.lastIndex = this.#end;
    gap.test(this.#text);
    return /[:?-]/.test(this.#text[gap.lastIndex] ?? '') ? gap.lastIndex + 1 : this.#end;
  }

  #startOf(event: Event): number {
    if (event.type === EVENT_ID.SCALAR) return event.valueStart;
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) return event.start;
    return event.type === EVENT_ID.ALIAS ? event.anchorStart : this.#text.length;
  }

  #where(offset: number): Where {
    let [low, high] = [0, this.#lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lines[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const line = this.#options.line?.(low + 1) ?? low + 1;
    const col = offset - (this.#lines[low] as number) - (this.#shifts.get(low) ?? 0) + 1;
    const { file } = this.#options;
    return file === undefined ? { line, col: Math.max(1, col) } : { file, line, col: Math.max(1, col) };
  }

  #error(code: 'yaml.syntax' | 'yaml.tag' | 'yaml.depth', text: string, offset: number, hint?: string): BrineError {
    return this.#at_(code, text, this.#where(Math.max(0, offset)), hint);
  }

  #at_(code: 'yaml.syntax' | 'yaml.tag' | 'yaml.key' | 'yaml.depth', text: string, where: Where, hint?: string): BrineError {
    return new BrineError({ code, text, where, hint });
  }
}

function isEmpty(node: Node, text: string): boolean {
  return node.kind === 'scalar' && node.value === null && !node.quoted && text.trim() === '';
}

function countNodes(node: Node): number {
  if (node.kind === 'scalar') return 1;
  const inner = node.kind === 'list' ? node.items : node.entries.flat();
  return inner.reduce((sum, item) => sum + countNodes(item), 1);
}
