/**
 * A template without an event: the texts that it can give, with holes where only an event knows. Each `if` is taken every way in one text at least, a loop
 * goes round once; the same condition comes out the same throughout a text. Nothing is evaluated that could take time.
 */
import type { Where } from '../errors.ts';
import { SALT_ROOT } from '../reactor/files.ts';
import type { Expr, Stmt, Target } from '../sls/jinja/ast.ts';
import { DEFAULTS, type LexOptions } from '../sls/jinja/lexer.ts';
import { parseTemplate } from '../sls/jinja/parser.ts';
import { templatePath } from '../sls/template.ts';
import {
  type Abstract,
  abstractOf,
  type Hole,
  holesOf,
  itemsOf,
  known,
  mixed,
  type Part,
  parts,
  partsOf,
  shownAs,
} from './abstract.ts';
import { assume, decide, type Facts, NO_FACTS } from './conditions.ts';
import { CONTEXT, type Frame, find, frameOf, inside, type MacroText, named, readData, unknownHole } from './frames.ts';

/** A piece of a text and where it stands in its file; a hole stands for its whole place. */
export interface Segment {
  readonly part: Part;
  readonly where: Required<Pick<Where, 'file' | 'line' | 'col'>>;
  /** Conditions that it stands under. */
  readonly guards: readonly string[];
}

export interface Variant {
  readonly segments: readonly Segment[];
}

export interface Outline {
  readonly variants: readonly Variant[];
  /** Names that are nowhere set, each with its place. */
  readonly unknown: readonly { readonly name: string; readonly where: Where }[];
}

export interface OutlineSource {
  readonly statements: readonly Stmt[];
  readonly file: string;
  readonly options: Partial<LexOptions>;
  readonly load: (path: string) => string | undefined;
}

const VARIANTS = 200;
const SEGMENTS = 20_000;
const DEPTH = 12;
const ROUNDS = 3;

export function outlineOf(source: OutlineSource): Outline {
  const unknown = new Map<string, { name: string; where: Where }>();
  const seen = new Set<string>();
  const waiting: Map<Stmt, number>[] = [new Map()];
  const variants: Variant[] = [];
  for (let plan = waiting.shift(); plan && variants.length < VARIANTS; plan = waiting.shift()) {
    const walk = new Walk(source, plan, (statement, way, key, more) => {
      if (seen.has(key)) return;
      seen.add(key);
      waiting.push(new Map([...more, [statement, way]]));
    });
    variants.push({ segments: walk.run() });
    for (const one of walk.unknown) unknown.set(`${one.name} ${one.where.line}`, one);
  }
  return { variants, unknown: [...unknown.values()] };
}

type Discover = (statement: Stmt, way: number, key: string, plan: ReadonlyMap<Stmt, number>) => void;

class Walk {
  readonly #source: OutlineSource;
  readonly #plan: ReadonlyMap<Stmt, number>;
  readonly #discover: Discover;
  readonly unknown: { name: string; where: Where }[] = [];
  #facts: Facts = NO_FACTS;
  /** Branches of the plan that enclose what is walked now. */
  #path: ReadonlyMap<Stmt, number> = new Map();
  #guards: readonly string[] = [];
  #out: Segment[] = [];
  #depth = 0;

  constructor(source: OutlineSource, plan: ReadonlyMap<Stmt, number>, discover: Discover) {
    this.#source = source;
    this.#plan = plan;
    this.#discover = discover;
    // What is taken by plan holds for the conditions before it too.
    for (const [statement, way] of plan)
      if (statement.k === 'if')
        statement.branches.forEach(({ test }, i) => {
          if (way < 0 || i <= way) this.#facts = assume(this.#facts, test, i === way);
        });
  }

  run(): readonly Segment[] {
    this.#body(this.#source.statements, frameOf(this.#source.file));
    return this.#out;
  }

