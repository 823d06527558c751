/** `encode` and `decode`: UTF-8, ASCII and Latin-1, with Python's ways of dealing with what does not fit. */
import { PythonError } from './error.ts';

const NAMES: Readonly<Record<string, 'utf-8' | 'ascii' | 'latin-1'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  u8: 'utf-8',
  ascii: 'ascii',
  'us-ascii': 'ascii',
  'latin-1': 'latin-1',
  latin1: 'latin-1',
  'iso-8859-1': 'latin-1',
  'iso8859-1': 'latin-1',
  l1: 'latin-1',
};

function codecOf(encoding: string): 'utf-8' | 'ascii' | 'latin-1' {
  const name = encoding.toLowerCase().replaceAll('_', '-').replaceAll(' ', '-');
  const codec = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (!codec) throw new PythonError('LookupError', `unknown encoding: ${encoding}`);
  return codec;
}

export function encodeText(text: string, encoding = 'utf-8', errors = 'strict'): Uint8Array {
  const codec = codecOf(encoding);
  const limit = codec === 'utf-8' ? 0x110000 : codec === 'ascii' ? 0x80 : 0x100;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let index = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= limit || (codec === 'utf-8' && code >= 0xd800 && code < 0xe000)) {
      bytes.push(...encoder.encode(replacement(char, { codec, errors, index, limit })));
    } else if (codec === 'utf-8') bytes.push(...encoder.encode(char));
    else bytes.push(code);
    index += 1;
  }
  return Uint8Array.from(bytes);
}

function replacement(char: string, at: { codec: string; errors: string; index: number; limit: number }): string {
  const code = char.codePointAt(0) as number;
  switch (at.errors) {
    case 'ignore':
      return '';
    case 'replace':
      return '?';
    case 'xmlcharrefreplace':
      return `&#${code};`;
    case 'backslashreplace':
      return escapeForm(code);
    default: {
      const why = at.codec === 'utf-8' ? 'surrogates not allowed' : `ordinal not in range(${at.limit})`;
      throw new PythonError(
        'UnicodeEncodeError',
        `'${at.codec}' codec can't encode character '${escapeForm(code)}' in position ${at.index}: ${why}`,
      );
    }
  }
}

function escapeForm(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

export function decodeBytes(bytes: Uint8Array, encoding = 'utf-8', errors = 'strict'): string {
  const codec = codecOf(encoding);
  if (codec === 'latin-1') return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (codec === 'ascii') {
    return Array.from(bytes, (byte, i) => {
      if (byte < 0x80) return String.fromCharCode(byte);
      if (errors === 'ignore') return '';
      if (errors === 'replace') return '\ufffd';
      throw undecodable(codec, byte, `position ${i}: ordinal not in range(128)`);
    }).join('');
  }
  try {
    return new TextDecoder('utf-8', { fatal: errors === 'strict', ignoreBOM: true })
      .decode(bytes)
      .replaceAll(errors === 'ignore' ? '\ufffd' : '\u0000\ufffd\u0000', '');
  } catch {
    const at = bytes.findIndex((byte) => byte >= 0x80);
    throw undecodable(codec, bytes[at] ?? 0, `position ${at}: invalid start byte`);
  }
}

function undecodable(codec: string, byte: number, where: string): PythonError {
  return new PythonError(
    'UnicodeDecodeError',
    `'${codec}' codec can't decode byte 0x${byte.toString(16).padStart(2, '0')} in ${where}`,
  );
}
