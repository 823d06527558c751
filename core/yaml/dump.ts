/** YAML as Salt prints it: PyYAML's safe_dump over libyaml, byte for byte. */
import { toBase64 } from '../json.ts';
import { lengthOf } from '../python/code-points.ts';
import { compare } from '../python/compare.ts';
import { PythonError } from '../python/error.ts';
import { reprFloat } from '../python/print.ts';
import { OrderedDict, PySet } from '../python/set.ts';
import { Bytes, Dict, Tuple, type Value } from '../value.ts';
import { analyze, styleOf } from './analyze.ts';
import { YamlWriter } from './writer.ts';

export interface DumpOptions {
  /** Everything in `{…}` and `[…]`; block style unless said. */
  readonly flow?: boolean;
  /** Mappings in the order of their keys, where these have one. */
  readonly sortKeys?: boolean;
  /** Non-ASCII as it is; true unless said. */
  readonly unicode?: boolean;
  /** Columns a level, 2 to 9; anything else is 2, as libyaml has it. */
  readonly indent?: number;
  /** Texts in double quotes, on one line. */
  readonly double?: boolean;
}

/** Ends with a newline. A list or mapping that stands twice is written once, with an anchor. */
export function dumpYaml(value: Value, options: DumpOptions = {}): string {
  return new Dumper(value, options).text();
}

/** Block style, in the order that the mappings have. */
export function yamlText(value: Value): string {
  return dumpYaml(value);
}

interface Place {
  readonly flow: boolean;
  /** A key on one line. */
  readonly key?: boolean;
  /** The value of a key in block style: a list there is not indented. */
  readonly mapped?: boolean;
}

class Dumper {
  readonly #value: Value;
  readonly #options: DumpOptions;
  readonly #unicode: boolean;
  readonly #step: number;
  readonly #writer: YamlWriter;
  readonly #names: ReadonlyMap<Value, string>;
  readonly #written = new Set<Value>();

  constructor(value: Value, options: DumpOptions) {
    this.#value = value;
    this.#options = options;
    this.#unicode = options.unicode ?? true;
    const step = options.indent ?? 2;
    this.#step = step >= 2 && step <= 9 ? step : 2;
    this.#writer = new YamlWriter(this.#unicode);
    this.#names = anchorsOf(value);
  }

  text(): string {
    const any = this.#value as unknown;
    const nested = Array.isArray(any) || any instanceof Dict || any instanceof Tuple || any instanceof PySet;
    this.#node(this.#value, { flow: nested && (this.#options.flow ?? false) });
    this.#writer.end();
    return this.#writer.text;
  }

