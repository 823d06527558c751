/** One host's modules without a link: real commands in real process groups, below a directory of its own. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../agent/dispatch.ts';
import { callFunction, type InvokeOptions } from '../../agent/invoke.ts';
import { createJobFiles } from '../../agent/job-files.ts';
import { type CustomFunctions, createModules } from '../../agent/modules/index.ts';
import type { FileLimits, ModuleContext, RunningJob } from '../../agent/modules/module.ts';
import type { Redact } from '../../agent/redact.ts';
import { createSpawner, type Ended } from '../../agent/spawn.ts';
import type { JobBody } from '../../core/job/job.ts';
import { renderOnHost } from '../../core/sls/render-on-host.ts';
import { Dict, fromPlain, type Value } from '../../core/value.ts';

export interface HostOptions {
  readonly grains?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly shellByDefault?: boolean;
  readonly limits?: Partial<FileLimits>;
  readonly commands?: ModuleContext['commands'];
  readonly running?: readonly RunningJob[];
  readonly files?: Readonly<Record<string, string>>;
  readonly custom?: CustomFunctions;
  readonly redact?: Redact;
  readonly pub?: Dict;
  readonly timeout?: number;
  readonly moduleMemory?: number;
  /** Milliseconds between TERM and KILL. */
  readonly grace?: number;
}

export interface Host {
  readonly dir: string;
  readonly workDir: string;
  readonly fired: { readonly tag: string; readonly data: Value; readonly where: 'master' | 'local' }[];
  readonly reports: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly signals: { readonly jid: string; readonly signal: string }[];
  readonly options: InvokeOptions;
  grains(): Dict;
  /** `call('cmd.run', ['true'], {cwd: '/'})`; plain data becomes values. */
  call(
    fun: string,
    arg?: readonly unknown[],
    kwarg?: Readonly<Record<string, unknown>>,
    more?: { jid?: string; left?: Ended; literal?: JobBody['literal_args'] },
  ): Promise<Result>;
  close(): void;
}

export const JID = '20261122221934123456';

export function createHost(given: HostOptions = {}): Host {
  const dir = mkdtempSync(join(tmpdir(), 'brine-host-'));
  const workDir = join(dir, 'work');
  mkdirSync(workDir);
  let grains = fromPlain(given.grains ?? { id: 'web1', os: 'CentOS' }) as Dict;
  const spawner = createSpawner(join(dir, 'jobs'), given.grace === undefined ? {} : { grace: given.grace });
  const modules = createModules(given.custom);
  const host: Pick<Host, 'fired' | 'reports' | 'signals'> = { fired: [], reports: [], signals: [] };
  const shown = fromPlain({ id: 'web1', ...given.settings }) as Dict;
  const contextOf = (call: Parameters<InvokeOptions['contextOf']>[0], left?: Ended): ModuleContext => ({
    id: 'web1',
    jid: call.jid,
    fun: call.fun,
    pub: call.pub,
    workDir,
    shellByDefault: given.shellByDefault ?? true,
    files: { read: ['/'], write: ['/'], remove: [dir], maxBytes: 10_485_760, ...given.limits },
    ...(given.moduleMemory !== undefined && { moduleMemory: given.moduleMemory }),
    shown,
    ...(given.commands && { commands: given.commands }),
    env: { PATH: process.env.PATH ?? '', HOME: dir, ...given.env },
    timeout: call.timeout,
    grains: () => grains,
    linked: () => true,
    setGrains: (changes, destructive) => {
      grains = grains.copy();
      for (const [name, value] of changes) value === null && destructive ? grains.delete(name) : grains.set(name, value);
    },
    refreshGrains: async () => {},
    fireMaster: async ({ tag, data }) => host.fired.push({ tag, data, where: 'master' }) > 0,
    fireLocal: (tag, data) => void host.fired.push({ tag, data, where: 'local' }),
    spawn: (command) => (left ? Promise.resolve(left) : spawner.run({ ...command, jid: call.jid })),
    running: () => given.running ?? [],
    signal: (jid, signal) => host.signals.push({ jid, signal }) > 0,
    modules,
    call: (fun, arg, kwarg) => callFunction(options, { ...call, fun, arg, kwarg, literal: arg.map((_, i) => [i, 0] as const) }),
    render: (text) => renderOnHost(text, Dict.of({ grains, opts: shown, pillar: new Dict() })),
    output: createJobFiles(join(dir, 'jobs')).read,
    fetch: async (path) => (given.files?.[path] === undefined ? null : Buffer.from(given.files[path])),
    sync: async () => [],
    setRetcode: call.setRetcode,
    report: (message, fields) => void host.reports.push({ message, fields }),
  });
  const options: InvokeOptions = { functions: modules, contextOf, ...(given.redact && { redact: given.redact }) };
  return {
    ...host,
    dir,
    workDir,
    options,
    grains: () => grains,
    call: (fun, arg = [], kwarg = {}, { jid = JID, left, literal } = {}) =>
      callFunction(
        options,
        {
          fun,
          arg: fromPlain(arg) as Value[],
          kwarg: fromPlain(kwarg) as Dict,
          ...(literal && { literal }),
          jid,
          pub: given.pub ?? new Dict(),
          cause: [],
          timeout: given.timeout,
          files: [],
        },
        left,
      ),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
