/** What an expression can be before any event: a known value, a text with holes in it, or a hole with what is known of it. `brine reactor check`. */
import type { Where } from '../errors.ts';
import type { Args, Expr } from '../sls/jinja/ast.ts';
import { Dict, equal, Tuple, type Value } from '../value.ts';

/** A place that only an event fills. */
export interface Hole {
  readonly where: Where;
  /** As an author would write it: `data.id`. */
  readonly shown: string;
  /** A host can write it: the event's data and tag, grains. */
  readonly ofHost: boolean;
  /** It went through `quote`. */
  readonly quoted: boolean;
  /** Through a filter that YAML reads back as one value. */
  readonly serialized: boolean;
  /** A number, a digest or a verified id: nothing that a shell would read. */
  readonly harmless: boolean;
}

export type Part = string | Hole;

export type Abstract =
  | { readonly kind: 'known'; readonly value: Value }
  | { readonly kind: 'parts'; readonly parts: readonly Part[] }
  | { readonly kind: 'list'; readonly items: readonly Abstract[] }
  | { readonly kind: 'map'; readonly items: Map<string, Abstract> };

/** What the walk over a template gives an expression. */
export interface Surroundings {
  lookup(name: string, where: Where): Abstract | null;
  /** The text of a macro called by this name; null where it is none. */
  macro(of: Expr, args: readonly Abstract[], named: ReadonlyMap<string, Abstract>): readonly Part[] | null;
  where(at: { readonly line: number; readonly col: number }): Where;
}

export const known = (value: Value): Abstract => ({ kind: 'known', value });
export const parts = (list: readonly Part[]): Abstract => ({ kind: 'parts', parts: list });

const SERIALIZERS: ReadonlySet<string> = new Set(['yaml', 'json', 'tojson', 'yaml_dquote', 'yaml_squote', 'yaml_encode']);
const NUMBERS: ReadonlySet<string> = new Set(
  'int float length count abs round sum md5 sha1 sha256 sha512 hmac_compute random_hash is_ip to_bool is_sorted'.split(' '),
);

export function abstractOf(expr: Expr, around: Surroundings): Abstract {
  const of = (one: Expr) => abstractOf(one, around);
  const hole = (inputs: readonly Abstract[], more: Partial<Hole> = {}) =>
    parts([{ ...mixed(inputs), where: around.where(expr), shown: shownAs(expr), ...more }]);
  switch (expr.k) {
    case 'const':
      return known(expr.value);
    case 'name':
      return around.lookup(expr.name, around.where(expr)) ?? hole([]);
    case 'list':
    case 'tuple':
      return { kind: 'list', items: expr.items.map(of) };
    case 'dict':
      return mapOf(expr.pairs.map(([key, value]) => [of(key), of(value)] as const)) ?? hole(expr.pairs.flat().map(of));
    case 'attr':
      return memberOf(of(expr.of), expr.name) ?? hole([of(expr.of)], idOf(expr));
    case 'item': {
      const [receiver, key] = [of(expr.of), of(expr.key)];
      if (key.kind === 'known') return memberOf(receiver, key.value) ?? hole([receiver], idOf(expr));
      return hole(chosenFrom(receiver) ?? [receiver, key]);
    }
    case 'filter':
      return filtered(expr, around);
    case 'call':
      return called(expr, around);
    case 'unary':
    case 'test':
      of(expr.of);
      return hole([], { harmless: true });
    case 'compare':
      return (
        compared(
          of(expr.first),
          expr.rest.map(({ right }) => of(right)),
          expr,
        ) ?? hole([], { harmless: true })
      );
    case 'and':
    case 'or':
      return hole([of(expr.left), of(expr.right)]);
    case 'concat':
      return parts(expr.items.flatMap((item) => partsOf(of(item), item, around)));
    case 'binary': {
      const [left, right] = [of(expr.left), of(expr.right)];
      if (expr.op === '+' && (isText(left) || isText(right)))
        return parts([...partsOf(left, expr.left, around), ...partsOf(right, expr.right, around)]);
      return hole([left, right], { harmless: !['+', '%'].includes(expr.op) });
    }
    case 'if': {
      of(expr.test);
      const [then, other] = [of(expr.then), expr.else ? of(expr.else) : known('')];
      return then.kind === 'known' && other.kind === 'known' ? then : hole([then, other]);
    }
    case 'slice':
      return hole([expr.from, expr.to, expr.step].filter((one) => one !== null).map(of));
  }
}

