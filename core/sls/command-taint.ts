/**
 * Commands: what another host wrote may be a word of one, and never decides what runs. Each function of `cmd` has places that hold a command's text,
 * and options that choose its shell, its user or its environment.
 */
import type { Node, ScalarNode } from '../yaml/node.ts';
import type { Call, Complain } from './call.ts';
import { faultOf } from './shell-text.ts';
import { given, isTainted, keywordKeys, keywordNodes } from './taint.ts';

interface Places {
  /** Positions and names of texts that a shell, or a splitter of words, reads. */
  readonly commands: readonly (readonly [position: number, name: string])[];
  /** Position and name of what is run: no part of it may be a host's. */
  readonly program?: readonly [position: number, name: string];
}

const COMMAND: Places = { commands: [[0, 'cmd']] };
const CODE: Places = { commands: [[1, 'code']], program: [0, 'lang'] };
const SCRIPT: Places = { commands: [[1, 'args']], program: [0, 'source'] };

const FUNCTIONS: Readonly<Record<string, Places>> = {
  'cmd.run': COMMAND,
  'cmd.run_all': COMMAND,
  'cmd.run_stdout': COMMAND,
  'cmd.run_stderr': COMMAND,
  'cmd.run_bg': COMMAND,
  'cmd.retcode': COMMAND,
  'cmd.shell': COMMAND,
  'cmd.powershell': COMMAND,
  'cmd.powershell_all': COMMAND,
  'cmd.run_chroot': { commands: [[1, 'cmd']] },
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
  const at = ([position, name]: readonly [number, string]) => given(call, position, name);
  const named = (node: Node) =>
    complain(
      'reactor.tainted',
      `what a host wrote names ${call.fun.includes('script') ? 'the script' : 'the program'} of ${call.fun}`,
      node.where,
      'write what may be meant, and choose among it with {% if %}',
    );
  const ofShell = keywordNodes(call, ['python_shell']).some((node) => node.kind === 'scalar' && node.value === true);
  for (const node of places.commands.flatMap(at)) {
    if (node?.kind === 'scalar') checkCommand(call.fun, node, complain);
    if (node?.kind !== 'list' || !node.items[0]) continue;
    // A list is words of their own, but for the first of them: that one is run, and under a shell it is the shell's text.
    if (ofShell && node.items[0].kind === 'scalar') checkCommand(call.fun, node.items[0], complain);
    else if (isTainted(node.items[0])) named(node.items[0]);
  }
  for (const node of places.program ? at(places.program) : []) {
    // A salt:// path is checked wherever it stands.
    const fetched = node?.kind === 'scalar' && String(node.value).startsWith('salt://');
    if (node && !fetched && isTainted(node)) named(node);
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
  for (const key of keywordKeys(call)) if (isTainted(key)) refuse('name of an option', key);
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
      "env: {RELEASE: '{{ data.release }}'}",
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

/** A text that runs: a shell's, words that are split, or code. */
function checkCommand(fun: string, node: ScalarNode, complain: Complain): void {
  const language = fun.startsWith('cmd.exec_code') ? 'code' : fun.startsWith('cmd.script') ? 'words' : 'shell';
  const fault = faultOf(node, language);
  if (fault)
    complain('reactor.tainted', `what a host wrote stands in the shell command of ${fun} ${fault.found}`, node.where, fault.hint);
}
