/** `file.*` that changes lines in a text; the return is the difference. */
import { writeFileSync } from 'node:fs';
import { pyStr } from '../../core/python/print.ts';
import { compileRegex } from '../../core/regex/compile.ts';
import type { Value } from '../../core/value.ts';
import { pathParameter, readAllowed, statOf } from './file-read.ts';
import { InvocationError, type Module, type ModuleContext } from './module.ts';
import { withFile } from './os-error.ts';
import { allowedPath } from './paths.ts';
import { flag, nothing, text, whole } from './schemas.ts';
import { unifiedDiff } from './unified-diff.ts';

const RE_MULTILINE = 8n;
const RE_IGNORECASE = 2n;

export const fileEdits: Module = {
  replace: {
    doc: `Replaces what fits a regular expression (\\1 are its groups), and gives the
difference. Options: count, flags (8 multiline, 2 ignore case), append_if_not_found
or prepend_if_not_found with not_found_content, search_only, show_changes,
dry_run, ignore_if_missing.`,
    example: "/etc/ssh/sshd_config '^#?PermitRootLogin.*' 'PermitRootLogin no'",
    parameters: [
      pathParameter,
      { name: 'pattern', is: text },
      { name: 'repl', is: text },
      { name: 'count', value: 0n, is: whole },
      { name: 'flags', value: RE_MULTILINE, is: whole },
      { name: 'bufsize', value: 1n },
      { name: 'append_if_not_found', value: false, is: flag },
      { name: 'prepend_if_not_found', value: false, is: flag },
      { name: 'not_found_content', value: null },
      { name: 'backup', value: '.bak' },
      { name: 'dry_run', value: false, is: flag },
      { name: 'search_only', value: false, is: flag },
      { name: 'show_changes', value: true, is: flag },
      { name: 'ignore_if_missing', value: false, is: flag },
      { name: 'preserve_inode', value: true },
      { name: 'backslash_literal', value: false, is: flag },
      { name: 'encoding', value: null, is: nothing },
    ],
    run: (it, values) => {
      const path = allowedPath(it, values.path ?? '', 'read');
      if (!statOf(path) && values.ignore_if_missing === true) return false;
      if (!statOf(path)) throw new InvocationError(`File not found: ${path}`);
      const before = readText(it, path);
      const flags = values.flags as bigint;
      const pattern = compileRegex(pyStr(values.pattern ?? ''), {
        multiline: (flags & RE_MULTILINE) !== 0n,
        ignoreCase: (flags & RE_IGNORECASE) !== 0n,
      });
      const found = pattern.search(before) !== null;
      if (values.search_only === true) return found;
      const repl = pyStr(values.repl ?? '');
      const after = found
        ? pattern.replace(before, values.backslash_literal === true ? repl.replaceAll('\\', '\\\\') : repl, Number(values.count))
        : added(before, pyStr(values.not_found_content ?? repl), values);
      return changed(it, { path, before, after, dry: values.dry_run === true, show: values.show_changes !== false });
    },
  },
  comment_line: {
    doc: 'Puts a character before the line that fits a regular expression, or with cmnt=False takes it off.',
    example: "/etc/crontab '^0 4 .*backup'",
    parameters: [
      pathParameter,
      { name: 'regex', is: text },
      { name: 'char', value: '#', is: text },
      { name: 'cmnt', value: true, is: flag },
      { name: 'backup', value: '.bak' },
    ],
    run: (it, { path = '', regex = '', char = '#', cmnt = true }) => {
      const own = allowedPath(it, path, 'read');
      const pattern = compileRegex(pyStr(regex));
      const mark = pyStr(char);
      const before = readText(it, own);
      const lines = before.split('\n').map((line) => {
        if (cmnt === true) return pattern.search(line) && !line.startsWith(mark) ? mark + line : line;
        return line.startsWith(mark) && pattern.search(line.slice(mark.length).trimStart()) ? line.slice(mark.length) : line;
      });
      const after = lines.join('\n');
      if (after === before) return false;
      return changed(it, { path: own, before, after, dry: false, show: true });
    },
  },
  blockreplace: {
    doc: `Replaces the lines between two marks. Options: append_if_not_found,
prepend_if_not_found, dry_run, show_changes.`,
    example: "/etc/hosts '# begin' '# end' '10.0.0.7 db1'",
    parameters: [
      pathParameter,
      { name: 'marker_start', value: '#-- start managed zone --', is: text },
      { name: 'marker_end', value: '#-- end managed zone --', is: text },
      { name: 'content', value: '', is: text },
      { name: 'append_if_not_found', value: false, is: flag },
      { name: 'prepend_if_not_found', value: false, is: flag },
      { name: 'backup', value: '.bak' },
      { name: 'dry_run', value: false, is: flag },
      { name: 'show_changes', value: true, is: flag },
      { name: 'append_newline', value: false },
      { name: 'insert_before_match', value: null, is: nothing },
      { name: 'insert_after_match', value: null, is: nothing },
    ],
    run: (it, values) => {
      const path = allowedPath(it, values.path ?? '', 'read');
      const before = readText(it, path);
      const after = withBlock(before, values);
      return changed(it, { path, before, after, dry: values.dry_run === true, show: values.show_changes !== false });
    },
  },
};

function readText(it: ModuleContext, path: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(readAllowed(it, path));
}

function added(
  before: string,
  content: string,
  { append_if_not_found, prepend_if_not_found }: { readonly [name: string]: Value },
): string {
  const line = content.endsWith('\n') ? content : `${content}\n`;
  if (prepend_if_not_found === true) return line + before;
  if (append_if_not_found !== true) return before;
  return before + (before === '' || before.endsWith('\n') ? '' : '\n') + line;
}

function withBlock(before: string, values: { readonly [name: string]: Value }): string {
  const [start, end] = [pyStr(values.marker_start ?? ''), pyStr(values.marker_end ?? '')];
  const content = pyStr(values.content ?? '');
  // The end mark begins its own line, whatever the content ends with.
  const body = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  const lines = before.split('\n');
  const [first, last] = [lines.findIndex((line) => line.includes(start)), lines.findIndex((line) => line.includes(end))];
  if (first < 0 && last < 0) return added(before, `${start}\n${body}${end}`, values);
  if (first < 0 || last < first) throw new InvocationError('Unterminated marked block. End of file reached before marker_end.');
  const kept = body === '' ? [] : body.replace(/\n$/, '').split('\n');
  return [...lines.slice(0, first + 1), ...kept, ...lines.slice(last)].join('\n');
}

interface Changed {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly dry: boolean;
  readonly show: boolean;
}

function changed(it: ModuleContext, { path, before, after, dry, show }: Changed): Value {
  if (!dry && after !== before) {
    const own = allowedPath(it, path, 'write');
    withFile(own, () => writeFileSync(own, after));
  }
  return show ? unifiedDiff(before, after) : after !== before;
}
