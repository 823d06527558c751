/** `cmd.*`: commands, as salt-semantics 5.3 says; a shell by default, as Salt 3008. No environment in any error text. */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Dict, type Value } from '../../core/value.ts';
import { optionsOf, type PLACES } from './cmd-options.ts';
import { runCommand, type Streams } from './command.ts';
import type { Bound, Module, ModuleContext, ModuleFunction, Parameter } from './module.ts';
import { list, text, words } from './schemas.ts';
import { runCode, runScript, SCRIPT } from './script.ts';
import { whichOf } from './which.ts';

const command: Parameter = { name: 'cmd', is: words };
const MERGED: Streams = { merge: true, raises: true };
const APART: Streams = { merge: false, raises: true };

function merged({ redirect_stderr }: Bound): Streams {
  return redirect_stderr === false ? APART : MERGED;
}

async function runAll(it: ModuleContext, values: Bound): Promise<Dict> {
  const { pid, retcode, out, err } = await runCommand(it, values, {
    merge: values.redirect_stderr === true,
    raises: false,
  });
  return Dict.of({ pid: BigInt(pid), retcode: retcode === null ? null : BigInt(retcode), stdout: out, stderr: err });
}

const OPTIONS_DOC = `
Options: cwd, stdin, runas, shell, python_shell (False: no shell, the words are
split), env, clean_env, prepend_path, umask, timeout in seconds, template
(jinja), rstrip, output_encoding, hide_output, ignore_retcode, raise_err,
success_retcodes, success_stdout, success_stderr, bg.`;

const ofCommand = (
  places: keyof typeof PLACES,
  {
    doc,
    example,
    defaults = {},
    run,
  }: Pick<ModuleFunction, 'doc' | 'run'> & { example: string; defaults?: Record<string, Value> },
): ModuleFunction => ({
  doc: doc + OPTIONS_DOC,
  example,
  parameters: [command, ...optionsOf(places, defaults)],
  keywords: true,
  run,
});

export const cmd: Module = {
  run: ofCommand('run', {
    doc: 'Runs a command and gives what it prints, standard error in between.\n',
    example: "'ls -l /tmp'",
    defaults: { redirect_stderr: true },
    run: async (it, values) => (await runCommand(it, values, merged(values))).out,
  }),
  shell: ofCommand('shell', {
    doc: 'Runs a command through a shell, whatever the settings say.\n',
    example: "'ls /tmp/*.log | wc -l'",
    run: async (it, values) => (await runCommand(it, { ...values, python_shell: true }, merged(values))).out,
  }),
  run_stdout: ofCommand('stream', {
    doc: 'Runs a command and gives its standard output.\n',
    example: "'ls -l /tmp'",
    run: async (it, values) => (await runCommand(it, values, APART)).out,
  }),
  run_stderr: ofCommand('stream', {
    doc: 'Runs a command and gives its standard error.\n',
    example: "'ls /nowhere'",
    run: async (it, values) => (await runCommand(it, values, APART)).err,
  }),
  run_all: ofCommand('run_all', {
    doc: 'Runs a command and gives pid, retcode, stdout and stderr.\n',
    example: "'ls -l /tmp'",
    defaults: { redirect_stderr: false },
    run: runAll,
  }),
  retcode: ofCommand('retcode', {
    doc: 'Runs a command and gives its exit status.\n',
    example: "'test -e /tmp/done'",
    run: async (it, values) => {
      const { retcode } = await runCommand(it, values, MERGED);
      return retcode === null ? null : BigInt(retcode);
    },
  }),
  run_bg: ofCommand('run_bg', {
    doc: 'Starts a command, gives its pid and does not wait for it.\n',
    example: "'sleep 600'",
    run: async (it, values) => Dict.of({ pid: BigInt((await runCommand(it, { ...values, bg: true }, APART)).pid) }),
  }),
  script: {
    doc: `Fetches a script (salt://… from the bundle, or a path of this host), runs it
with arguments, and gives pid, retcode, stdout and stderr.
${OPTIONS_DOC}`,
    example: "salt://scripts/rotate.sh args='daily 7'",
    parameters: [...SCRIPT, ...optionsOf('script')],
    keywords: true,
    run: runScript,
  },
  script_retcode: {
    doc: 'Runs a script as cmd.script does, and gives its exit status alone.',
    example: 'salt://scripts/check.sh',
    parameters: [...SCRIPT, ...optionsOf('script_retcode', { template: 'jinja' })],
    keywords: true,
    run: async (it, values) => (await runScript(it, values)).get('retcode') ?? null,
  },
  exec_code: {
    doc: 'Gives a piece of code to an interpreter as a file, and gives what that prints.',
    example: "python3 'print(6 * 7)'",
    parameters: [
      { name: 'lang', is: text },
      { name: 'code', is: text },
      { name: 'cwd', value: null },
      { name: 'args', value: null },
    ],
    keywords: true,
    run: async (it, values) => (await runCode(it, values)).get('stdout') ?? '',
  },
  exec_code_all: {
    doc: 'As cmd.exec_code, and gives pid, retcode, stdout and stderr.',
    example: "sh 'exit 3'",
    parameters: [
      { name: 'lang', is: text },
      { name: 'code', is: text },
      { name: 'cwd', value: null },
      { name: 'args', value: null },
    ],
    keywords: true,
    run: runCode,
  },
  which: {
    doc: 'The path of a command, or None.',
    example: 'git',
    parameters: [{ name: 'cmd', is: text }],
    run: (it, { cmd: name = '' }) => whichOf(name as string, it.env) ?? null,
  },
  which_bin: {
    doc: 'The path of the first of some commands that is here, or None.',
    example: "'[pigz, gzip]'",
    parameters: [{ name: 'cmds', is: list }],
    run: (it, { cmds }) =>
      (cmds as Value[]).map((name) => whichOf(String(name), it.env)).find((path) => path !== undefined) ?? null,
  },
  has_exec: {
    doc: 'Is there such a command on the PATH?',
    example: 'git',
    parameters: [{ name: 'cmd', is: text }],
    run: (it, { cmd: name = '' }) => whichOf(name as string, it.env) !== undefined,
  },
  shells: {
    doc: 'The shells that /etc/shells lists.',
    parameters: [],
    run: () =>
      existsSync('/etc/shells')
        ? readFileSync('/etc/shells', 'utf8')
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== '' && !line.startsWith('#'))
        : [],
  },
  tty: {
    doc: 'Writes a text to a terminal of this host.',
    example: "tty0 'the backup is done'",
    parameters: [
      { name: 'device', is: text },
      { name: 'echo', value: '', is: text },
    ],
    run: (_it, { device = '', echo = '' }) => writeTo(device as string, echo as string),
  },
};

function writeTo(device: string, text: string): Dict {
  const path = /^tty\w*$/.test(device) ? `/dev/${device}` : device.replace(/^pts\/?(\d+)$/, '/dev/pts/$1');
  if (!path.startsWith('/dev/')) return Dict.of({ Error: 'The specified device is not a valid TTY' });
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_NOCTTY);
    try {
      if (!fstatSync(file).isCharacterDevice()) return Dict.of({ Error: 'The specified device is not a valid TTY' });
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
    return Dict.of({ Success: `Message was successfully echoed to ${path}` });
  } catch {
    return Dict.of({ Error: `Echoing to ${path} returned error` });
  }
}