function isText(value: Abstract): boolean {
  return value.kind === 'parts' || (value.kind === 'known' && typeof value.value === 'string');
}

function mapOf(pairs: readonly (readonly [Abstract, Abstract])[]): Abstract | null {
  const items = new Map<string, Abstract>();
  for (const [key, value] of pairs) {
    if (key.kind !== 'known' || typeof key.value !== 'string') return null;
    items.set(key.value, value);
  }
  return { kind: 'map', items };
}

export function memberOf(of: Abstract, key: Value): Abstract | null {
  if (of.kind === 'map' && typeof key === 'string') return of.items.get(key) ?? null;
  if (of.kind === 'list' && typeof key === 'bigint') return of.items[Number(key)] ?? null;
  if (of.kind !== 'known') return null;
  const found = of.value instanceof Dict ? of.value.get(key) : itemsOf(of.value)?.[Number(key)];
  return found === undefined ? null : known(found);
}

/** What a look-up can give: of the author's own values the one or the other, whoever chose; null where they are not known. */
function chosenFrom(of: Abstract): readonly Abstract[] | null {
  if (of.kind === 'map') return [...of.items.values()];
  if (of.kind === 'list') return of.items;
  return of.kind === 'known' ? [] : null;
}

/** The members of a value that is known to be a list; null for any other. */
export function itemsOf(value: Value): readonly Value[] | null {
  return Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
}

/** Of several inputs: a host's if one of them is, harmless and quoted if all are. */
export function mixed(inputs: readonly Abstract[]): Omit<Hole, 'where' | 'shown'> {
  const holes = inputs.flatMap(holesOf);
  const hostly = holes.filter(({ ofHost }) => ofHost);
  return {
    ofHost: hostly.length > 0,
    quoted: hostly.length > 0 && hostly.every(({ quoted }) => quoted),
    serialized: holes.length > 0 && holes.every(({ serialized }) => serialized),
    harmless: hostly.length > 0 && hostly.every(({ harmless }) => harmless),
  };
}

export function holesOf(value: Abstract): readonly Hole[] {
  if (value.kind === 'parts') return value.parts.filter((part): part is Hole => typeof part !== 'string');
  if (value.kind === 'list') return value.items.flatMap(holesOf);
  return value.kind === 'map' ? [...value.items.values()].flatMap(holesOf) : [];
}

/** As it is printed. */
export function partsOf(value: Abstract, expr: Expr, around: Surroundings): readonly Part[] {
  if (value.kind === 'parts') return value.parts;
  if (value.kind === 'known' && (typeof value.value === 'string' || typeof value.value === 'bigint'))
    return [String(value.value)];
  if (value.kind === 'known' && typeof value.value === 'boolean') return [value.value ? 'True' : 'False'];
  return [{ ...mixed([value]), where: around.where(expr), shown: shownAs(expr), serialized: true }];
}

/** `data.id`: ids are verified, and of letters, digits, dots and dashes. */
function idOf(expr: Expr): Partial<Hole> {
  return shownAs(expr) === 'data.id' ? { harmless: true } : { harmless: false };
}

function filtered(expr: Extract<Expr, { k: 'filter' }>, around: Surroundings): Abstract {
  const args = [...expr.args.positional, ...expr.args.named.map(({ value }) => value)].map((one) => abstractOf(one, around));
  const receiver = expr.of ? abstractOf(expr.of, around) : known('');
  const base = mixed([receiver, ...args]);
  const kept = ['join', 'list', 'sort', 'unique', 'default', 'd', 'trim', 'indent'].includes(expr.name);
  const first = args[0];
  const quotes =
    expr.name === 'quote' || (expr.name === 'map' && first?.kind === 'known' && first.value === 'quote') || (kept && base.quoted);
  return parts([
    {
      ...base,
      where: around.where(expr),
      shown: shownAs(expr),
      quoted: quotes,
      serialized: SERIALIZERS.has(expr.name) || (expr.name === 'indent' && base.serialized),
      harmless: NUMBERS.has(expr.name) || (kept && base.harmless) || (['lower', 'upper'].includes(expr.name) && base.harmless),
    },
  ]);
}