  #node(value: Value, place: Place): void {
    const name = this.#names.get(value);
    if (name !== undefined) {
      const again = this.#written.has(value);
      this.#writer.indicator(`${again ? '*' : '&'}${name}`);
      if (again) return;
      this.#written.add(value);
    }
    const set = value as unknown;
    if (set instanceof PySet) {
      this.#writer.indicator('!!set');
      return this.#node(Dict.from(set.members.map((member) => [member, null] as const)), place);
    }
    const items = value instanceof Tuple ? value.items : value;
    if (Array.isArray(items)) {
      if (place.flow || items.length === 0) this.#flowList(items);
      else this.#blockList(items, place.mapped ?? false);
    } else if (value instanceof Dict) {
      if (place.flow || value.size === 0) this.#flowMap(value);
      else this.#blockMap(value);
    } else this.#scalar(value, place);
  }

  #scalar(value: Value, place: Place): void {
    const writer = this.#writer;
    const outer = writer.indent;
    writer.indent = Math.max(outer, 0) + this.#step;
    if (value instanceof Bytes) {
      writer.indicator('!!binary');
      const lines = toBase64(value.bytes).match(/.{1,76}/g) ?? [];
      if (place.flow || place.key) writer.scalar(lines.map((line) => `${line}\n`).join(''), 'double', !place.key);
      else writer.literal(lines);
    } else if (typeof value === 'string') {
      if (this.#options.double) writer.scalar(value, 'double', false);
      else
        writer.scalar(value, styleOf(value, { flow: place.flow, key: place.key ?? false, unicode: this.#unicode }), !place.key);
    } else writer.scalar(plainText(value), 'plain', false);
    writer.indent = outer;
  }

  #within(indent: number, write: () => void): void {
    const outer = this.#writer.indent;
    this.#writer.indent = indent;
    write();
    this.#writer.indent = outer;
  }

  #flowList(items: readonly Value[]): void {
    const writer = this.#writer;
    writer.indicator('[', { whitespace: true });
    this.#within(Math.max(writer.indent, 0) + this.#step, () => {
      for (const [i, item] of items.entries()) {
        if (i > 0) writer.indicator(',', { blank: false });
        if (writer.full) writer.newLine();
        this.#node(item, { flow: true });
      }
    });
    writer.indicator(']', { blank: false });
  }

  #flowMap(dict: Dict): void {
    const writer = this.#writer;
    writer.indicator('{', { whitespace: true });
    this.#within(Math.max(writer.indent, 0) + this.#step, () => {
      for (const [i, [key, value]] of this.#entries(dict).entries()) {
        if (i > 0) writer.indicator(',', { blank: false });
        if (writer.full) writer.newLine();
        if (this.#isSimple(key)) {
          this.#node(key, { flow: true, key: true });
          writer.indicator(':', { blank: false });
        } else {
          writer.indicator('?');
          this.#node(key, { flow: true });
          if (writer.full) writer.newLine();
          writer.indicator(':');
        }
        this.#node(value, { flow: true });
      }
    });
    writer.indicator('}', { blank: false });
  }

  #blockList(items: readonly Value[], mapped: boolean): void {
    const writer = this.#writer;
    // The value of a key begins a line of its own, where a dash needs no indentation.
    this.#within(this.#deeper(mapped && !writer.indention), () => {
      for (const item of items) {
        writer.newLine();
        writer.indicator('-', { indention: true });
        this.#node(item, { flow: false });
      }
    });
  }

  #blockMap(dict: Dict): void {
    const writer = this.#writer;
    this.#within(this.#deeper(false), () => {
      for (const [key, value] of this.#entries(dict)) {
        writer.newLine();
        if (this.#isSimple(key)) {
          this.#node(key, { flow: false, key: true });
          writer.indicator(':', { blank: false });
        } else {
          writer.indicator('?', { indention: true });
          this.#node(key, { flow: false, mapped: true });
          writer.newLine();
          writer.indicator(':', { indention: true });
        }
        this.#node(value, { flow: false, mapped: true });
      }
    });
  }

  #deeper(indentless: boolean): number {
    const { indent } = this.#writer;
    return indent < 0 ? 0 : indentless ? indent : indent + this.#step;
  }

  #entries(dict: Dict): [Value, Value][] {
    const entries = [...dict];
    if (!this.#options.sortKeys || dict instanceof OrderedDict) return entries;
    try {
      return entries.sort(([a], [b]) => compare(a, b));
    } catch (error) {
      if (error instanceof PythonError) return [...dict];
      throw error;
    }
  }

  /** Fits on one line before a colon. */
  #isSimple(key: Value): boolean {
    if (key instanceof Tuple) return key.items.length === 0;
    if (key instanceof Bytes) return false;
    const text = typeof key === 'string' ? key : plainText(key);
    return lengthOf(text) <= 128 && !analyze(text, this.#unicode).multiline;
  }
}

function plainText(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return '.nan';
    if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
    const text = reprFloat(value);
    return text.includes('.') ? text : text.replace('e', '.0e');
  }
  // Functions and the like: what Salt writes of all that YAML has no word for.
  return typeof value === 'bigint' ? String(value) : 'NULL';
}

/** Names for the lists and mappings that stand more than once, in the order of their second standing. */
function anchorsOf(value: Value): ReadonlyMap<Value, string> {
  const seen = new Set<Value>();
  const names = new Map<Value, string>();
  const visit = (one: Value): void => {
    const shared = Array.isArray(one) || one instanceof Dict || (one instanceof Tuple && one.items.length > 0);
    if (!shared) return;
    if (seen.has(one)) {
      if (!names.has(one)) names.set(one, `id${String(names.size + 1).padStart(3, '0')}`);
      return;
    }
    seen.add(one);
    if (one instanceof Dict) {
      for (const [key, item] of one) {
        visit(key);
        visit(item);
      }
    } else for (const item of one instanceof Tuple ? one.items : one) visit(item);
  };
  visit(value);
  return names;
}
