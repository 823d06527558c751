/** Upper, lower, title: Python's letter cases, and what its `is…` methods say of a text. */
import { isPrintable } from './print.ts';
import { isSpace } from './text-ranges.ts';

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;
/** Letters of two whose title form is a character of its own. */
const DIGRAPHS = ['\u01c4\u01c5\u01c6', '\u01c7\u01c8\u01c9', '\u01ca\u01cb\u01cc', '\u01f1\u01f2\u01f3'];

function titleChar(char: string): string {
  const digraph = DIGRAPHS.find((forms) => forms.includes(char));
  if (digraph) return digraph[1] as string;
  if (/[\u10d0-\u10ff]/.test(char)) return char;
  const [first = '', ...rest] = char.toUpperCase();
  return first + rest.join('').toLowerCase();
}

export function title(text: string): string {
  let [out, inWord] = ['', false];
  const lowered = lowerChars(text);
  let at = 0;
  for (const char of text) {
    out += inWord ? lowered[at] : titleChar(char);
    inWord = CASED.test(char);
    at += 1;
  }
  return out;
}

/** Lower case, one member for each character. */
function lowerChars(text: string): string[] {
  const chars = [...text];
  if (!text.includes('\u03a3')) return chars.map((char) => char.toLowerCase());
  const isCased = (char: string | undefined) => char !== undefined && /\p{L}/u.test(char);
  return chars.map((char, i) =>
    char === '\u03a3' && isCased(chars[i - 1]) && !isCased(chars[i + 1]) ? '\u03c2' : char.toLowerCase(),
  );
}

export function capitalize(text: string): string {
  const first = [...text.slice(0, 2)][0] ?? '';
  return first === '' ? '' : titleChar(first) + lowerChars(text).slice(1).join('');
}

export function swapCase(text: string): string {
  const lowered = lowerChars(text);
  return [...text]
    .map((char, i) => {
      if (/\p{Uppercase}/u.test(char)) return lowered[i] as string;
      return /\p{Lowercase}/u.test(char) ? char.toUpperCase() : char;
    })
    .join('');
}

/** For comparing without regard to case: `ß` is `ss`, every sigma is one. */
export function caseFold(text: string): string {
  return Array.from(text, (char) => char.toUpperCase().toLowerCase()).join('');
}

const every = (text: string, test: (char: string) => boolean) => text !== '' && Array.from(text).every(test);

/** Digits that are no decimals: superscripts, subscripts, circled and the like. */
const OTHER_DIGIT =
  /[\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]|[\u{10a40}-\u{10a43}\u{10e60}-\u{10e68}\u{11052}-\u{1105a}\u{1f100}-\u{1f10a}]/u;
const CJK_NUMBER =
  /[\u3405\u3483\u382a\u3b4d\u4e00\u4e03\u4e07\u4e09\u4e24\u4e5d\u4e8c\u4e94\u4e96\u4ebf-\u4ec0\u4edf\u4ee8\u4f0d\u4f70\u4fe9\u5006\u5104\u5146\u5169\u516b\u516d\u5341-\u5345\u534c\u53c1-\u53c4\u56db\u58f1\u58f9\u5e7a\u5efe-\u5eff\u5f0c-\u5f0e\u5f10\u62d0\u62fe\u634c\u67d2\u6d1e\u6f06\u7396\u767e\u7695\u79ed\u8086\u842c\u8cae\u8cb3\u8d30\u920e\u94a9\u9621\u9646\u964c\u9678\u96f6]/;

const isDecimal = (char: string) => /\p{Nd}/u.test(char);
const isDigit = (char: string) => isDecimal(char) || OTHER_DIGIT.test(char);
const isNumeric = (char: string) => /\p{N}/u.test(char) || CJK_NUMBER.test(char);
const isAlpha = (char: string) => /\p{L}/u.test(char);

function isTitle(text: string): boolean {
  let [inWord, seen] = [false, false];
  for (const char of text) {
    if (/[\p{Uppercase}\p{Lt}]/u.test(char)) {
      if (inWord) return false;
      [inWord, seen] = [true, true];
    } else if (/\p{Lowercase}/u.test(char)) {
      if (!inWord) return false;
      seen = true;
    } else inWord = false;
  }
  return seen;
}

/** Python's `is…` methods of str. */
export const PREDICATES: Readonly<Record<string, (text: string) => boolean>> = {
  isalnum: (text) => every(text, (char) => isAlpha(char) || isNumeric(char)),
  isalpha: (text) => every(text, isAlpha),
  isascii: (text) => /^[\x00-\x7f]*$/.test(text),
  isdecimal: (text) => every(text, isDecimal),
  isdigit: (text) => every(text, isDigit),
  isidentifier: (text) => /^[\p{XIDS}_][\p{XIDC}]*$/u.test(text),
  islower: (text) => /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text),
  isnumeric: (text) => every(text, isNumeric),
  isprintable: (text) => Array.from(text).every(isPrintable),
  isspace: (text) => every(text, isSpace),
  istitle: isTitle,
  isupper: (text) => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text),
};
