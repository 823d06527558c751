/** Python's regular expression syntax → tree. Complaints are Python's, with the position (in characters, from 0). */
import { parseSet } from './parse-set.ts';
import { RegexReader } from './reader.ts';
import { type ParsedRegex, type Tree, widthOf } from './tree.ts';

export interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
  readonly a: boolean;
}

/** Throws `regex.syntax`, and `regex.unsupported` for what would be too large. */
export function parseRegex(pattern: string, flags: Flags): ParsedRegex {
  return new Parser(pattern, flags).whole();
}

const MAX_DEPTH = 100;
const MAX_GROUPS = 200;

class Parser {
  readonly #in: RegexReader;
  readonly #flags: Flags;
  readonly #names = new Map<string, number>();
  readonly #open = new Set<number>();
  #groups = 0;
  #depth = 0;

  constructor(pattern: string, flags: Flags) {
    this.#in = new RegexReader(pattern);
    this.#flags = flags;
  }

  whole(): ParsedRegex {
    const global = this.#globalFlags(this.#flags);
    const tree = this.#alternatives(global);
    if (!this.#in.done) throw this.#in.error('unbalanced parenthesis');
    return { tree, groups: this.#groups, names: this.#names };
  }

  /** `(?i)` and its like at the very start hold for the whole pattern. */
  #globalFlags(flags: Flags): Flags {
    for (;;) {
      const found = this.#in.take(/\(\?([aiLmsux]+)\)/y);
      if (!found) return flags;
      const letters = found[1] as string;
      if (letters.includes('L')) {
        throw this.#in.error("bad inline flags: cannot use 'L' flag with a str pattern", this.#in.offset - 1);
      }
      flags = withFlags(flags, letters, '');
    }
  }

  #alternatives(flags: Flags): Tree {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#in.error(`nested deeper than ${MAX_DEPTH} groups`, undefined, 'regex.unsupported');
    const items = [this.#sequence(flags)];
    while (this.#in.take(/\|/y)) items.push(this.#sequence(flags));
    this.#depth -= 1;
    return items.length === 1 ? (items[0] as Tree) : { kind: 'alternatives', items };
  }

  #sequence(flags: Flags): Tree {
    const items: Tree[] = [];
    for (;;) {
      if (flags.x) this.#in.take(/(?:[ \t\n\r\f\v]|#[^\n]*)+/y);
      if (this.#in.done || this.#in.at('|') || this.#in.at(')')) break;
      const start = this.#in.offset;
      const repeat = this.#quantifier();
      if (repeat) {
        const body = items.pop();
        if (!body || body.kind === 'anchor') throw this.#in.error('nothing to repeat', start);
        if (body.kind === 'repeat' || (body.kind === 'atomic' && body.repeated)) {
          throw this.#in.error('multiple repeat', start);
        }
        items.push(repeat(body));
        continue;
      }
      const atom = this.#atom(flags);
      if (atom) items.push(atom);
    }
    return items.length === 1 ? (items[0] as Tree) : { kind: 'sequence', items };
  }

  /** `*`, `+`, `?`, `{m,n}` with a `?` or `+` behind; a `{` that is none of these is a character. */
  #quantifier(): ((body: Tree) => Tree) | undefined {
    const start = this.#in.offset;
    const found = this.#in.take(/([*+?])|\{(?=[\d,])(\d*)(,?)(\d*)\}/y);
    if (!found) return undefined;
    const [, sign, low = '', comma = '', high = ''] = found;
    let [min, max] = sign === '+' ? [1, Infinity] : sign === '?' ? [0, 1] : [0, Infinity];
    if (sign === undefined) {
      if (low !== '') min = Number(low);
      if (high !== '') max = Number(high);
      else if (comma === '') max = min;
      if (max < min) throw this.#in.error('min repeat greater than max repeat', start);
    }
    const suffix = this.#in.take(/[?+]/y)?.[0];
    return (body) => {
      const inner: Tree = body.kind === 'group' && body.index === null ? body.body : body;
      const repeat: Tree = { kind: 'repeat', min, max, greedy: suffix !== '?', body: inner };
      return suffix === '+' ? { kind: 'atomic', body: repeat, repeated: true } : repeat;
    };
  }

  #atom(flags: Flags): Tree | undefined {
    const char = this.#in.peek();
    switch (char) {
      case '(':
        return this.#group(flags);
      case '[':
        return parseSet(this.#in, flags);
      case '.':
        this.#in.next();
        return { kind: 'any', newline: flags.s };
      case '^':
        this.#in.next();
        return { kind: 'anchor', name: flags.m ? 'line-start' : 'start', ascii: flags.a };
      case '$':
        this.#in.next();
        return { kind: 'anchor', name: flags.m ? 'line-end' : 'last-line-end', ascii: flags.a };
      case '\\':
        return this.#escape(flags);
      default:
        return { kind: 'char', code: this.#in.next(), ignoreCase: flags.i };
    }
  }

  #escape(flags: Flags): Tree {
    const start = this.#in.offset;
    const special = this.#in.take(/\\([AZbBdDsSwW])/y)?.[1];
    if (special !== undefined) return specialEscape(special, flags);
    const back = this.#in.take(/\\(?!0)(?![0-3][0-7][0-7])([1-9][0-9]?)/y);
    if (!back) return { kind: 'char', code: this.#in.escapedCode(false), ignoreCase: flags.i };
    return this.#back(Number(back[1]), start, flags);
  }

  #back(index: number, start: number, flags: Flags): Tree {
    const ahead = this.#in.pattern[start] === '\\' ? 1 : 0;
    if (index > this.#groups) throw this.#in.error(`invalid group reference ${index}`, start + ahead);
    if (this.#open.has(index)) throw this.#in.error('cannot refer to an open group', start);
    return { kind: 'back', index, ignoreCase: flags.i };
  }

  #group(flags: Flags): Tree | undefined {
    const start = this.#in.offset;
    this.#in.next();
    if (!this.#in.take(/\?/y)) return this.#capture(start, flags);
    if (this.#in.take(/#/y)) {
      if (!this.#in.take(/[^)]*\)/y)) throw this.#in.error('missing ), unterminated comment', start);
      return undefined;
    }
    if (this.#in.take(/P</y)) return this.#named(start, flags);
    const behind = this.#in.take(/<([=!])/y);
    if (behind) return this.#look(start, { behind: true, negated: behind[1] === '!' }, flags);
    if (this.#in.take(/P=/y)) {
      const at = this.#in.offset;
      const name = this.#name(')');
      const index = this.#names.get(name);
      if (index === undefined) throw this.#in.error(`unknown group name '${name}'`, at);
      return this.#back(index, at, flags);
    }
    const look = this.#in.take(/[=!]/y);
    if (look) return this.#look(start, { behind: false, negated: look[0] === '!' }, flags);
    if (this.#in.take(/>/y)) return { kind: 'atomic', body: this.#body(start, flags), repeated: false };
    if (this.#in.take(/\(/y)) return this.#conditional(start, flags);
    return { kind: 'group', index: null, body: this.#body(start, this.#localFlags(start, flags)) };
  }

  #localFlags(start: number, flags: Flags): Flags {
    if (this.#in.take(/:/y)) return flags;
    const unknown = this.#in.take(/[P<][\s\S]?|[^aiLmsux-]/y)?.[0] ?? '';
    if (unknown !== '' && unknown.length < 2 && this.#in.done) throw this.#in.error('unexpected end of pattern');
    if (unknown !== '') throw this.#in.error(`unknown extension ?${unknown}`, start + 1);
    const found = this.#in.take(/([aiLmsux]*)(-([imsx]*))?([:)])?/y);
    const [, on = '', minus, off = '', end] = found ?? [];
    if (on.includes('L')) throw this.#in.error("bad inline flags: cannot use 'L' flag with a str pattern", start + 2 + on.length);
    if (minus === '-') throw this.#in.error('missing flag', start + 3 + on.length);
    if (on === '' && off === '') throw this.#in.error('unexpected end of pattern');
    if (end === ')') throw this.#in.error('global flags not at the start of the expression', start);
    if (end === undefined) throw this.#in.error('missing -, : or )', this.#in.offset);
    return withFlags(flags, on, off);
  }

  #capture(start: number, flags: Flags, name?: string): Tree {
    this.#groups += 1;
    const index = this.#groups;
    if (index > MAX_GROUPS) throw this.#in.error(`more than ${MAX_GROUPS} groups`, start, 'regex.unsupported');
    if (name !== undefined) this.#names.set(name, index);
    this.#open.add(index);
    const body = this.#body(start, flags);
    this.#open.delete(index);
    return { kind: 'group', index, body };
  }

  #named(start: number, flags: Flags): Tree {
    const at = this.#in.offset;
    const name = this.#name('>');
    const before = this.#names.get(name);
    if (before !== undefined) {
      throw this.#in.error(`redefinition of group name '${name}' as group ${this.#groups + 1}; was group ${before}`, at);
    }
    return this.#capture(start, flags, name);
  }

  #name(end: string): string {
    const start = this.#in.offset;
    const found = this.#in.take(end === '>' ? /([^>]*)(>)?/y : /([^)]*)(\))?/y);
    const name = found?.[1] ?? '';
    if (name === '') throw this.#in.error('missing group name', start);
    if (found?.[2] === undefined) throw this.#in.error(`missing ${end}, unterminated name`, start);
    if (!/^[\p{XIDS}_][\p{XIDC}]*$/u.test(name)) throw this.#in.error(`bad character in group name '${name}'`, start);
    return name;
  }

  #look(start: number, { behind, negated }: { behind: boolean; negated: boolean }, flags: Flags): Tree {
    const body = this.#body(start, flags);
    const width = widthOf(body);
    if (behind && width.min !== width.max) throw this.#in.error('look-behind requires fixed-width pattern', null);
    return { kind: 'look', behind, negated, body, width: behind ? width.min : 0 };
  }

  #conditional(start: number, flags: Flags): Tree {
    const at = this.#in.offset;
    const name = this.#in.take(/([^)]*)\)/y)?.[1];
    if (name === undefined || name === '') throw this.#in.error('missing group name', at);
    const index = /^\d+$/.test(name) ? Number(name) : this.#names.get(name);
    if (index === undefined) throw this.#in.error(`unknown group name '${name}'`, at);
    if (index === 0) throw this.#in.error('bad group number', at);
    if (index > MAX_GROUPS) throw this.#in.error(`invalid group reference ${index}`, at);
    const yes = this.#sequence(flags);
    const no: Tree = this.#in.take(/\|/y) ? this.#sequence(flags) : { kind: 'sequence', items: [] };
    if (this.#in.at('|')) throw this.#in.error('conditional backref with more than two branches');
    this.#close(start);
    if (index > this.#groups) throw this.#in.error(`invalid group reference ${index}`, at);
    return { kind: 'conditional', index, yes, no };
  }

  #body(start: number, flags: Flags): Tree {
    const body = this.#alternatives(flags);
    this.#close(start);
    return body;
  }

  #close(start: number): void {
    if (!this.#in.take(/\)/y)) throw this.#in.error('missing ), unterminated subpattern', start);
  }
}

function specialEscape(letter: string, flags: Flags): Tree {
  const anchors = { A: 'start', Z: 'end', b: 'boundary', B: 'no-boundary' } as const;
  if (letter in anchors) return { kind: 'anchor', name: anchors[letter as keyof typeof anchors], ascii: flags.a };
  const name = letter.toLowerCase() as 'd' | 's' | 'w';
  return {
    kind: 'set',
    negated: false,
    items: [{ kind: 'class', name, negated: name !== letter, ascii: flags.a }],
    ignoreCase: false,
  };
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const settled = { ...flags };
  for (const letter of on) if (letter in settled) settled[letter as keyof Flags] = true;
  if (on.includes('u')) settled.a = false;
  for (const letter of off) settled[letter as keyof Flags] = false;
  return settled;
}
