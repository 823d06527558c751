/** The tree of a template. Every node knows its line and column. */
import type { Value } from '../../value.ts';

export interface At {
  readonly line: number;
  readonly col: number;
}

export type Expr = At &
  (
    | { readonly k: 'const'; readonly value: Value }
    | { readonly k: 'name'; readonly name: string }
    | { readonly k: 'list' | 'tuple'; readonly items: readonly Expr[] }
    | { readonly k: 'dict'; readonly pairs: readonly (readonly [Expr, Expr])[] }
    | { readonly k: 'attr'; readonly of: Expr; readonly name: string }
    | { readonly k: 'item'; readonly of: Expr; readonly key: Expr }
    | { readonly k: 'slice'; readonly from: Expr | null; readonly to: Expr | null; readonly step: Expr | null }
    | { readonly k: 'call'; readonly of: Expr; readonly args: Args }
    | { readonly k: 'filter'; readonly of: Expr | null; readonly name: string; readonly args: Args }
    | { readonly k: 'test'; readonly of: Expr; readonly name: string; readonly args: Args; readonly negated: boolean }
    | { readonly k: 'unary'; readonly op: '-' | '+' | 'not'; readonly of: Expr }
    | { readonly k: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
    | { readonly k: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
    | { readonly k: 'compare'; readonly first: Expr; readonly rest: readonly { readonly op: string; readonly right: Expr }[] }
    | { readonly k: 'concat'; readonly items: readonly Expr[] }
    | { readonly k: 'if'; readonly test: Expr; readonly then: Expr; readonly else: Expr | null }
  );

export interface Args {
  readonly positional: readonly Expr[];
  readonly named: readonly { readonly name: string; readonly value: Expr }[];
  readonly star: Expr | null;
  readonly starstar: Expr | null;
}

export interface Parameter {
  readonly name: string;
  readonly value: Expr | null;
}

export type Target =
  | { readonly k: 'name'; readonly name: string }
  | { readonly k: 'attr'; readonly of: string; readonly name: string }
  | { readonly k: 'tuple'; readonly items: readonly Target[] };

export interface Macro extends At {
  readonly k: 'macro';
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Stmt[];
}

export type Stmt = At &
  (
    | { readonly k: 'data'; readonly text: string }
    | { readonly k: 'print'; readonly expr: Expr }
    | {
        readonly k: 'if';
        readonly branches: readonly { readonly test: Expr; readonly body: readonly Stmt[] }[];
        readonly else: readonly Stmt[];
      }
    | {
        readonly k: 'for';
        readonly target: Target;
        readonly iter: Expr;
        readonly test: Expr | null;
        readonly recursive: boolean;
        readonly body: readonly Stmt[];
        readonly else: readonly Stmt[];
      }
    | { readonly k: 'set'; readonly target: Target; readonly value: Expr }
    | { readonly k: 'setblock'; readonly target: Target; readonly filter: Expr | null; readonly body: readonly Stmt[] }
    | {
        readonly k: 'with';
        readonly pairs: readonly { readonly target: Target; readonly value: Expr }[];
        readonly body: readonly Stmt[];
      }
    | { readonly k: 'macro'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: readonly Stmt[] }
    | { readonly k: 'call'; readonly call: Expr; readonly parameters: readonly Parameter[]; readonly body: readonly Stmt[] }
    | { readonly k: 'filter'; readonly filter: Expr; readonly body: readonly Stmt[] }
    | { readonly k: 'do'; readonly expr: Expr }
    | { readonly k: 'break' | 'continue' }
    | { readonly k: 'include'; readonly template: Expr; readonly ignoreMissing: boolean; readonly withContext: boolean }
    | { readonly k: 'import'; readonly template: Expr; readonly as: string; readonly withContext: boolean }
    | {
        readonly k: 'from';
        readonly template: Expr;
        readonly names: readonly { readonly name: string; readonly as: string }[];
        readonly withContext: boolean;
      }
    | { readonly k: 'load'; readonly format: 'yaml' | 'json' | 'text'; readonly target: Target; readonly body: readonly Stmt[] }
    | {
        readonly k: 'importData';
        readonly format: 'yaml' | 'json' | 'text';
        readonly template: Expr;
        readonly target: Target;
        readonly withContext: boolean;
      }
    | {
        readonly k: 'block';
        readonly name: string;
        readonly body: readonly Stmt[];
        readonly scoped: boolean;
        readonly required: boolean;
      }
    | { readonly k: 'extends'; readonly template: Expr }
    | { readonly k: 'autoescape'; readonly on: Expr; readonly body: readonly Stmt[] }
  );