function called(expr: Extract<Expr, { k: 'call' }>, around: Surroundings): Abstract {
  const args = expr.args.positional.map((one) => abstractOf(one, around));
  const named = new Map(expr.args.named.map(({ name, value }) => [name, abstractOf(value, around)] as const));
  const text = around.macro(expr.of, args, named);
  if (text) return parts(text);
  const chosen = expr.of.k === 'attr' && expr.of.name === 'get' ? chosenFrom(abstractOf(expr.of.of, around)) : null;
  if (chosen) return parts([{ ...mixed([...chosen, ...args.slice(1)]), where: around.where(expr), shown: shownAs(expr) }]);
  const name = expr.of.k === 'name' ? expr.of.name : '';
  if ((name === 'dict' || name === 'namespace' || name === 'odict') && args.length === 0)
    return { kind: 'map', items: new Map(named) };
  const inputs = [...args, ...named.values(), ...(expr.of.k === 'name' ? [] : [receiverOf(expr.of, around)])];
  const counted = name === 'range' || (expr.of.k === 'attr' && /^(is|count|find|index|startswith|endswith)/.test(expr.of.name));
  return parts([{ ...mixed(inputs), where: around.where(expr), shown: shownAs(expr), harmless: counted }]);
}

/** Of a call: the value whose method it is. `salt['grains.get']` gives what hosts wrote. */
function receiverOf(of: Expr, around: Surroundings): Abstract {
  const text = shownAs(of);
  if (/^salt\b/.test(text)) {
    const ofHost = /grains/.test(text);
    return parts([{ where: around.where(of), shown: text, ofHost, quoted: false, serialized: false, harmless: false }]);
  }
  return abstractOf(of.k === 'attr' || of.k === 'item' ? of.of : of, around);
}

function compared(first: Abstract, rest: readonly Abstract[], { rest: ops }: Extract<Expr, { k: 'compare' }>): Abstract | null {
  const [right, op] = [rest[0], ops[0]?.op];
  if (rest.length !== 1 || first.kind !== 'known' || right?.kind !== 'known') return null;
  if (op === '==') return known(equal(first.value, right.value));
  return op === '!=' ? known(!equal(first.value, right.value)) : null;
}

/** Where an expression begins: an operator's own place is its sign. */
export function startOf(expr: Expr): { readonly line: number; readonly col: number } {
  if ((expr.k === 'attr' || expr.k === 'item' || expr.k === 'call' || expr.k === 'test') && expr.of) return startOf(expr.of);
  if (expr.k === 'filter' && expr.of) return startOf(expr.of);
  if (expr.k === 'compare') return startOf(expr.first);
  return expr.k === 'binary' || expr.k === 'and' || expr.k === 'or' ? startOf(expr.left) : expr;
}

/** An expression as it is written most shortly; `data['id']` and `data.id` are one. */
export function shownAs(expr: Expr): string {
  switch (expr.k) {
    case 'name':
      return expr.name;
    case 'const':
      return typeof expr.value === 'string' ? `'${expr.value}'` : String(expr.value);
    case 'attr':
      return `${shownAs(expr.of)}.${expr.name}`;
    case 'item': {
      const { key } = expr;
      const plain = key.k === 'const' && typeof key.value === 'string' && /^\w+$/.test(key.value);
      return plain ? `${shownAs(expr.of)}.${String(key.value)}` : `${shownAs(expr.of)}[${shownAs(key)}]`;
    }
    case 'filter':
      return `${expr.of ? `${shownAs(expr.of)}|` : ''}${expr.name}${argsShown(expr.args)}`;
    case 'call':
      return `${shownAs(expr.of)}${argsShown(expr.args) || '()'}`;
    case 'unary':
      return `${expr.op}${expr.op === 'not' ? ' ' : ''}${shownAs(expr.of)}`;
    case 'test':
      return `${shownAs(expr.of)} is ${expr.negated ? 'not ' : ''}${expr.name}`;
    case 'compare':
      return `${shownAs(expr.first)}${expr.rest.map(({ op, right }) => ` ${op} ${shownAs(right)}`).join('')}`;
    case 'binary':
      return `${shownAs(expr.left)} ${expr.op} ${shownAs(expr.right)}`;
    case 'and':
    case 'or':
      return `${shownAs(expr.left)} ${expr.k} ${shownAs(expr.right)}`;
    case 'concat':
      return expr.items.map(shownAs).join(' ~ ');
    case 'list':
      return `[${expr.items.map(shownAs).join(', ')}]`;
    case 'tuple':
      return `(${expr.items.map(shownAs).join(', ')})`;
    default:
      return '…';
  }
}

function argsShown({ positional, named }: Args): string {
  const all = [...positional.map(shownAs), ...named.map(({ name, value }) => `${name}=${shownAs(value)}`)];
  return all.length > 0 ? `(${all.join(', ')})` : '';
}
