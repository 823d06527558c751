/** Python's regular expressions in linear time: written for RE2, with Python's classes over Unicode. What RE2 cannot say is a located error, never JavaScript's RegExp. */
import { RE2JS } from 're2js';
import { BrineError } from '../errors.ts';

export interface PythonRegex {
  /** `re.match`: anchored at the start only. */
  match(text: string): Match | null;
  search(text: string): Match | null;
  fullmatch(text: string): Match | null;
}

export interface Match {
  readonly start: number;
  readonly end: number;
  /** Group 0 first; null for one that took no part. */
  readonly groups: readonly (string | null)[];
}

export interface RegexOptions {
  readonly ignoreCase?: boolean;
  readonly multiline?: boolean;
  readonly dotAll?: boolean;
}

/** Throws `regex.syntax`, `regex.unsupported`. */
export function compileRegex(pattern: string, options: RegexOptions = {}): PythonRegex {
  const text = translate(pattern);
  let compiled: RE2JS;
  const flags =
    (options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (options.multiline ? RE2JS.MULTILINE : 0) |
    (options.dotAll ? RE2JS.DOTALL : 0);
  try {
    compiled = RE2JS.compile(text, flags);
  } catch (cause) {
    throw new BrineError(
      { code: 'regex.syntax', text: `${JSON.stringify(pattern)} is not a regular expression: ${(cause as Error).message}` },
      { cause },
    );
  }
  const find = (input: string, accept: (start: number, end: number) => boolean): Match | null => {
    const matcher = compiled.matcher(input);
    if (!matcher.find() || !accept(matcher.start(), matcher.end())) return null;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i));
    return { start: matcher.start(), end: matcher.end(), groups };
  };
  const anchored = RE2JS.compile(`\\A(?:${text})`, flags);
  const whole = RE2JS.compile(`\\A(?:${text})\\z`, flags);
  const with_ =
    (re: RE2JS) =>
    (input: string): Match | null => {
      const matcher = re.matcher(input);
      if (!matcher.find()) return null;
      return {
        start: matcher.start(),
        end: matcher.end(),
        groups: Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i)),
      };
    };
  return { match: with_(anchored), search: (input) => find(input, () => true), fullmatch: with_(whole) };
}

/** Python's spelling → RE2's: `\Z`, `\d \w \s` over Unicode, `{,n}`, comments. */
function translate(pattern: string): string {
  let out = '';
  let inSet = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] as string;
    const next = pattern[i + 1];
    if (char === '\\' && next !== undefined) {
      const replaced = ESCAPES[next];
      const code = /^\\u([0-9a-fA-F]{4})|^\\U([0-9a-fA-F]{8})/.exec(pattern.slice(i, i + 10));
      if (code) {
        out += `\\x{${code[1] ?? code[2]}}`;
        i += code[0].length - 1;
        continue;
      }
      if (/[1-9]/.test(next) && !inSet) throw unsupported(pattern, 'back references');
      out += replaced ? (inSet ? replaced.inSet : replaced.outside) : char + next;
      i += 1;
    } else if (inSet) {
      if (char === ']') inSet = false;
      out += char === '[' ? '\\[' : char;
    } else if (char === '[') {
      inSet = true;
      out += char;
      if (pattern[i + 1] === '^') out += pattern[++i];
      if (pattern[i + 1] === ']') {
        out += '\\]';
        i += 1;
      }
    } else if (char === '(' && next === '?') {
      if (/^\(\?(<?[=!])/.test(pattern.slice(i, i + 4))) throw unsupported(pattern, 'look-around');
      if (pattern.startsWith('(?P=', i)) throw unsupported(pattern, 'back references');
      if (pattern.startsWith('(?#', i)) {
        const end = pattern.indexOf(')', i);
        i = end < 0 ? pattern.length : end;
      } else out += char;
    } else if (char === '{' && next === ',') out += '{0';
    else out += char;
  }
  return out;
}

const ESCAPES: Readonly<Record<string, { readonly outside: string; readonly inSet: string }>> = {
  Z: { outside: '\\z', inSet: 'Z' },
  d: { outside: '\\p{Nd}', inSet: '\\p{Nd}' },
  D: { outside: '\\P{Nd}', inSet: '\\P{Nd}' },
  w: { outside: '[\\p{L}\\p{N}_]', inSet: '\\p{L}\\p{N}_' },
  W: { outside: '[^\\p{L}\\p{N}_]', inSet: '\\W' },
};

function unsupported(pattern: string, what: string): BrineError {
  return new BrineError({
    code: 'regex.unsupported',
    text: `${JSON.stringify(pattern)} uses ${what}, which cannot run in linear time`,
    hint: 'write it without, or match by glob',
  });
}
