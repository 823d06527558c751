/** Arguments as Salt's command line reads them: `name=value` is a keyword, everything else a value in YAML, with Salt's guards (salt-semantics 5.1). */
import { BrineError } from './errors.ts';
import { Bytes, Dict, type Value } from './value.ts';
import { parseYaml } from './yaml/parse.ts';

export interface ParsedArgs {
  readonly args: readonly Value[];
  readonly kwargs: Dict;
}

/** `noParse` names keywords whose values stay text. */
export function parseArgs(words: readonly string[], options: { readonly noParse?: readonly string[] } = {}): ParsedArgs {
  const args: Value[] = [];
  const kwargs = new Dict();
  for (const word of words) {
    const found = parseKeyword(word);
    if (!found) args.push(jidAsText(parseWord(word)));
    else {
      const [name, text] = found;
      kwargs.set(name, options.noParse?.includes(name) ? text : parseWord(text));
    }
  }
  return { args, kwargs };
}

/** `name=text`: a name may hold dots and hyphens and begins like one of Python's; `==` is no keyword, nor is a text of several lines. */
export function parseKeyword(word: string): [name: string, text: string] | undefined {
  const found = /^([\p{L}\p{Nl}_][\p{L}\p{N}_.-]*)=(?!=)([^\n]*)\n?$/u.exec(word);
  return found ? [found[1] as string, found[2] as string] : undefined;
}

/** A job id stays the text that it is everywhere else. */
function jidAsText(value: Value): Value {
  return typeof value === 'bigint' && /^\d{20}$/.test(String(value)) ? String(value) : value;
}

/** Salt's one list for both: positionals, and keywords as a last mapping that begins with `__kwarg__`. */
export function saltArgs(args: readonly Value[], kwargs: Dict): Value[] {
  return kwargs.size === 0 ? [...args] : [...args, Dict.from([['__kwarg__', true], ...kwargs])];
}

/** One word → its value; whatever YAML would only mangle stays the text that was typed. */
export function parseWord(word: string): Value {
  if (word.trim() === '' || word === '---' || word === '...' || /[\t\r\n]/.test(word)) return word;
  if (/^[0-9_]+$/.test(word.trim()) && word.includes('_')) return word;
  if (word === 'None') return null;
  let value: Value;
  try {
    value = parseYaml(word);
  } catch (error) {
    if (error instanceof BrineError) return word;
    throw error;
  }
  if (value === null) return /[#!]/.test(word) ? word : null;
  if (typeof value === 'string') return word.includes('#') || value === '' ? quotedEmpty(word, value) : value;
  if (value instanceof Dict) return word.startsWith('{') ? value : word;
  if (Array.isArray(value)) return word.startsWith('[') ? value : word;
  return value instanceof Bytes ? word : value;
}

/** As `parseWord`, for what another host wrote: a list or a mapping stays the text that it is. */
export function parseScalar(word: string): Value {
  const value = parseWord(word);
  return Array.isArray(value) || value instanceof Dict ? word : value;
}

/** `\'\'` is the empty text; `!`, `|` and `>` are themselves, and so is all that a `#` would cut. */
function quotedEmpty(word: string, value: string): string {
  return value === '' && /^\s*(['"])\1\s*$/.test(word) ? value : word;
}
