/**
 * Commands: what another host wrote may be a word of one, and never decides what runs. Each function of `cmd` has places that hold a command's text,
 * and options that choose its shell, its user or its environment.
 */
import type { Node, ScalarNode } from '../yaml/node.ts';
import type { Call, Complain } from './call.ts';
import { isTainted, keywordNodes } from './taint.ts';

interface Places {
  /** Positions and names of texts that a shell, or a splitter of words, reads. */
  readonly commands: readonly (readonly [position: number, name: string])[];
  /** Position and name of what is run: no part of it may be a host's. */
  readonly program?: readonly [position: number, name: string];
}

const COMMAND: Places = { commands: [[0, 'cmd']] };
const CODE: Places = {
  commands: [
    [0, 'lang'],
    [1, 'code'],
  ],
};
const SCRIPT: Places = { commands: [[1, 'args']], program: [0, 'source'] };

const FUNCTIONS: Readonly<Record<string, Places>> = {
  'cmd.run': COMMAND,
  'cmd.run_all': COMMAND,
  'cmd.run_stdout': COMMAND,
  'cmd.run_stderr': COMMAND,
  'cmd.run_bg': COMMAND,
  'cmd.retcode': COMMAND,
  'cmd.shell': COMMAND,
  'cmd.exec_code': CODE,
  'cmd.exec_code_all': CODE,
  'cmd.script': SCRIPT,
  'cmd.script_retcode': SCRIPT,
};

/** Their values choose who runs what, and how. */
const CHOOSING = ['shell', 'python_shell', 'runas', 'group', 'template', 'prepend_path'];
/** Positions of `cmd.run` and its like after command, directory and input: all of them are better written by name. */
const OPTIONS_FROM = 3;
/** Variables by which a program is made to run another's code. */
const LOADING =
  /^(PATH|IFS|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|CDPATH|GLOBIGNORE|PS4|LD_.*|DYLD_.*|PYTHON.*|PERL.*|RUBY.*|NODE_.*|JAVA_TOOL_OPTIONS|GIT_.*|EDITOR|PAGER|BROWSER)$/;

export function checkCommands(call: Call, complain: Complain): void {
  const places = FUNCTIONS[call.fun];
  if (!places) return;
  const arg = call.keys.get('arg')?.[1];
  const positional = arg?.kind === 'list' ? arg.items : arg ? [arg] : [];
  const at = ([position, name]: readonly [number, string]) => [...keywordNodes(call, [name]), positional[position]];
  const ofShell = keywordNodes(call, ['python_shell']).some((node) => node.kind === 'scalar' && node.value === true);
  for (const node of places.commands.flatMap(at)) {
    if (node?.kind === 'scalar') checkCommand(call.fun, node, complain);
    // A list is words of their own, but for the first of them under a shell: that one is the shell's text.
    else if (node?.kind === 'list' && ofShell && node.items[0]?.kind === 'scalar')
      checkCommand(call.fun, node.items[0], complain);
  }
  for (const node of places.program ? at(places.program) : []) {
    // A salt:// path is checked wherever it stands.
    const fetched = node?.kind === 'scalar' && String(node.value).startsWith('salt://');
    if (node && !fetched && isTainted(node))
      complain(
        'reactor.tainted',
        `what a host wrote names the script of ${call.fun}`,
        node.where,
        'write the paths that may be meant, and choose among them with {% if %}',
      );
  }
  checkOptions(call, { positional, complain });
  checkTemplate(call, complain);
}

interface Options {
  readonly positional: readonly Node[];
  readonly complain: Complain;
}

function checkOptions(call: Call, { positional, complain }: Options): void {
  const refuse = (name: string, node: Node) =>
    complain('reactor.tainted', `what a host wrote is the ${name} of ${call.fun}`, node.where, `write the ${name} itself`);
  for (const name of CHOOSING) for (const node of keywordNodes(call, [name])) if (isTainted(node)) refuse(name, node);
  for (const [i, node] of positional.entries()) {
    if (!isTainted(node)) continue;
    const name = node.kind === 'scalar' ? /^([A-Za-z_]\w*)=(?!=)/.exec(String(node.value))?.[1] : undefined;
    const first = node.kind === 'scalar' ? Math.min(...node.taint.map(([from]) => from)) : 0;
    if (name !== undefined && CHOOSING.includes(name) && first > name.length) refuse(name, node);
    else if (i >= OPTIONS_FROM && !call.fun.includes('exec_code')) refuse('options', node);
  }
  for (const env of keywordNodes(call, ['env'])) checkEnvironment(call.fun, env, complain);
}

