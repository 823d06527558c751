/** How a text can be written in YAML, as libyaml decides: plain, in single quotes, or in double quotes. */
import { isPlainText } from './scalar.ts';

export interface Analysis {
  readonly multiline: boolean;
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly singleQuoted: boolean;
}

const BREAK = /[\n\r\x85\u2028\u2029]/;
/** Characters beyond the basic plane are escaped, emoji among them. */
const PRINTABLE = /[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

/** Does libyaml write this character as it is? */
export function isWritable(char: string, unicode: boolean): boolean {
  return PRINTABLE.test(char) && (unicode || char <= '~');
}

const BLANK_OR_END = /^(?:[ \n\r\x85\u2028\u2029]|$)/;

export function analyze(text: string, unicode: boolean): Analysis {
  if (text === '') return { multiline: false, flowPlain: false, blockPlain: true, singleQuoted: true };
  const found = { block: /^(?:---|\.\.\.)/.test(text), flow: /^(?:---|\.\.\.)/.test(text), special: false };
  let before = ' ';
  for (const [char, offset] of charsWithOffset(text)) {
    const ahead = BLANK_OR_END.test(text.slice(offset + char.length, offset + char.length + 1));
    indicators(char, { first: offset === 0, ahead, behind: before === ' ' || BREAK.test(before) }, found);
    if (!isWritable(char, unicode)) found.special = true;
    before = char;
  }
  const breaks = BREAK.test(text);
  const edges = /^[ \n\r\x85\u2028\u2029]|[ \n\r\x85\u2028\u2029]$/.test(text);
  const spaceBreak = / [\n\r\x85\u2028\u2029]/.test(text);
  const breakSpace = /[\n\r\x85\u2028\u2029] /.test(text);
  const quotable = !spaceBreak && !found.special;
  const plain = quotable && !edges && !breakSpace && !breaks;
  return {
    multiline: breaks,
    flowPlain: plain && !found.flow,
    blockPlain: plain && !found.block,
    singleQuoted: quotable && !breakSpace,
  };
}

function* charsWithOffset(text: string): IterableIterator<[string, number]> {
  let offset = 0;
  for (const char of text) {
    yield [char, offset];
    offset += char.length;
  }
}

function indicators(
  char: string,
  at: { first: boolean; ahead: boolean; behind: boolean },
  found: { block: boolean; flow: boolean },
): void {
  if (at.first) {
    if (/[#,[\]{}&*!|>'"%@`]/.test(char)) found.flow = found.block = true;
    else if (/[?:]/.test(char) || (char === '-' && at.ahead)) {
      found.flow = true;
      found.block ||= at.ahead;
    }
    return;
  }
  if (/[,?[\]{}:]/.test(char)) {
    found.flow = true;
    found.block ||= char === ':' && at.ahead;
  } else if (char === '#' && at.behind) found.flow = found.block = true;
}

export type Style = 'plain' | 'single' | 'double';

/** The style of a text where it stands. */
export function styleOf(text: string, { flow, key, unicode }: { flow: boolean; key: boolean; unicode: boolean }): Style {
  const analysis = analyze(text, unicode);
  if (isPlainText(text) && !(text === '' && (flow || key)) && !(key && analysis.multiline)) {
    if (flow ? analysis.flowPlain : analysis.blockPlain) return 'plain';
  }
  return analysis.singleQuoted && !(key && analysis.multiline) ? 'single' : 'double';
}
