/** `file.*` that reads what is in a file: text, places in it, digests. */
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { compileRegex } from '../../core/regex/compile.ts';
import { Bytes, type Value } from '../../core/value.ts';
import { pathParameter, readAllowed, statOf } from './file-read.ts';
import { hashOf, hashTypeOf } from './hashes.ts';
import { InvocationError, type Module, type ModuleContext, type Parameter } from './module.ts';
import { expanded } from './paths.ts';
import { flag, text, whole } from './schemas.ts';

const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

const contains = (
  doc: string,
  example: string,
  parameters: readonly Parameter[],
  holds: (content: string, values: Record<string, Value>) => boolean,
) => ({
  doc,
  example,
  parameters: [pathParameter, ...parameters],
  run: (it: ModuleContext, values: { readonly [name: string]: Value }) => {
    if (!statOf(expanded(it, pyStr(values.path ?? '')))?.isFile()) return false;
    return holds(textOf(readAllowed(it, values.path ?? '')), values);
  },
});

export const fileContents: Module = {
  read: {
    doc: 'The text of a file; with binary=True its bytes. Larger ones than file_max_bytes are refused.',
    example: '/etc/hostname',
    parameters: [pathParameter, { name: 'binary', value: false, is: flag }],
    run: (it, { path = '', binary }) => (binary === true ? new Bytes(readAllowed(it, path)) : textOf(readAllowed(it, path))),
  },
  seek_read: {
    doc: 'So many bytes of a file, from a place on.',
    example: '/var/log/syslog 4096 0',
    parameters: [pathParameter, { name: 'size', is: whole }, { name: 'offset', is: whole }],
    run: (it, { path = '', size = 0n, offset = 0n }) =>
      new Bytes(readAllowed(it, path).subarray(Number(offset), Number(offset) + Number(size))),
  },
  contains: contains('Is this text in the file?', "/etc/hosts 'web1'", [{ name: 'text', is: text }], (content, values) =>
    content.includes(pyStr(values.text ?? '').trim()),
  ),
  contains_regex: contains(
    'Is a regular expression found in a line of the file? The characters of lchar are taken off its start before.',
    "/etc/hosts '^10\\.'",
    [
      { name: 'regex', is: text },
      { name: 'lchar', value: '', is: text },
    ],
    (content, { regex = '', lchar = '' }) => {
      const pattern = compileRegex(pyStr(regex));
      const strip = (line: string) => (lchar === '' ? line : line.replace(new RegExp(`^[${escaped(pyStr(lchar))}]+`), ''));
      return content.split('\n').some((line) => pattern.search(strip(line)) !== null);
    },
  ),
  contains_glob: contains(
    'Does the whole text fit a glob?',
    "/etc/hosts '*web1*'",
    [{ name: 'glob_expr', is: text }],
    (content, { glob_expr = '' }) => matchGlob(content, pyStr(glob_expr)),
  ),
  search: {
    doc: 'Is a regular expression found in the file? With multiline=True (unless said) `^` and `$` are those of lines.',
    example: "/etc/crontab '0 4'",
    parameters: [
      pathParameter,
      { name: 'pattern', is: text },
      { name: 'flags', value: 8n },
      { name: 'bufsize', value: 1n },
      { name: 'ignore_if_missing', value: false, is: flag },
      { name: 'multiline', value: false, is: flag },
    ],
    run: (it, { path = '', pattern = '', ignore_if_missing }) => {
      if (ignore_if_missing === true && !statOf(expanded(it, pyStr(path)))) return false;
      return compileRegex(pyStr(pattern), { multiline: true }).search(textOf(readAllowed(it, path))) !== null;
    },
  },
  get_hash: {
    doc: 'The digest of a file: md5, sha1, sha224, sha256 (unless said), sha384 or sha512.',
    example: '/etc/passwd sha512',
    parameters: [pathParameter, { name: 'form', value: 'sha256', is: text }, { name: 'chunk_size', value: 65_536n }],
    run: (it, { path = '', form = '' }) => hashOf(readAllowed(it, path), pyStr(form)),
  },
  get_sum: {
    doc: 'The digest of a file; a text that says so where there is none.',
    example: '/etc/passwd',
    parameters: [pathParameter, { name: 'form', value: 'sha256', is: text }],
    run: (it, { path = '', form = '' }) =>
      statOf(expanded(it, pyStr(path)))?.isFile() ? hashOf(readAllowed(it, path), pyStr(form)) : 'File not found',
  },
  check_hash: {
    doc: 'Is this the digest of the file? `sha256:…`, or the digest alone.',
    example: '/etc/passwd sha256:e3b0…',
    parameters: [pathParameter, { name: 'file_hash', is: text }],
    run: (it, { path = '', file_hash = '' }) => {
      const [type, hash] = splitHash(pyStr(file_hash));
      return hashOf(readAllowed(it, path), type) === hash;
    },
  },
};

function splitHash(given: string): readonly [type: string, hash: string] {
  const [first = '', second] = given.split(/[:=]/, 2);
  if (second !== undefined) return [first.toLowerCase(), second.toLowerCase()];
  const type = hashTypeOf(first);
  if (type === undefined) throw new InvocationError(`the type of the digest is not known: ${first}`);
  return [type, first.toLowerCase()];
}

function escaped(chars: string): string {
  return chars.replaceAll(/[\\\]^-]/g, '\\$&');
}
