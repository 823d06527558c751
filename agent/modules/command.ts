/** One command with the options of `cmd.*` (salt-semantics 5.3): checked in Salt's order, run in a group of its own, its streams as text. */
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { matchGlob } from '../../core/glob.ts';
import { decodeBytes } from '../../core/python/codec.ts';
import { pyRepr, pyStr } from '../../core/python/print.ts';
import type { Value } from '../../core/value.ts';
import type { Command, Ended, RunUser } from '../spawn.ts';
import { findGroup, findUser } from './accounts.ts';
import { commandEnvironment } from './command-environment.ts';
import { type Bound, CommandExecutionError, InvocationError, type ModuleContext } from './module.ts';
import { splitWords } from './split-words.ts';
import { whichOf } from './which.ts';

export interface Ran {
  readonly pid: number;
  /** null in the background. */
  readonly retcode: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Streams {
  /** Standard error goes where standard output goes. */
  readonly merge: boolean;
  /** Is a `raise_err` an error of the call? */
  readonly raises: boolean;
}

export async function runCommand(it: ModuleContext, values: Bound, streams: Streams): Promise<Ran> {
  const runas = userOf(values.runas ?? null);
  const user = withGroup(runas, values.group ?? null);
  const cwd = cwdOf(it, await rendered(it, values.cwd ?? null, values), runas);
  const cmd = await rendered(it, values.cmd ?? '', values);
  checkPermitted(it, cmd);
  const run = programOf(it, cmd, values);
  const umask = umaskOf(values.umask ?? null);
  const codes = successCodes(values.success_retcodes ?? null);
  checkCwd(cwd);
  const env = commandEnvironment(it, values, runas);
  if ('argv' in run) checkProgram(run.argv, { env, cwd, values, streams });
  const background = values.bg === true;
  const timeout = values.timeout === null || values.timeout === undefined ? it.timeout : Number(values.timeout) || undefined;
  const command: Omit<Command, 'jid'> = {
    run,
    cwd,
    env,
    merge: streams.merge,
    ...(typeof values.stdin === 'string' && !background && { stdin: stdinOf(values.stdin, values) }),
    ...(timeout !== undefined && !background && { timeout }),
    ...(umask !== null && { umask }),
    ...(user && { user }),
    ...(background && { background }),
  };
  const ended = await it.spawn(command);
  if (background) return { pid: ended.pid, retcode: null, out: '', err: '' };
  if (ended.timedOut) {
    it.setRetcode(1);
    const shown = 'argv' in run ? pyRepr([...run.argv]) : run.text;
    return {
      pid: ended.pid,
      retcode: 1,
      out: `${shown} : Timed out after ${pyStr(timeoutShown(values, timeout))} seconds`,
      err: '',
    };
  }
  return judge(it, ended, { values, codes, streams });
}

interface Judged {
  readonly values: Bound;
  readonly codes: readonly number[];
  readonly streams: Streams;
}

function judge(it: ModuleContext, ended: Ended, { values, codes, streams }: Judged): Ran {
  const strip = (bytes: Uint8Array) => {
    const text = decodeOutput(bytes, values.output_encoding ?? null);
    return values.rstrip === false ? text : text.trimEnd();
  };
  const more = ended.unread > 0 ? `\n… ${ended.unread} bytes more were printed; the job's files on the host have them` : '';
  const [out, err] = [strip(ended.stdout) + more, strip(ended.stderr)];
  const has = (wanted: Value | undefined, shown: string) => listOf(wanted).some((text) => shown.includes(pyStr(text)));
  const good = codes.includes(ended.code) || has(values.success_stdout, out) || has(values.success_stderr, err);
  const retcode = good ? 0 : ended.code;
  if (retcode !== 0 && values.ignore_retcode !== true) {
    it.setRetcode(retcode);
    if (values.output_loglevel !== 'quiet') it.report('command_failed', { jid: it.jid, retcode });
    if (values.raise_err === true && streams.raises)
      throw new CommandExecutionError(values.hide_output === true ? '' : out || err);
  }
  const hidden = values.hide_output === true;
  return { pid: ended.pid, retcode, out: hidden ? '' : out, err: hidden ? '' : err };
}

function decodeOutput(bytes: Uint8Array, encoding: Value): string {
  if (encoding === null) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return decodeBytes(bytes, pyStr(encoding), 'replace');
}

/** `template: jinja` renders the command and its directory. */
async function rendered(it: ModuleContext, value: Value, { template = null }: Bound): Promise<Value> {
  if (template === null || value === null) return value;
  if (template !== 'jinja')
    throw new CommandExecutionError(`Attempted to render file paths with unavailable engine ${pyStr(template)}`);
  return Array.isArray(value) ? Promise.all(value.map((word) => it.render(pyStr(word)))) : it.render(pyStr(value));
}

function programOf(it: ModuleContext, cmd: Value, values: Bound): Command['run'] {
  const shell = pyStr(values.shell ?? '/bin/sh');
  const given = values.python_shell ?? null;
  const inShell = given === null ? it.shellByDefault || shell !== '/bin/sh' : given === true;
  if (inShell && !isExecutable(shell)) throw new CommandExecutionError(`The shell ${shell} is not available`);
  if (Array.isArray(cmd)) {
    // As Python does it: the first word is the shell's text, the rest its arguments.
    if (inShell && given === true) return { argv: [shell, '-c', ...cmd.map((word) => pyStr(word))] };
    return { argv: cmd.map((word) => pyStr(word)) };
  }
  const text = pyStr(cmd);
  if (text.trim() === '') throw new InvocationError('the command is empty');
  return inShell ? { shell, text } : { argv: splitWords(text) };
}

function isExecutable(path: string): boolean {
  return isAbsolute(path) && whichOf(path, {}) !== undefined;
}

interface Checked {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly values: Bound;
  readonly streams: Streams;
}

/** In Salt's words, which name the settings of the call and never its environment or its input. */
function checkProgram(argv: readonly string[], { env, cwd, values, streams }: Checked): void {
  const name = argv[0];
  if (name === undefined) throw new InvocationError('the command is empty');
  if (whichOf(name, { PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin' }, cwd)) return;
  const context = [
    `'cwd': ${pyRepr(cwd)}`,
    "'shell': False",
    "'stdout': -1",
    `'stderr': ${streams.merge ? -2 : -1}`,
    "'with_communicate': True",
    `'timeout': ${pyRepr(values.timeout ?? null)}`,
    `'bg': ${pyRepr(values.bg === true)}`,
    "'close_fds': True",
  ].join(', ');
  const reason = `[Errno 2] No such file or directory: ${pyRepr(name)}`;
  throw new CommandExecutionError(
    `Unable to run command '${pyRepr([...argv])}' with the context '{${context}}', reason: ${reason}`,
  );
}

function userOf(runas: Value): (RunUser & { readonly home: string; readonly shell: string }) | null {
  if (runas === null) return null;
  const user = findUser(pyStr(runas));
  if (!user) throw new CommandExecutionError(`User '${pyStr(runas)}' is not available`);
  if (process.getuid?.() !== 0 && process.getuid?.() !== user.uid)
    throw new CommandExecutionError(`the agent is not root and cannot run a command as '${user.name}'`);
  if (user.uid !== process.getuid?.()) needSetpriv('runas');
  return user;
}

/** Its own group, or another; without `runas` of the user that the agent has. Null: nothing is to be changed. */
function withGroup(runas: RunUser | null, group: Value): RunUser | null {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (group === null) return runas && runas.uid !== uid ? runas : null;
  const found = findGroup(pyStr(group));
  if (!found) throw new CommandExecutionError(`Group '${pyStr(group)}' is not available`);
  if (uid !== 0 && found.gid !== gid)
    throw new CommandExecutionError(`the agent is not root and cannot run a command in group '${found.name}'`);
  needSetpriv('group');
  const user = runas ?? { name: '', uid, gid };
  return { name: user.name, uid: user.uid, gid: found.gid };
}

function needSetpriv(option: string): void {
  if (!whichOf('setpriv', { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' }))
    throw new CommandExecutionError(`${option} needs the command 'setpriv' of util-linux, which is not here`);
}

/** Salt's `cmd_whitelist_glob` and `cmd_blacklist_glob`: what may be run by `cmd.*`. */
function checkPermitted({ fun, commands }: ModuleContext, cmd: Value): void {
  if (!fun.startsWith('cmd.') || !commands) return;
  const text = Array.isArray(cmd) ? cmd.map((word) => pyStr(word)).join(' ') : pyStr(cmd);
  const fits = (globs: readonly string[]) => globs.some((glob) => matchGlob(text, glob));
  if (fits(commands.blacklist) || (commands.whitelist.length > 0 && !fits(commands.whitelist)))
    throw new CommandExecutionError(`The shell command "${text}" is not permitted`);
}

function cwdOf(it: ModuleContext, cwd: Value, user: { readonly home: string } | null): string {
  if (cwd !== null && cwd !== '') return pyStr(cwd);
  if (!user) return it.workDir || homedir();
  return isDirectory(user.home) ? user.home : '/';
}

function checkCwd(cwd: string): void {
  if (!isAbsolute(cwd) || !isDirectory(cwd))
    throw new CommandExecutionError(`Specified cwd '${cwd}' either not absolute or does not exist`);
}

function isDirectory(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function umaskOf(umask: Value): string | null {
  if (umask === null) return null;
  const text = pyStr(umask).replace(/^0+/, '');
  if (text === '') throw new CommandExecutionError('Zero umask is not allowed.');
  if (!/^[0-7]{1,4}$/.test(text)) throw new CommandExecutionError(`Invalid umask: '${pyStr(umask)}'`);
  return text;
}

function successCodes(value: Value): readonly number[] {
  const codes = listOf(value).map((code) => Number(pyStr(code)));
  if (codes.some((code) => !Number.isInteger(code))) throw new InvocationError('success_retcodes must be a list of integers');
  return codes;
}

function listOf(value: Value | undefined): readonly Value[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : [value];
}

/** `\n` as it is typed on a command line is a line break, unless `stdin_raw_newlines`. */
function stdinOf(stdin: string, values: Bound): string {
  return values.stdin_raw_newlines === true ? stdin : stdin.replaceAll('\\n', '\n');
}

function timeoutShown(values: Bound, timeout: number | undefined): Value {
  const given = values.timeout ?? null;
  if (given !== null) return given;
  return Number.isInteger(timeout) ? BigInt(timeout as number) : (timeout ?? null);
}
