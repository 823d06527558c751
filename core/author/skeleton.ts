/** A template's functions with their lines, read without rendering it: what `brine reactor check` looks at before any event has come. */
import type { Expr, Stmt } from '../sls/jinja/ast.ts';
import { parseTemplate } from '../sls/jinja/parser.ts';

/** `{{ … }}` of a template. */
export interface Printed {
  readonly line: number;
  readonly col: number;
  /** Something of the event, its tag or grains takes part in it. */
  readonly ofHost: boolean;
  /** It went through `quote`. */
  readonly quoted: boolean;
  /** Through a filter that YAML reads back as one value. */
  readonly serialized: boolean;
}

export interface Line {
  readonly number: number;
  readonly text: string;
  /** In the order in which they stand in it. */
  readonly prints: readonly Printed[];
}

export interface FunctionBlock {
  readonly id: string;
  readonly idLine: number;
  /** `local`, `runner` … */
  readonly kind: string;
  readonly fun: string;
  readonly line: number;
  readonly col: number;
  /** The lines below it that belong to it. */
  readonly body: readonly Line[];
}

export interface Skeleton {
  readonly functions: readonly FunctionBlock[];
  readonly statements: readonly Stmt[];
}

/** Throws the template's own located error where it is no Jinja. */
export function readSkeleton(source: string, file: string): Skeleton {
  const statements = parseTemplate(source, file);
  const prints: Printed[] = [];
  walk(statements, (node) => {
    if (node.k !== 'print') return;
    const { expr, line, col } = node as Extract<Stmt, { k: 'print' }>;
    prints.push({
      line,
      col,
      ofHost: namesIn(expr).some((name) => HOST.has(name)),
      quoted: has(expr, ['quote']),
      serialized: has(expr, SERIALIZERS),
    });
  });
  return { functions: functionsOf(linesOf(source, prints)), statements };
}

const HOST = new Set(['data', 'tag', 'grains', 'salt']);
const SERIALIZERS = ['yaml', 'json', 'tojson', 'yaml_dquote', 'yaml_squote', 'yaml_encode'];

interface AnyNode {
  readonly k: string;
}

/** Every statement and expression, from the outside in. */
export function walk(node: unknown, visit: (node: AnyNode) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit);
  else if (typeof node === 'object' && node !== null) {
    if ('k' in node && typeof node.k === 'string') visit(node as AnyNode);
    for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit);
  }
}

export function namesIn(expr: Expr): readonly string[] {
  const names: string[] = [];
  walk(expr, (node) => {
    if (node.k === 'name' && 'name' in node) names.push(String(node.name));
  });
  return names;
}

function has(expr: Expr, filters: readonly string[]): boolean {
  let found = false;
  walk(expr, (node) => {
    if (node.k === 'filter' && 'name' in node && filters.includes(String(node.name))) found = true;
  });
  return found;
}

/** Lines without their comments and tags; `{{ … }}` stays, with what is known of it. */
function linesOf(source: string, prints: readonly Printed[]): Line[] {
  const bare = source.replace(/\{#[\s\S]*?#\}|\{%[\s\S]*?%\}/g, (found) => found.replace(/[^\n]/g, ' '));
  return bare.split('\n').map((text, i) => ({ number: i + 1, text, prints: prints.filter((print) => print.line === i + 1) }));
}

const ID = /^(?:(["'])(.+)\1|([^\s#"'{-][^:]*|\{\{.*?\}\}[^:]*))\s*:(?:\s+(\S.*))?$/;
const FUNCTION = /^(\s+)(local|cmd|runner|wheel|caller)\.([\w.]+)\s*:/;

function functionsOf(lines: readonly Line[]): FunctionBlock[] {
  const found: (Omit<FunctionBlock, 'body'> & { body: Line[] })[] = [];
  let id = { name: '', line: 0 };
  for (const line of lines) {
    const text = line.text.replace(/\s+$/, '');
    const top = ID.exec(text);
    if (top) {
      id = { name: top[2] ?? top[3] ?? '', line: line.number };
      const short = /^(local|cmd|runner|wheel|caller)\.([\w.]+)$/.exec(top[4] ?? '');
      if (short)
        found.push({
          id: id.name,
          idLine: id.line,
          kind: short[1] as string,
          fun: short[2] as string,
          line: line.number,
          col: text.indexOf(short[0]) + 1,
          body: [],
        });
      continue;
    }
    const fun = FUNCTION.exec(text);
    if (fun)
      found.push({
        id: id.name,
        idLine: id.line,
        kind: fun[2] as string,
        fun: fun[3] as string,
        line: line.number,
        col: (fun[1] as string).length + 1,
        body: [],
      });
    else if (text.trim() !== '') found.at(-1)?.body.push(line);
  }
  return found;
}