  #body(statements: readonly Stmt[], frame: Frame): void {
    for (const statement of statements) this.#statement(statement, frame);
  }

  #at(at: { line: number; col: number }, frame: Frame): Segment['where'] {
    return { file: frame.file, line: at.line, col: at.col };
  }

  #emit(part: Part, where: Segment['where']): void {
    if (part !== '' && this.#out.length < SEGMENTS) this.#out.push({ part, where, guards: this.#guards });
  }

  /** What the statements write, apart. */
  #captured(statements: readonly Stmt[], frame: Frame): readonly Part[] {
    const before = this.#out;
    this.#out = [];
    this.#body(statements, frame);
    const written = this.#out.map(({ part }) => part);
    this.#out = before;
    return written;
  }

  #statement(statement: Stmt, frame: Frame): void {
    switch (statement.k) {
      case 'data':
        return this.#emit(statement.text, this.#at(statement, frame));
      case 'print':
        return this.#print(statement, frame);
      case 'if':
        return this.#if(statement, frame);
      case 'for':
        return this.#for(statement, frame);
      case 'set': {
        const value = this.#value(statement.value, frame);
        return this.#assign(statement.target, value, frame);
      }
      case 'setblock':
        return this.#assign(statement.target, parts(this.#captured(statement.body, frame)), frame);
      case 'load': {
        const written = this.#captured(statement.body, frame);
        return this.#assign(statement.target, this.#loaded(written, statement, frame), frame);
      }
      case 'with': {
        const inner = inside(frame);
        for (const { target, value } of statement.pairs) this.#assign(target, this.#value(value, frame), inner);
        return this.#body(statement.body, inner);
      }
      case 'macro': {
        const { parameters, body } = statement;
        frame.macros.set(statement.name, { parameters, body, frame });
        return;
      }
      case 'call': {
        const inner = inside(frame);
        inner.macros.set('caller', { parameters: statement.parameters, body: statement.body, frame });
        for (const part of partsOf(this.#value(statement.call, inner), statement.call, this.#around(inner)))
          this.#emit(part, this.#at(statement, frame));
        return;
      }
      case 'do':
        this.#value(statement.expr, frame);
        return;
      case 'filter':
      case 'block':
      case 'autoescape':
        return this.#body(statement.body, statement.k === 'filter' ? inside(frame) : frame);
      case 'include':
        return this.#include(statement.template, frame);
      case 'import':
      case 'from':
        return this.#import(statement, frame);
      case 'importData':
        return this.#assign(statement.target, this.#importData(statement, frame), frame);
      case 'break':
      case 'continue':
      case 'extends':
        return;
    }
  }

  #print({ expr, line, col }: Extract<Stmt, { k: 'print' }>, frame: Frame): void {
    // The lexer's place is behind the braces.
    const where = this.#at({ line, col: Math.max(1, col - 2) }, frame);
    const written = partsOf(this.#value(expr, frame), expr, this.#around(frame));
    // A macro's own places are better than its caller's.
    const own = expr.k === 'call' && this.#macroOf(expr.of, frame) !== null;
    for (const part of written) this.#emit(typeof part === 'string' || own ? part : { ...part, where }, where);
  }

  #if(statement: Extract<Stmt, { k: 'if' }>, frame: Frame): void {
    const { branches } = statement;
    const key = `${frame.file}:${statement.line}:${statement.col}`;
    const forced = this.#plan.get(statement);
    branches.forEach((branch, way) => {
      this.#value(branch.test, frame);
      this.#discover(statement, way, `${key}:${way}`, this.#path);
    });
    if (statement.else.length > 0) this.#discover(statement, -1, `${key}:else`, this.#path);
    const way = forced ?? this.#choose(statement, frame);
    const [before, guards] = [this.#path, this.#guards];
    branches.forEach(({ test }, i) => {
      if (way < 0 || i <= way) this.#facts = assume(this.#facts, test, i === way);
    });
    this.#path = new Map([...this.#path, [statement, way]]);
    this.#guards = [...guards, ...branches.slice(0, way < 0 ? branches.length : way + 1).map(({ test }) => shownAs(test))];
    this.#body(branches[way]?.body ?? statement.else, frame);
    [this.#path, this.#guards] = [before, guards];
  }

  /** As the facts have it; where they leave it open, the condition does not hold. */
  #choose({ branches }: Extract<Stmt, { k: 'if' }>, frame: Frame): number {
    return branches.findIndex(({ test }) => {
      const value = this.#value(test, frame);
      if (value.kind === 'known') return Boolean(value.value);
      return decide(test, this.#facts) === true;
    });
  }

  #for(statement: Extract<Stmt, { k: 'for' }>, frame: Frame): void {
    const iterated = this.#value(statement.iter, frame);
    const key = `${frame.file}:${statement.line}:${statement.col}:else`;
    if (statement.else.length > 0) this.#discover(statement, -1, key, this.#path);
    if (this.#plan.get(statement) === -1) return this.#body(statement.else, frame);
    for (const item of this.#rounds(iterated, statement)) {
      const inner = inside(frame);
      this.#assign(statement.target, item, inner);
      const guards = this.#guards;
      if (statement.test) {
        this.#value(statement.test, inner);
        this.#guards = [...guards, shownAs(statement.test)];
      }
      this.#body(statement.body, inner);
      this.#guards = guards;
    }
  }

  #rounds(iterated: Abstract, { iter, line, col }: Extract<Stmt, { k: 'for' }>): readonly Abstract[] {
    if (iterated.kind === 'list' && iterated.items.length > 0) return iterated.items.slice(0, ROUNDS);
    const items = iterated.kind === 'known' ? itemsOf(iterated.value) : null;
    if (items && items.length > 0) return items.slice(0, ROUNDS).map(known);
    const where = { file: this.#source.file, line, col };
    return [parts([{ ...mixed([iterated]), where, shown: `${shownAs(iter)}[…]` }])];
  }

  #assign(target: Target, value: Abstract, frame: Frame): void {
    if (target.k === 'name') frame.names.set(target.name, value);
    else if (target.k === 'attr') {
      const space = find(frame, ({ names }) => names.get(target.of));
      if (space?.kind === 'map') space.items.set(target.name, value);
    } else
      target.items.forEach((one, i) => {
        const items = value.kind === 'list' ? value.items[i] : undefined;
        const item = value.kind === 'known' ? itemsOf(value.value)?.[i] : undefined;
        const rest = parts(holesOf(value).slice(0, 1));
        this.#assign(one, items ?? (item === undefined ? named(rest, one) : known(item)), frame);
      });
  }

  #value(expr: Expr, frame: Frame): Abstract {
    return abstractOf(expr, this.#around(frame));
  }

  #around(frame: Frame) {
    return {
      where: (at: { line: number; col: number }) => this.#at(at, frame),
      lookup: (name: string, where: Where): Abstract | null => {
        const found = find(frame, ({ names }) => names.get(name));
        if (found) return found;
        if (!Object.hasOwn(CONTEXT, name)) {
          if (!find(frame, ({ macros, modules }) => macros.get(name) ?? modules.get(name))) this.unknown.push({ name, where });
          return null;
        }
        const ofHost = CONTEXT[name] === true;
        return parts([{ where, shown: name, ofHost, quoted: false, serialized: false, harmless: false }]);
      },
      macro: (of: Expr, args: readonly Abstract[], called: ReadonlyMap<string, Abstract>) => {
        const macro = this.#macroOf(of, frame);
        return macro && this.#depth < DEPTH ? this.#expand(macro, args, called) : null;
      },
    };
  }

  #macroOf(of: Expr, frame: Frame): MacroText | null {
    if (of.k === 'name') return find(frame, ({ macros }) => macros.get(of.name)) ?? null;
    if (of.k !== 'attr' || of.of.k !== 'name') return null;
    const space = of.of.name;
    return find(frame, ({ modules }) => modules.get(space))?.macros.get(of.name) ?? null;
  }

  #expand(macro: MacroText, args: readonly Abstract[], called: ReadonlyMap<string, Abstract>): readonly Part[] {
    const inner = inside(macro.frame);
    macro.parameters.forEach(({ name, value }, i) => {
      inner.names.set(name, args[i] ?? called.get(name) ?? (value ? this.#value(value, macro.frame) : known('')));
    });
    this.#depth += 1;
    const written = this.#captured(macro.body, inner);
    this.#depth -= 1;
    return written;
  }

  #textOf(template: Expr, frame: Frame): { path: string; text: string } | null {
    if (template.k !== 'const' || typeof template.value !== 'string') return null;
    const path = templatePath(template.value, frame.file);
    const text = this.#source.load(path) ?? this.#source.load(SALT_ROOT + path);
    return text === undefined ? null : { path, text };
  }

  /** The statements of another file; none where it is not there or no template, which is said elsewhere. */
  #read(template: Expr, frame: Frame): { path: string; statements: readonly Stmt[] } | null {
    const found = this.#textOf(template, frame);
    if (!found || this.#depth >= DEPTH) return null;
    try {
      return { path: found.path, statements: parseTemplate(found.text, found.path, { ...DEFAULTS, ...this.#source.options }) };
    } catch {
      return null;
    }
  }

  #include(template: Expr, frame: Frame): void {
    const read = this.#read(template, frame);
    if (!read) return;
    this.#depth += 1;
    this.#body(read.statements, { ...inside(frame), file: read.path });
    this.#depth -= 1;
  }

  #import(statement: Extract<Stmt, { k: 'import' | 'from' }>, frame: Frame): void {
    const read = this.#read(statement.template, frame);
    const module = frameOf(read?.path ?? '');
    if (read) {
      this.#depth += 1;
      this.#captured(read.statements, module);
      this.#depth -= 1;
    }
    if (statement.k === 'import') {
      frame.modules.set(statement.as, module);
      frame.names.set(statement.as, read ? { kind: 'map', items: module.names } : parts([unknownHole(statement.as, frame)]));
      return;
    }
    for (const { name, as } of statement.names) {
      const macro = module.macros.get(name);
      if (macro) frame.macros.set(as, macro);
      else frame.names.set(as, module.names.get(name) ?? parts([unknownHole(as, frame)]));
    }
  }

  #importData({ template, format }: Extract<Stmt, { k: 'importData' }>, frame: Frame): Abstract {
    const text = this.#textOf(template, frame)?.text;
    return text === undefined || /\{[{%]/.test(text) ? parts([unknownHole('data', frame)]) : readData(text, format, frame);
  }

  #loaded(written: readonly Part[], { format }: { format: 'yaml' | 'json' | 'text' }, frame: Frame): Abstract {
    if (written.every((part) => typeof part === 'string')) return readData(written.join(''), format, frame);
    const holes = written.filter((part): part is Hole => typeof part !== 'string');
    return parts([{ ...unknownHole('data', frame), ...mixed([parts(holes)]) }]);
  }
}
