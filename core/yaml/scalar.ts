/** What a plain word of YAML means to Salt: PyYAML's YAML 1.1 with Salt's changes (leading zeros dropped, timestamps stay text). salt-semantics 4.7, 4.8. */
import { fromBase64 } from '../json.ts';
import { Bytes, type Value } from '../value.ts';

const BOOLS: Readonly<Record<string, boolean>> = Object.fromEntries(
  [
    ['yes', true],
    ['no', false],
    ['true', true],
    ['false', false],
    ['on', true],
    ['off', false],
  ].flatMap(([word, value]) => {
    const text = word as string;
    return [text, text.toUpperCase(), `${text[0]?.toUpperCase()}${text.slice(1)}`].map((form) => [form, value === true]);
  }),
);

const INT = /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** The value of an unquoted scalar without a tag. */
export function resolvePlain(text: string): Value {
  if (text === '' || text === '~' || text === 'null' || text === 'Null' || text === 'NULL') return null;
  const bool = Object.hasOwn(BOOLS, text) ? BOOLS[text] : undefined;
  if (bool !== undefined) return bool;
  if (INT.test(text)) return parseInteger(text) ?? text;
  if (FLOAT.test(text)) return parseFloatText(text) ?? text;
  return text;
}

const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

/** Would a reader of YAML 1.1 take these letters, unquoted, for a text? */
export function isPlainText(text: string): boolean {
  if (/^(?:|~|null|Null|NULL|=|<<)$/.test(text) || Object.hasOwn(BOOLS, text)) return false;
  return !INT.test(text) && !FLOAT.test(text) && !TIMESTAMP.test(text);
}

/** Salt drops leading zeros, so 0644 is 644; behind a sign it is octal still, as in PyYAML. undefined for what only looks like a number (`_`). */
export function parseInteger(input: string): bigint | undefined {
  let text = input.replaceAll('_', '');
  const negative = text.startsWith('-');
  const signed = /^[-+]/.test(text);
  if (signed) text = text.slice(1);
  const value = integerOf(signed && /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text);
  return value === undefined ? undefined : negative ? -value : value;
}

function integerOf(text: string): bigint | undefined {
  if (/^0b[01]+$/.test(text) || /^0o[0-7]+$/.test(text) || /^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  if (/^\d+$/.test(text)) return BigInt(text);
  if (!/^\d+(:\d+)+$/.test(text)) return undefined;
  return text.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

export function parseFloatText(input: string): number | undefined {
  let text = input.replaceAll('_', '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  if (/^[-+]/.test(text)) text = text.slice(1);
  if (text === '.inf') return sign * Infinity;
  if (text === '.nan') return Number.NaN;
  if (text.includes(':')) return sign * text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const value = Number(text);
  return Number.isNaN(value) ? undefined : sign * value;
}

/** The value of a scalar under `!!tag`; undefined for a tag that is unknown or does not fit. */
export function resolveTagged(tag: string, text: string): Value | undefined {
  switch (tag) {
    case 'str':
    case 'python/unicode':
      return text;
    case 'null':
      return null;
    case 'bool':
      return Object.hasOwn(BOOLS, text) ? BOOLS[text] : undefined;
    case 'int':
      return parseInteger(text.replace(/^([-+]?)0+(?=\d)/, '$1'));
    case 'float':
      return parseFloatText(text);
    case 'timestamp':
      return text;
    case 'binary': {
      const digits = text.replace(/\s+/g, '').replace(/=+$/, '');
      const bytes = fromBase64(digits.padEnd(Math.ceil(digits.length / 4) * 4, '='));
      return bytes && new Bytes(bytes);
    }
    default:
      return undefined;
  }
}
