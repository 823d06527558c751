/** `text.format(…)`: replacement fields. An attribute of a value is reached only where the caller says how. */
import { Dict, Tuple, typeName, type Value } from '../value.ts';
import { PythonError, valueError } from './error.ts';
import { formatValue } from './format-spec.ts';
import { checkSize } from './limit.ts';
import { asciiRepr } from './percent.ts';
import { joinPieces, type Piece } from './piece.ts';
import { pyRepr, pyStr } from './print.ts';
import { itemAt } from './slice.ts';

export interface FormatOptions {
  readonly limit?: number | undefined;
  /** `{0.name}`; refused unless given. */
  readonly attribute?: (value: Value, name: string) => Value;
  /** Makes a value of an argument before it is formatted. */
  readonly plain?: (value: Value) => Value;
}

/** `format.format(*args, **kwargs)`. */
export function formatText(
  format: string,
  args: readonly Value[],
  kwargs: Dict = new Dict(),
  options: FormatOptions = {},
): string {
  return joinPieces(formatPieces(format, args, kwargs, options));
}

export function formatPieces(format: string, args: readonly Value[], kwargs: Dict, options: FormatOptions = {}): Piece<Value>[] {
  return new Formatter(args, kwargs, options).pieces(format, 0);
}

class Formatter {
  readonly #args: readonly Value[];
  readonly #kwargs: Dict;
  readonly #options: FormatOptions;
  #auto = 0;
  #numbering: 'automatic' | 'manual' | undefined;
  #size = 0;

  constructor(args: readonly Value[], kwargs: Dict, options: FormatOptions) {
    this.#args = args;
    this.#kwargs = kwargs;
    this.#options = options;
  }

  pieces(format: string, depth: number): Piece<Value>[] {
    if (depth > 1 && /[{}]/.test(format)) throw valueError('Max string recursion exceeded');
    const pieces: Piece<Value>[] = [];
    const push = (piece: Piece<Value>) => {
      this.#size += piece.text.length;
      checkSize(this.#size, this.#options.limit);
      if (piece.text !== '' || piece.argument !== undefined) pieces.push(piece);
    };
    let at = 0;
    while (at < format.length) {
      const brace = format.slice(at).search(/[{}]/);
      push({ text: brace < 0 ? format.slice(at) : format.slice(at, at + brace), at });
      if (brace < 0) break;
      at += brace;
      const char = format[at];
      if (format[at + 1] === char) {
        push({ text: char as string, at });
        at += 2;
        continue;
      }
      if (char === '}') throw valueError("Single '}' encountered in format string");
      const end = endOfField(format, at + 1);
      push(this.#field(format.slice(at + 1, end), depth));
      at = end + 1;
    }
    return pieces;
  }

  #field(field: string, depth: number): Piece<Value> {
    const found = /^((?:\[[^\]]*\]|[^!:[])*)(?:!([^:]*))?(?::(.*))?$/s.exec(field);
    if (!found) throw valueError("expected '}' before end of string");
    const [, name = '', conversion, spec = ''] = found;
    const argument = this.#value(name);
    const value = (this.#options.plain ?? ((v: Value) => v))(argument);
    const converted = conversion === undefined ? value : convert(value, conversion);
    const asked = this.pieces(spec, depth + 1);
    const wanted = joinPieces(asked);
    const text = formatValue(converted, wanted, this.#options.limit);
    // Filling and width come of other arguments: what is known of those holds for all of it.
    const others = asked.flatMap((piece) => (piece.argument === undefined ? [] : [piece.argument]));
    if (others.length > 0) return { text, argument: [argument, ...others] as Value };
    const inner = conversion === undefined && typeof value === 'string' ? text.indexOf(value) : -1;
    return { text, argument, ...(inner >= 0 && { inner: [inner, inner + (value as string).length] as const }) };
  }

  #value(name: string): Value {
    const first = /^[^.[]*/.exec(name)?.[0] ?? '';
    let value = this.#first(first);
    let rest = name.slice(first.length);
    while (rest !== '') {
      const step = /^(?:\.([^.[]+)|\[([^\]]+)\])/.exec(rest);
      if (!step) throw valueError(/^\[[^\]]*$/.test(rest) ? "Missing ']' in format string" : 'Empty attribute in format string');
      value = step[1] !== undefined ? this.#attribute(value, step[1]) : this.#item(value, step[2] as string);
      rest = rest.slice(step[0].length);
    }
    return value;
  }

  #first(name: string): Value {
    const numbered = name === '' || /^\d+$/.test(name);
    if (!numbered) {
      const value = this.#kwargs.get(name);
      if (value === undefined) throw new PythonError('KeyError', pyRepr(name));
      return value;
    }
    const kind = name === '' ? 'automatic' : 'manual';
    if (this.#numbering !== undefined && this.#numbering !== kind) {
      const [from, to] =
        kind === 'manual'
          ? ['automatic field numbering', 'manual field specification']
          : ['manual field specification', 'automatic field numbering'];
      throw valueError(`cannot switch from ${from} to ${to}`);
    }
    this.#numbering = kind;
    const index = name === '' ? this.#auto++ : Number(name);
    const value = this.#args[index];
    if (value === undefined)
      throw new PythonError('IndexError', `Replacement index ${index} out of range for positional args tuple`);
    return value;
  }

  #attribute(value: Value, name: string): Value {
    if (this.#options.attribute) return this.#options.attribute(value, name);
    throw new PythonError('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`);
  }

  #item(value: Value, text: string): Value {
    const key = /^\d+$/.test(text) ? BigInt(text) : text;
    const found = itemAt(value, key);
    if (found !== undefined) return found;
    if (value instanceof Dict) throw new PythonError('KeyError', pyRepr(key));
    const kind = typeof value === 'string' ? 'string' : value instanceof Tuple ? 'tuple' : 'list';
    throw new PythonError('IndexError', `${kind} index out of range`);
  }
}

/** The closing brace of a field that begins here; braces inside of it nest. */
function endOfField(format: string, from: number): number {
  let depth = 1;
  for (let at = from; at < format.length; at += 1) {
    if (format[at] === '{') depth += 1;
    else if (format[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw valueError(from >= format.length ? "Single '{' encountered in format string" : "expected '}' before end of string");
}

function convert(value: Value, conversion: string): string {
  switch (conversion) {
    case 's':
      return pyStr(value);
    case 'r':
      return pyRepr(value);
    case 'a':
      return asciiRepr(value);
    default:
      throw valueError(
        conversion === '' ? 'end of string while looking for conversion specifier' : `Unknown conversion specifier ${conversion}`,
      );
  }
}
