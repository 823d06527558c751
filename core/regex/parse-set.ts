/** `[…]`: characters, ranges and classes. */
import type { Flags } from './parse.ts';
import type { RegexReader } from './reader.ts';
import type { SetItem, SetTree } from './tree.ts';

export function parseSet(reader: RegexReader, flags: Pick<Flags, 'a' | 'i'>): SetTree {
  const start = reader.offset;
  reader.next();
  const negated = reader.take(/\^/y) !== null;
  const items: SetItem[] = [];
  for (let first = true; first || !reader.at(']'); first = false) {
    if (reader.done) throw reader.error('unterminated character set', start);
    const at = reader.offset;
    const item = parseItem(reader, flags);
    if (!reader.take(/-(?!\])/y)) {
      items.push(item);
      continue;
    }
    if (reader.done) throw reader.error('unterminated character set', start);
    const to = parseItem(reader, flags);
    const range = reader.pattern.slice(at, reader.offset);
    if (item.kind === 'class' || to.kind === 'class' || to.from < item.from) {
      throw reader.error(`bad character range ${range}`, at);
    }
    items.push({ kind: 'range', from: item.from, to: to.from });
  }
  reader.next();
  return { kind: 'set', negated, items, ignoreCase: flags.i };
}

function parseItem(reader: RegexReader, flags: Pick<Flags, 'a'>): SetItem {
  const letter = reader.take(/\\([dDsSwW])/y)?.[1];
  if (letter !== undefined) {
    const name = letter.toLowerCase() as 'd' | 's' | 'w';
    return { kind: 'class', name, negated: name !== letter, ascii: flags.a };
  }
  const code = reader.at('\\') ? reader.escapedCode(true) : reader.next();
  return { kind: 'range', from: code, to: code };
}
