/** Trees of templates in one form, whoever read them: nested lists with a word first. Numbers keep their kind, `a.b` and `a['b']` are one. */
import type { Args, Expr, Parameter, Stmt, Target } from '../../core/sls/jinja/ast.ts';

export type Tree = string | readonly Tree[];

/** The tree that nunjucks' parser gives. Throws for what has no cousin in Jinja. */
export function nunjucksTree(node: unknown): Tree {
  return body([node as Nunjucks]);
}

interface Nunjucks {
  readonly typename: string;
  readonly children?: readonly Nunjucks[];
  readonly value?: unknown;
  readonly [field: string]: unknown;
}

const one = (node: unknown): Tree => expression(node as Nunjucks);
const list = (node: unknown): readonly Tree[] => ((node as Nunjucks | null)?.children ?? []).map(expression);

function body(nodes: readonly (Nunjucks | null | undefined)[]): readonly Tree[] {
  return merged(nodes.flatMap((node) => (node ? statements(node) : [])));
}

/** Text that stands side by side is one. */
function merged(trees: readonly Tree[]): readonly Tree[] {
  const out: Tree[] = [];
  for (const tree of trees) {
    const last = out.at(-1);
    if (Array.isArray(tree) && tree[0] === 'data' && Array.isArray(last) && last[0] === 'data')
      out[out.length - 1] = ['data', `${last[1]}${tree[1]}`];
    else if (!(Array.isArray(tree) && tree[0] === 'data' && tree[1] === '')) out.push(tree);
  }
  return out;
}

function statements(node: Nunjucks): readonly Tree[] {
  const inner = () => body([node.body as Nunjucks]);
  switch (node.typename) {
    case 'Root':
    case 'NodeList':
      return (node.children ?? []).flatMap(statements);
    case 'Output':
      return (node.children ?? []).map((child) =>
        child.typename === 'TemplateData' ? ['data', String(child.value)] : ['print', expression(child)],
      );
    case 'Capture':
      return body([node.body as Nunjucks]);
    case 'If':
      return [['if', one(node.cond), inner(), body([node.else_ as Nunjucks])]];
    case 'For':
      return [['for', targetsOf(node.name as Nunjucks), one(node.arr), inner(), body([node.else_ as Nunjucks])]];
    case 'Set':
      return [['set', (node.targets as Nunjucks[]).map(expression), node.value ? one(node.value) : ['capture', inner()]]];
    case 'Macro':
      return [['macro', String((node.name as Nunjucks).value), list(node.args), inner()]];
    case 'Block':
      return [['block', String((node.name as Nunjucks).value), inner()]];
    case 'Include':
      return [['include', one(node.template), String(node.ignoreMissing === true)]];
    case 'Extends':
      return [['extends', one(node.template)]];
    case 'Import':
      return [['import', one(node.template), String((node.target as Nunjucks).value), String(node.withContext === true)]];
    case 'FromImport':
      return [['from', one(node.template), list(node.names), String(node.withContext === true)]];
    default:
      throw new Error(`no statement: ${node.typename}`);
  }
}

function targetsOf(node: Nunjucks): Tree {
  return node.typename === 'Symbol' ? String(node.value) : list(node).map((each) => (each as readonly Tree[])[1] as Tree);
}

/** Names that could be given to nunjucks as globals. */
const PYTHON: Readonly<Record<string, Tree>> = { True: ['boolean', 'true'], False: ['boolean', 'false'], None: ['none'] };

const BINARY: Readonly<Record<string, string>> = { Add: '+', Sub: '-', Mul: '*', Div: '/', FloorDiv: '//', Mod: '%', Pow: '**' };
const COMPARED: Readonly<Record<string, string>> = { '===': '==', '!==': '!=' };

