/** What a string literal of a template means. */

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};

/** Characters by name, of those that files are likely to name. */
const NAMED: Readonly<Record<string, number>> = {
  'NO-BREAK SPACE': 0xa0,
  'COPYRIGHT SIGN': 0xa9,
  'REGISTERED SIGN': 0xae,
  'DEGREE SIGN': 0xb0,
  'PLUS-MINUS SIGN': 0xb1,
  'MICRO SIGN': 0xb5,
  'SECTION SIGN': 0xa7,
  'POUND SIGN': 0xa3,
  'YEN SIGN': 0xa5,
  'EURO SIGN': 0x20ac,
  'EN DASH': 0x2013,
  'EM DASH': 0x2014,
  'HORIZONTAL ELLIPSIS': 0x2026,
  BULLET: 0x2022,
  'LEFT SINGLE QUOTATION MARK': 0x2018,
  'RIGHT SINGLE QUOTATION MARK': 0x2019,
  'LEFT DOUBLE QUOTATION MARK': 0x201c,
  'RIGHT DOUBLE QUOTATION MARK': 0x201d,
  'LEFTWARDS ARROW': 0x2190,
  'UPWARDS ARROW': 0x2191,
  'RIGHTWARDS ARROW': 0x2192,
  'DOWNWARDS ARROW': 0x2193,
  'CHECK MARK': 0x2713,
  'HEAVY CHECK MARK': 0x2714,
  'BALLOT X': 0x2717,
  'WARNING SIGN': 0x26a0,
  'ZERO WIDTH SPACE': 0x200b,
  SNOWMAN: 0x2603,
  'BLACK HEART SUIT': 0x2665,
  'GREEK SMALL LETTER ALPHA': 0x3b1,
  'GREEK SMALL LETTER BETA': 0x3b2,
  'GREEK SMALL LETTER PI': 0x3c0,
  'GREEK SMALL LETTER MU': 0x3bc,
  'LATIN SMALL LETTER SHARP S': 0xdf,
  'LATIN SMALL LETTER E WITH ACUTE': 0xe9,
  'LATIN SMALL LETTER A WITH DIAERESIS': 0xe4,
  'LATIN SMALL LETTER O WITH DIAERESIS': 0xf6,
  'LATIN SMALL LETTER U WITH DIAERESIS': 0xfc,
};

function named(name: string): string | undefined {
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])$/.exec(name);
  if (letter) return letter[1] === 'SMALL' ? (letter[2] as string).toLowerCase() : letter[2];
  const code = NAMED[name];
  return code === undefined ? undefined : String.fromCodePoint(code);
}

/** A literal that has no value; the text is Python's. */
export class EscapeError extends Error {}

/** A string literal's value, with Python's escapes. */
export function unescapeText(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(
      /\\(N(?:\{[^}]*\})?|x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|[0-7]{1,3}|[\s\S])/g,
      (all, code: string, at: number) => {
        const place = `in position ${at}-${at + all.length - 1}`;
        const kind = code[0] as string;
        if (kind === 'N') {
          if (code.length < 4) throw new EscapeError('malformed \\N character escape');
          const char = named(code.slice(2, -1).toUpperCase());
          if (char === undefined) throw new EscapeError('unknown Unicode character name');
          return char;
        }
        const wanted = LENGTHS[kind];
        if (wanted !== undefined) {
          if (code.length <= wanted) throw new EscapeError(`truncated \\${kind}${'X'.repeat(wanted)} escape`);
          const point = Number.parseInt(code.slice(1), 16);
          if (point > 0x10ffff) throw new EscapeError(`illegal Unicode character ${place}`);
          return String.fromCodePoint(point);
        }
        if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
        return SIMPLE[code] ?? all;
      },
    );
}

/** Digits of `\x`, `\u` and `\U`. */
const LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
