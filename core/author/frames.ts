/** What a template's names stand for while its outline is drawn: one frame inside the other, and the names that Salt's templates begin with. */
import type { Expr, Stmt, Target } from '../sls/jinja/ast.ts';
import { parseYaml } from '../yaml/parse.ts';
import { type Abstract, type Hole, known, parts } from './abstract.ts';

export interface MacroText {
  readonly parameters: readonly { readonly name: string; readonly value: Expr | null }[];
  readonly body: readonly Stmt[];
  readonly frame: Frame;
}

export interface Frame {
  readonly file: string;
  readonly names: Map<string, Abstract>;
  readonly macros: Map<string, MacroText>;
  readonly modules: Map<string, Frame>;
  readonly up: Frame | null;
}

/** Name → does a host write it? */
export const CONTEXT: Readonly<Record<string, boolean>> = {
  data: true,
  tag: true,
  grains: true,
  salt: false,
  pillar: true,
  opts: false,
  proxy: false,
  renderers: false,
  saltenv: false,
  sls: false,
  slspath: false,
  slsdotpath: false,
  slscolonpath: false,
  sls_path: false,
  tplpath: false,
  tplfile: false,
  tpldir: false,
  tpldot: false,
  range: false,
  dict: false,
  odict: false,
  namespace: false,
  raise: false,
  joiner: false,
  cycler: false,
  ifelse: false,
  lipsum: false,
  loop: false,
  caller: false,
  self: false,
  varargs: false,
  kwargs: false,
  show_full_context: false,
};
export const CONTEXT_NAMES: readonly string[] = Object.keys(CONTEXT);

export function readData(text: string, format: 'yaml' | 'json' | 'text', frame: Frame): Abstract {
  if (format === 'text') return known(text);
  try {
    return known(parseYaml(text));
  } catch {
    return parts([unknownHole('data', frame)]);
  }
}

export function frameOf(file: string): Frame {
  return { file, names: new Map(), macros: new Map(), modules: new Map(), up: null };
}

export function inside(up: Frame): Frame {
  return { ...frameOf(up.file), up };
}

export function find<T>(frame: Frame, read: (frame: Frame) => T | undefined): T | undefined {
  for (let one: Frame | null = frame; one; one = one.up) {
    const found = read(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function unknownHole(shown: string, frame: Frame): Hole {
  const where = { file: frame.file, line: 1, col: 1 };
  return { where, shown, ofHost: false, quoted: false, serialized: false, harmless: false };
}

/** The part of a loop's item that a name stands for. */
export function named(value: Abstract, target: Target): Abstract {
  if (value.kind !== 'parts' || target.k !== 'name') return value;
  return parts(value.parts.map((part) => (typeof part === 'string' ? part : { ...part, shown: target.name })));
}
