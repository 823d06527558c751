/** `cmd.*`: commands, as salt-semantics 5.3 says; a shell by default, as Salt 3008. No environment in any error text. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseWord } from '../../core/args.ts';
import { Dict, type Value } from '../../core/value.ts';
import type { Ended } from '../spawn.ts';
import { type Bound, CommandExecutionError, type Module, type ModuleContext, type Parameter } from './module.ts';
import { splitWords } from './split-words.ts';
import { whichOf } from './which.ts';

const OPTIONS: readonly Parameter[] = [
  { name: 'cwd', value: null },
  { name: 'stdin', value: null },
  { name: 'runas', value: null },
  { name: 'group', value: null },
  { name: 'shell', value: '/bin/sh' },
  { name: 'python_shell', value: null },
  { name: 'env', value: null },
  { name: 'clean_env', value: false },
  { name: 'prepend_path', value: null },
  { name: 'rstrip', value: true },
  { name: 'umask', value: null },
  { name: 'output_encoding', value: null },
  { name: 'output_loglevel', value: 'debug' },
  { name: 'hide_output', value: false },
  { name: 'timeout', value: null },
  { name: 'reset_system_locale', value: true },
  { name: 'ignore_retcode', value: false },
  { name: 'raise_err', value: false },
  { name: 'success_retcodes', value: null },
  { name: 'success_stdout', value: null },
  { name: 'success_stderr', value: null },
  { name: 'bg', value: false },
  { name: 'template', value: null },
  { name: 'saltenv', value: null },
  { name: 'use_vt', value: false },
];

interface Result extends Ended {
  readonly out: string;
  readonly err: string;
  readonly retcode: number;
}

async function execute(it: ModuleContext, values: Bound, merge: boolean): Promise<Result> {
  const { cmd = '', python_shell = null, shell = '/bin/sh' } = values;
  const cwd = cwdOf(it, values.cwd ?? null);
  const user = userOf(values.runas ?? null);
  const limit = typeof values.timeout === 'bigint' || typeof values.timeout === 'number' ? Number(values.timeout) : it.timeout;
  const useShell = python_shell === null ? it.shellByDefault : python_shell === true;
  const argv = Array.isArray(cmd) ? cmd.map(String) : useShell ? null : splitWords(String(cmd));
  if (argv && !whichOf(argv[0] ?? '', it.env))
    throw new CommandExecutionError(`Unable to run command '${argv[0] ?? ''}': no such file or command`);
  const ended = await it.spawn({
    run: argv ? { argv } : { shell: String(shell), text: String(cmd) },
    cwd,
    env: environmentOf(it, values),
    merge,
    ...(values.stdin !== null && values.stdin !== undefined && { stdin: `${String(values.stdin)}\n` }),
    ...(limit !== undefined && { timeout: limit }),
    ...(values.umask !== null && values.umask !== undefined && { umask: String(values.umask) }),
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  return resultOf(it, ended, values);
}

function resultOf(it: ModuleContext, ended: Ended, values: Bound): Result {
  const strip = (bytes: Uint8Array) => {
    const text = new TextDecoder('utf-8').decode(bytes);
    return values.rstrip === false ? text : text.replace(/\s+$/, '');
  };
  if (ended.timedOut) {
    it.setRetcode(1);
    const text = `${Array.isArray(values.cmd) ? values.cmd.map(String).join(' ') : String(values.cmd)} : Timed out after ${String(values.timeout ?? it.timeout)} seconds`;
    return { ...ended, out: text, err: '', retcode: 1 };
  }
  const [out, err] = [strip(ended.stdout), strip(ended.stderr)];
  const listed = listOf(values.success_retcodes).some((code) => Number(code) === ended.code);
  const shown =
    listOf(values.success_stdout).some((text) => out.includes(String(text))) ||
    listOf(values.success_stderr).some((text) => err.includes(String(text)));
  const retcode = listed || shown ? 0 : ended.code;
  if (retcode !== 0 && values.ignore_retcode !== true) it.setRetcode(retcode);
  if (retcode !== 0 && values.raise_err === true)
    throw new CommandExecutionError(`Command failed with return code ${retcode}: ${out || err}`);
  return { ...ended, out: values.hide_output === true ? '' : out, err: values.hide_output === true ? '' : err, retcode };
}

function listOf(value: Value | undefined): readonly Value[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : [value];
}

function cwdOf(it: ModuleContext, cwd: Value): string {
  if (cwd === null) return it.workDir;
  const path = String(cwd);
  if (isAbsolute(path) && existsSync(path) && statSync(path).isDirectory()) return path;
  throw new CommandExecutionError(`Specified cwd '${path}' either not absolute or does not exist`);
}

function userOf(runas: Value): { uid: number; gid: number } | null {
  if (runas === null) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${String(runas)}:`));
  if (!line) throw new CommandExecutionError(`User '${String(runas)}' is not available`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function environmentOf(it: ModuleContext, values: Bound): Record<string, string> {
  const env: Record<string, string> = values.clean_env === true ? {} : { ...it.env };
  if (values.reset_system_locale !== false) {
    for (const name of [
      'LC_CTYPE',
      'LC_NUMERIC',
      'LC_TIME',
      'LC_COLLATE',
      'LC_MONETARY',
      'LC_MESSAGES',
      'LC_PAPER',
      'LC_NAME',
      'LC_ADDRESS',
      'LC_TELEPHONE',
      'LC_MEASUREMENT',
      'LC_IDENTIFICATION',
      'LANGUAGE',
    ])
      env[name] = 'C';
  }
  delete env.NOTIFY_SOCKET;
  if (typeof values.prepend_path === 'string') env.PATH = `${values.prepend_path}:${env.PATH ?? ''}`;
  const given = typeof values.env === 'string' ? parseWord(values.env) : values.env;
  for (const dict of Array.isArray(given) ? given : [given]) {
    if (dict instanceof Dict) for (const [name, value] of dict) env[String(name)] = value === null ? '' : String(value);
  }
  return env;
}

const command: Parameter = { name: 'cmd' };

export const cmd: Module = {
  run: {
    doc: 'Runs a command and returns what it prints, both streams together.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => (await execute(it, values, true)).out,
  },
  shell: {
    doc: 'Runs a command through a shell.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => (await execute(it, { ...values, python_shell: true }, true)).out,
  },
  run_stdout: {
    doc: 'Runs a command and returns its standard output.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => (await execute(it, values, false)).out,
  },
  run_stderr: {
    doc: 'Runs a command and returns its standard error.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => (await execute(it, values, false)).err,
  },
  run_all: {
    doc: 'Runs a command and returns pid, retcode, stdout and stderr.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => {
      const { pid, retcode, out, err } = await execute(it, values, false);
      return Dict.of({ pid: BigInt(pid), retcode: BigInt(retcode), stdout: out, stderr: err });
    },
  },
  retcode: {
    doc: 'Runs a command and returns its return code.',
    parameters: [command, ...OPTIONS],
    keywords: true,
    run: async (it, values) => BigInt((await execute(it, values, true)).retcode),
  },
  which: {
    doc: 'The path of a command, or None.',
    parameters: [{ name: 'cmd' }],
    run: (it, values) => whichOf(String(values.cmd), it.env) ?? null,
  },
  has_exec: {
    doc: 'Is there such a command?',
    parameters: [{ name: 'cmd' }],
    run: (it, values) => whichOf(String(values.cmd), it.env) !== undefined,
  },
};
