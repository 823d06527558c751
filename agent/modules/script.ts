/** `cmd.script` and `cmd.exec_code`: a file of its own for each run, readable by the user who runs it, removed afterwards. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, isAbsolute, join } from 'node:path';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { findUser } from './accounts.ts';
import { runCommand } from './command.ts';
import { type Bound, InvocationError, type ModuleContext, type Parameter } from './module.ts';
import { text } from './schemas.ts';
import { splitWords } from './split-words.ts';

export const SCRIPT: readonly Parameter[] = [
  { name: 'source', is: text },
  { name: 'args', value: null },
];

export async function runScript(it: ModuleContext, values: Bound): Promise<Dict> {
  const source = values.source as string;
  const found = await read(it, source);
  if (!found) {
    it.setRetcode(1);
    return Dict.of({ pid: 0n, retcode: 1n, stdout: '', stderr: '', cache_error: true });
  }
  const body = values.template === 'jinja' ? Buffer.from(await it.render(Buffer.from(found).toString('utf8'))) : found;
  return withFile({ body, suffix: extname(source), mode: 0o500, values }, (path) =>
    run(it, { ...values, template: null, cmd: [path, ...wordsOf(values.args ?? null)] }),
  );
}

/** `args` is one argument, as Salt takes it, or a list of them. */
export async function runCode(it: ModuleContext, values: Bound): Promise<Dict> {
  const options = Object.fromEntries(
    values.kwargs instanceof Dict ? [...values.kwargs].map(([name, value]) => [String(name), value]) : [],
  );
  const args = values.args ?? null;
  const more = Array.isArray(args) ? args.map((word) => pyStr(word)) : args === null ? [] : [pyStr(args)];
  return withFile({ body: Buffer.from(values.code as string), suffix: '', mode: 0o400, values: options }, (path) =>
    run(it, { ...options, cwd: values.cwd ?? null, cmd: [values.lang as string, path, ...more] }),
  );
}

async function run(it: ModuleContext, values: Bound): Promise<Dict> {
  const { pid, retcode, out, err } = await runCommand(it, { ...values, python_shell: false }, { merge: false, raises: false });
  return Dict.of({ pid: BigInt(pid), retcode: retcode === null ? null : BigInt(retcode), stdout: out, stderr: err });
}

async function read(it: ModuleContext, source: string): Promise<Uint8Array | null> {
  if (source.startsWith('salt://')) return it.fetch(source.slice('salt://'.length).split('?')[0] ?? '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) throw new InvocationError('cmd.script takes salt://… or a path of this host');
  return isAbsolute(source) && existsSync(source) && statSync(source).isFile() ? readFileSync(source) : null;
}

function wordsOf(args: Value): string[] {
  if (args === null) return [];
  return Array.isArray(args) ? args.map((word) => pyStr(word)) : splitWords(pyStr(args));
}

interface File {
  readonly body: Uint8Array;
  readonly suffix: string;
  readonly mode: number;
  readonly values: Bound;
}

async function withFile<T>({ body, suffix, mode, values }: File, use: (path: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'brine-script-'));
  const path = join(dir, `script${suffix}`);
  try {
    writeFileSync(path, body, { mode });
    const user = values.runas ? findUser(pyStr(values.runas)) : undefined;
    if (user && process.getuid?.() === 0) {
      chmodSync(dir, 0o711);
      chownSync(path, user.uid, user.gid);
    }
    return await use(path);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