function expression(node: Nunjucks): Tree {
  switch (node.typename) {
    case 'Literal':
      return literal(node.value);
    case 'Symbol':
      return PYTHON[String(node.value)] ?? ['name', String(node.value)];
    case 'Group':
      return node.children?.length === 1 ? expression(node.children[0] as Nunjucks) : ['tuple', ...list(node)];
    case 'Array':
      return ['list', ...list(node)];
    case 'Dict':
      return ['dict', ...list(node)];
    case 'KeywordArgs':
      return ['named', ...(node.children ?? []).map((pair) => [String((pair.key as Nunjucks).value), one(pair.value)])];
    case 'Pair':
      return [one(node.key), one(node.value)];
    case 'LookupVal':
      return ['get', one(node.target), one(node.val)];
    case 'FunCall':
      return ['call', one(node.name), list(node.args)];
    case 'Filter':
      return ['filter', String((node.name as Nunjucks).value), list(node.args)];
    case 'Is': {
      const right = node.right as Nunjucks;
      const call = right.typename === 'FunCall';
      const name = call ? (right.name as Nunjucks).value : right.value;
      return ['is', one(node.left), name === null ? 'none' : String(name), call ? list(right.args) : []];
    }
    case 'Not':
      return ['not', one(node.target)];
    case 'Neg':
      return ['-', one(node.target)];
    case 'Pos':
      return ['+', one(node.target)];
    case 'In':
      return ['compare', one(node.left), ['in', one(node.right)]];
    case 'And':
    case 'Or':
      return [node.typename.toLowerCase(), one(node.left), one(node.right)];
    case 'Concat':
      return ['concat', ...joined(node)];
    case 'Compare':
      return [
        'compare',
        one(node.expr),
        ...(node.ops as Nunjucks[]).map((op) => [COMPARED[String(op.type)] ?? String(op.type), one(op.expr)]),
      ];
    case 'InlineIf':
      return ['ifelse', one(node.cond), one(node.body), node.else_ ? one(node.else_) : 'none'];
    case 'Caller':
      return ['caller', list(node.args), body([node.body as Nunjucks])];
    default:
      if (BINARY[node.typename]) return [BINARY[node.typename] as string, one(node.left), one(node.right)];
      throw new Error(`no expression: ${node.typename}`);
  }
}

function joined(node: Nunjucks): readonly Tree[] {
  const part = (each: Nunjucks): readonly Tree[] => (each.typename === 'Concat' ? joined(each) : [expression(each)]);
  return [...part(node.left as Nunjucks), ...part(node.right as Nunjucks)];
}

function literal(value: unknown): Tree {
  if (typeof value === 'bigint') return ['int', String(value)];
  // nunjucks has one kind of number: what has no fraction counts as whole.
  if (typeof value === 'number') return [Number.isInteger(value) ? 'int' : 'float', String(value)];
  if (value === null || value === undefined) return ['none'];
  return [typeof value, String(value)];
}

/** Our own tree, in the same form. */
export function ownTree(trees: readonly Stmt[]): Tree {
  return merged(trees.map(own));
}

function own(statement: Stmt): Tree {
  switch (statement.k) {
    case 'data':
      return ['data', statement.text];
    case 'print':
      return ['print', ownExpr(statement.expr)];
    case 'if': {
      const [first, ...rest] = statement.branches;
      const other = rest.length > 0 ? [own({ ...statement, branches: rest })] : ownTree(statement.else);
      return ['if', ownExpr((first as { test: Expr }).test), ownTree(first?.body ?? []), other];
    }
    case 'for':
      if (statement.test || statement.recursive)
        return ['for-if', ownTarget(statement.target), ownExpr(statement.iter), ownTree(statement.body)];
      return ['for', ownTarget(statement.target), ownExpr(statement.iter), ownTree(statement.body), ownTree(statement.else)];
    case 'set':
      return ['set', setTargets(statement.target), ownExpr(statement.value)];
    case 'setblock':
      return ['set', setTargets(statement.target), ['capture', ownTree(statement.body)]];
    case 'macro':
      return ['macro', statement.name, ownParameters(statement.parameters), ownTree(statement.body)];
    case 'block':
      return ['block', statement.name, ownTree(statement.body)];
    case 'include':
      return ['include', ownExpr(statement.template), String(statement.ignoreMissing)];
    case 'extends':
      return ['extends', ownExpr(statement.template)];
    case 'import':
      return ['import', ownExpr(statement.template), statement.as, String(statement.withContext)];
    case 'from': {
      const names = statement.names.map(
        ({ name, as }): Tree =>
          name === as
            ? ['name', name]
            : [
                ['name', name],
                ['name', as],
              ],
      );
      return ['from', ownExpr(statement.template), names, String(statement.withContext)];
    }
    case 'call': {
      const call = ownExpr(statement.call) as readonly Tree[];
      const caller: Tree = ['named', ['caller', ['caller', ownParameters(statement.parameters), ownTree(statement.body)]]];
      return ['print', [call[0] as Tree, call[1] as Tree, [...(call[2] as readonly Tree[]), caller]]];
    }
    default:
      return [statement.k];
  }
}

