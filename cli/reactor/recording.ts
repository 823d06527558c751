/** A recording of events: lines of `brine events` (tag, tab, JSON), of `brine events --json`, of Salt's state.event, bare tags, or a YAML list of tag and data. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import { decode } from '../../core/json.ts';
import { Dict, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import type { CommandContext } from '../command.ts';

export interface Recorded {
  readonly tag: string;
  /** null: only the tag is known. */
  readonly data: Dict | null;
  /** Of a line of `brine events --json`. */
  readonly uid: string | null;
  readonly line: number;
}

export async function readRecording(context: CommandContext, file: string): Promise<readonly Recorded[]> {
  if (file === '-') {
    let text = '';
    for await (const chunk of context.stdin) text += String(chunk);
    return parseRecording(text, '-');
  }
  const path = resolve(context.cwd, file);
  if (!existsSync(path) || !statSync(path).isFile())
    throw new BrineError({ code: 'lint.event', text: 'there is no such file', where: { file } });
  return parseRecording(readFileSync(path, 'utf8'), file);
}

/** Throws `lint.event`, located. */
export function parseRecording(text: string, file: string): readonly Recorded[] {
  if (/^\s*(#.*\n\s*)*-\s/.test(text)) return parseList(text, file);
  return text.split('\n').flatMap((row, i) => {
    const line = row.replace(/\r$/, '');
    if (line.trim() === '' || line.startsWith('#')) return [];
    // A `?` stands before a tag whose signature does not hold.
    const found = line.startsWith('{')
      ? fromJson(line, { file, line: i + 1 })
      : fromLine(line.replace(/^\? /, ''), { file, line: i + 1 });
    return [{ ...found, line: i + 1 }];
  });
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function fail(text: string, where: Place): never {
  throw new BrineError({
    code: 'lint.event',
    text,
    where: { ...where, col: 1 },
    hint: 'a line is a tag, a tab and JSON, as brine events writes it',
  });
}

function fromJson(line: string, place: Place): Omit<Recorded, 'line'> {
  const value = decoded(line, place);
  const tag = value instanceof Dict ? value.get('tag') : undefined;
  if (!(value instanceof Dict) || typeof tag !== 'string') return fail('an event in JSON is an object with tag and data', place);
  const [data, uid] = [value.get('data'), value.get('uid')];
  return { tag, data: data instanceof Dict ? data : null, uid: typeof uid === 'string' ? uid : null };
}

function fromLine(line: string, place: Place): Omit<Recorded, 'line'> {
  const tab = line.indexOf('\t');
  if (tab < 0) return { tag: line, data: null, uid: null };
  const data = decoded(line.slice(tab + 1), place);
  return { tag: line.slice(0, tab), data: data instanceof Dict ? data : null, uid: null };
}

function decoded(text: string, place: Place): Value {
  try {
    return decode(text);
  } catch {
    return fail('what follows the tag is no JSON', place);
  }
}

function parseList(text: string, file: string): readonly Recorded[] {
  const value = parseYaml(text, { file });
  return (Array.isArray(value) ? value : []).map((item, i) => {
    const [tag, data] = item instanceof Dict ? [item.get('tag'), item.get('data')] : [item, null];
    if (typeof tag !== 'string') return fail(`event ${i + 1} has no tag`, { file, line: 1 });
    return { tag, data: data instanceof Dict ? data : null, uid: null, line: i + 1 };
  });
}
