/**
 * Python's regular expressions, never JavaScript's: over RE2 in linear time; what RE2 cannot say (look-around, back references, atomic
 * groups) runs in a matcher of our own with a budget of steps, over the same tree.
 */
import { RE2JS } from 're2js';
import { BrineError } from '../errors.ts';
import { lengthOf, offsetOf } from '../python/code-points.ts';
import { runProgram } from './match-program.ts';
import { type Flags, parseRegex } from './parse.ts';
import { compileProgram, type Program } from './program.ts';
import { writeRe2 } from './re2.ts';
import { shown } from './reader.ts';
import { expandTemplate, parseTemplate } from './template.ts';
import { widthOf } from './tree.ts';

export interface PythonRegex {
  readonly pattern: string;
  readonly groups: number;
  /** Group numbers by name. */
  readonly names: ReadonlyMap<string, number>;
  /** No text makes it slow. */
  readonly linear: boolean;
  /** `re.match`: anchored at the start only. */
  match(text: string): Match | null;
  search(text: string): Match | null;
  fullmatch(text: string): Match | null;
  /** `re.finditer`: one after another, without overlap. */
  matches(text: string): Match[];
  /** `re.sub`: `\1`, `\g<1>` and `\g<name>` in the replacement are groups. `count` 0: all. Throws `regex.template`. */
  replace(text: string, replacement: string, count?: number): string;
}

export interface Match {
  /** Offsets in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Group 0 first; null for one that took no part. */
  readonly groups: readonly (string | null)[];
  /** Where each group lies, in UTF-16 units. */
  readonly spans: readonly (readonly [from: number, to: number] | null)[];
}

export interface RegexOptions {
  readonly ignoreCase?: boolean;
  readonly multiline?: boolean;
  readonly dotAll?: boolean;
  readonly verbose?: boolean;
  readonly ascii?: boolean;
}

/** Throws `regex.syntax`, `regex.unsupported`; what it gives throws `regex.steps`. */
export function compileRegex(pattern: string, options: RegexOptions = {}): PythonRegex {
  const flags: Flags = {
    i: options.ignoreCase ?? false,
    m: options.multiline ?? false,
    s: options.dotAll ?? false,
    x: options.verbose ?? false,
    a: options.ascii ?? false,
  };
  const engine = new Engine(pattern, flags);
  const { parsed } = engine;
  return {
    pattern,
    groups: parsed.groups,
    names: parsed.names,
    linear: engine.linear,
    match: (text) => engine.find(text, { anchored: true }),
    search: (text) => engine.find(text, {}),
    fullmatch: (text) => engine.find(text, { anchored: true, whole: true }),
    matches: (text) => engine.all(text),
    replace(text, replacement, count = 0) {
      const template = parseTemplate(replacement, { groups: parsed.groups, names: parsed.names });
      let [out, at] = ['', 0];
      for (const found of engine.all(text, count)) {
        out += text.slice(at, found.start) + expandTemplate(template, found.groups);
        at = found.end;
      }
      return out + text.slice(at);
    },
  };
}

interface FindOptions {
  readonly from?: number;
  readonly anchored?: boolean;
  readonly whole?: boolean;
  readonly advance?: boolean;
}

class Engine {
  readonly parsed: ReturnType<typeof parseRegex>;
  readonly linear: boolean;
  readonly #re2: { search: RE2JS; lastLineEnd: boolean; boundary: boolean } | null;
  readonly #text: string | null;
  readonly #nullable: boolean;
  #anchored: RE2JS | undefined;
  #whole: RE2JS | undefined;
  #program: Program | undefined;

  constructor(pattern: string, flags: Flags) {
    this.parsed = parseRegex(pattern, flags);
    const written = writeRe2(this.parsed.tree);
    this.#text = written?.text ?? null;
    this.#nullable = widthOf(this.parsed.tree).min === 0;
    this.#re2 = written && { ...written, search: compileRe2(written.text, pattern) };
    if (!this.#re2) this.#program = compileProgram(this.parsed);
    this.linear = this.#program?.linear ?? true;
  }

  find(text: string, options: FindOptions): Match | null {
    const re2 = this.#re2;
    const fits =
      re2 !== null &&
      !options.advance &&
      !(re2.lastLineEnd && text.endsWith('\n')) &&
      !(re2.boundary && (text === '' || /[^\x00-\x7f]/.test(text)));
    return fits ? this.#findRe2(text, options) : this.#findProgram(text, options);
  }

  /** `count` 0: all. */
  all(text: string, count = 0): Match[] {
    const found: Match[] = [];
    let [from, advance] = [0, false];
    while (count === 0 || found.length < count) {
      const match = this.find(text, { from, advance });
      if (!match) break;
      found.push(match);
      from = match.end;
      // The empty text may match right behind a match, but not twice at one place.
      advance = this.#nullable && match.start === match.end;
    }
    return found;
  }

  #findRe2(text: string, { from = 0, anchored, whole }: FindOptions): Match | null {
    const matcher = this.#compiled(anchored, whole).matcher(text);
    if (!matcher.find(from)) return null;
    const spans = Array.from({ length: this.parsed.groups + 1 }, (_, i) => {
      const start = matcher.start(i);
      return start < 0 ? null : ([start, matcher.end(i)] as const);
    });
    return matchOf(text, spans);
  }

  #compiled(anchored = false, whole = false): RE2JS {
    if (whole) this.#whole ??= compileRe2(`\\A(?:${this.#text})\\z`, this.#text as string);
    else if (anchored) this.#anchored ??= compileRe2(`\\A(?:${this.#text})`, this.#text as string);
    return (whole ? this.#whole : anchored ? this.#anchored : this.#re2?.search) as RE2JS;
  }

  #findProgram(text: string, { from = 0, anchored = false, whole = false, advance = false }: FindOptions): Match | null {
    this.#program ??= compileProgram(this.parsed);
    const codes = Array.from(text, (char) => char.codePointAt(0) as number);
    const start = lengthOf(text.slice(0, from));
    const slots = runProgram(this.#program, codes, { from: start, anchored, whole, advance });
    if (!slots) return null;
    const spans = Array.from({ length: this.parsed.groups + 1 }, (_, i) => {
      const [a, b] = [slots[2 * i] as number, slots[2 * i + 1] as number];
      return a < 0 || b < 0 ? null : ([offsetOf(text, a), offsetOf(text, b)] as const);
    });
    return matchOf(text, spans);
  }
}

function matchOf(text: string, spans: readonly (readonly [number, number] | null)[]): Match {
  const [start, end] = spans[0] as readonly [number, number];
  return { start, end, spans, groups: spans.map((span) => (span ? text.slice(...span) : null)) };
}

function compileRe2(text: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (cause) {
    throw new BrineError(
      { code: 'regex.unsupported', text: `${shown(pattern)} cannot be run: ${(cause as Error).message}` },
      { cause },
    );
  }
}