/** Values may be a host's, names may not, nor the values of names that load code. */
function checkEnvironment(fun: string, env: Node, complain: Complain): void {
  const refuse = (node: Node) =>
    complain(
      'reactor.tainted',
      `what a host wrote chooses a variable of the environment of ${fun}, or one that loads code`,
      node.where,
      'env:\n  RELEASE: {{ data.release }}',
    );
  if (env.kind === 'list') return env.items.forEach((item) => checkEnvironment(fun, item, complain));
  if (env.kind === 'scalar') return env.taint.length > 0 ? refuse(env) : undefined;
  for (const [key, value] of env.entries) {
    const loading = key.kind === 'scalar' && LOADING.test(String(key.value));
    if (isTainted(key) || (loading && isTainted(value))) refuse(key);
  }
}

/** `template: jinja` would have the host render what another host wrote: quotes around it hold nothing then. */
function checkTemplate(call: Call, complain: Complain): void {
  const [template] = keywordNodes(call, ['template']);
  if (!template || (template.kind === 'scalar' && template.value === null)) return;
  for (const name of ['arg', 'kwarg', 'args']) {
    const value = call.keys.get(name)?.[1];
    if (!value || !isTainted(value)) continue;
    complain(
      'reactor.tainted',
      `what a host wrote would be a template on the hosts that run ${call.fun}`,
      value.where,
      'leave template out: the reactor has rendered this file already',
    );
    return;
  }
}

const HARMLESS = /^[\p{L}\p{N} _@%+=:,./!^-]*$/u;

/**
 * In a command's text: letters, digits, spaces and `_@%+=:,./!^-`, no word beginning with `-`; anything else only where it was quoted for a shell, and
 * stands where a shell reads quotes: not inside others, a comment, backticks or a here-document.
 */
function checkCommand(fun: string, node: ScalarNode, complain: Complain): void {
  if (typeof node.value !== 'string') return;
  const refuse = (found: string, hint: string) =>
    complain('reactor.tainted', `what a host wrote stands in the shell command of ${fun} ${found}`, node.where, hint);
  for (const [from, to] of node.taint) {
    const part = node.value.slice(from, to);
    const quoted = (node.safe ?? []).some(([a, b]) => a <= from && to <= b);
    const starts = from === 0 || /\s/.test(node.value[from - 1] as string);
    const dashed = (starts && part.startsWith('-')) || /\s-/.test(part);
    if (HARMLESS.test(part) && (quoted || !dashed)) continue;
    if (!quoted) {
      const odd = [...part].find((char) => !HARMLESS.test(char)) ?? '';
      const found = dashed ? 'with a word that begins with -' : `with the character ${JSON.stringify(odd)}`;
      return refuse(found, 'write {{ … | quote }}, or give it as an argument of its own');
    }
    const place = fun.startsWith('cmd.exec_code') ? 'code that is no shell’s' : shellPlace(node, from);
    if (place) return refuse(`quoted, but inside ${place}`, 'let it stand by itself, or give it as an argument of its own');
  }
}

/** What a shell is in the middle of before this place, where quotes mean something else; null where they hold. */
function shellPlace({ value, safe = [] }: ScalarNode, end: number): string | null {
  const text = String(value);
  let open: '"' | "'" | '#' | null = null;
  for (let i = 0; i < end; i += 1) {
    const quoted = safe.find(([from]) => from === i);
    if (quoted && quoted[1] <= end && open === null) {
      i = quoted[1] - 1;
      continue;
    }
    const char = text[i] as string;
    if (open === '#') open = char === '\n' ? null : open;
    else if (open === "'") open = char === "'" ? null : open;
    else if (char === '\\') i += 1;
    else if (char === '`') return 'backticks';
    else if (open === '"') open = char === '"' ? null : open;
    else if (char === '"' || char === "'") open = char;
    else if (char === '#' && (i === 0 || /[\s;&|()]/.test(text[i - 1] as string))) open = '#';
    else if (char === '<' && text[i + 1] === '<') return 'what may be a here-document';
  }
  if (text[end - 1] === '\\' && open === null && /(^|[^\\])(\\\\)*\\$/.test(text.slice(0, end))) return 'a backslash';
  return open === null ? null : open === '#' ? 'a comment' : 'quotes';
}