function ownParameters(parameters: readonly Parameter[]): readonly Tree[] {
  const named = parameters.filter(({ value }) => value !== null).map(({ name, value }): Tree => [name, ownExpr(value as Expr)]);
  const plain = parameters.filter(({ value }) => value === null).map(({ name }): Tree => ['name', name]);
  return named.length > 0 ? [...plain, ['named', ...named]] : plain;
}

function ownTarget(target: Target): Tree {
  if (target.k === 'name') return target.name;
  return target.k === 'attr' ? ['attr', target.of, target.name] : target.items.map(ownTarget);
}

function setTargets(target: Target): Tree {
  if (target.k === 'tuple') return target.items.map((item) => ['name', ownTarget(item)]);
  return target.k === 'name' ? [['name', target.name]] : [['get', ['name', target.of], ['string', target.name]]];
}

function ownArgs({ positional, named, star, starstar }: Args): readonly Tree[] {
  const all: Tree[] = positional.map(ownExpr);
  if (star) all.push(['*', ownExpr(star)]);
  if (named.length > 0) all.push(['named', ...named.map(({ name, value }): Tree => [name, ownExpr(value)])]);
  if (starstar) all.push(['**', ownExpr(starstar)]);
  return all;
}

function ownExpr(expr: Expr): Tree {
  switch (expr.k) {
    case 'const':
      return typeof expr.value === 'number' ? ['float', String(expr.value)] : literal(expr.value);
    case 'name':
      return ['name', expr.name];
    case 'list':
    case 'tuple':
      return [expr.k, ...expr.items.map(ownExpr)];
    case 'dict':
      return ['dict', ...expr.pairs.map(([key, value]): Tree => [ownExpr(key), ownExpr(value)])];
    case 'attr':
      return ['get', ownExpr(expr.of), ['string', expr.name]];
    case 'item':
      return ['get', ownExpr(expr.of), ownExpr(expr.key)];
    case 'call':
      return ['call', ownExpr(expr.of), ownArgs(expr.args)];
    case 'filter':
      return ['filter', expr.name, [...(expr.of ? [ownExpr(expr.of)] : []), ...ownArgs(expr.args)]];
    case 'test': {
      const tree: Tree = ['is', ownExpr(expr.of), expr.name, ownArgs(expr.args)];
      return expr.negated ? ['not', tree] : tree;
    }
    case 'unary':
      return [expr.op, ownExpr(expr.of)];
    case 'binary':
      return [expr.op, ownExpr(expr.left), ownExpr(expr.right)];
    case 'and':
    case 'or':
      return [expr.k, ownExpr(expr.left), ownExpr(expr.right)];
    case 'compare': {
      const [only] = expr.rest;
      // `a not in b` is the denial of `a in b` to nunjucks.
      if (expr.rest.length === 1 && only?.op === 'not in')
        return ['not', ['compare', ownExpr(expr.first), ['in', ownExpr(only.right)]]];
      return ['compare', ownExpr(expr.first), ...expr.rest.map(({ op, right }): Tree => [op, ownExpr(right)])];
    }
    case 'concat':
      return ['concat', ...expr.items.map(ownExpr)];
    case 'if':
      return ['ifelse', ownExpr(expr.test), ownExpr(expr.then), expr.else ? ownExpr(expr.else) : 'none'];
    case 'slice':
      return ['slice', ...[expr.from, expr.to, expr.step].map((part): Tree => (part ? ownExpr(part) : 'none'))];
  }
}
