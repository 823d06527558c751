/** Functions without an agent, for `brine call --local`: no log, no link, no jobs; what they fire goes nowhere, and is said to be lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MinionId } from '../core/ids.ts';
import { Dict, type Value } from '../core/value.ts';
import type { Result } from './dispatch.ts';
import { readGrains } from './grains/core.ts';
import { createGrainStore } from './grains/store.ts';
import { type CallContext, callFunction, type InvokeOptions } from './invoke.ts';
import { createModules } from './modules/index.ts';
import { CommandExecutionError, type ModuleContext } from './modules/module.ts';
import { createRedact } from './redact.ts';
import { type AgentSettings, moduleSettings } from './settings.ts';
import { createSpawner } from './spawn.ts';

export interface AloneOptions {
  readonly id: MinionId;
  readonly settings: AgentSettings;
  readonly grains: Readonly<Record<string, Value>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: number;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly render: (text: string, context: Dict) => Promise<string>;
}

export interface Alone {
  call(fun: string, arg: readonly Value[], kwarg: Dict): Promise<Result>;
  close(): void;
}

export async function createAlone(options: AloneOptions): Promise<Alone> {
  const { id, settings, report } = options;
  const dir = mkdtempSync(join(tmpdir(), 'brine-call-'));
  const spawner = createSpawner(join(dir, 'jobs'));
  const functions = createModules();
  const problem = (source: string, error: string) => report('grains_failed', { source, error });
  const env = Object.fromEntries(Object.entries(options.env).filter((pair): pair is [string, string] => pair[1] !== undefined));
  const grains = await createGrainStore({
    dataDir: dir,
    machine: () => readGrains({ id, env, fqdns: settings.fqdns ?? false, ec2: settings.ec2 ?? false, problem }),
    scripts: async () => new Dict(),
    file: settings.grainsFile ?? null,
    settings: options.grains,
    problem,
    changed: () => {},
  });
  const shown = Dict.from([['id', id], ...(settings.shown ?? new Dict())]);
  const contextOf = (call: CallContext): ModuleContext => ({
    id,
    jid: call.jid,
    fun: call.fun,
    pub: call.pub,
    ...moduleSettings(settings, shown),
    env,
    timeout: undefined,
    grains: grains.current,
    linked: () => false,
    setGrains: grains.set,
    refreshGrains: grains.refresh,
    fireMaster: async ({ tag }) => {
      report('not_sent', { tag, why: 'without an agent there is no bus' });
      return false;
    },
    fireLocal: () => {},
    spawn: (command) => spawner.run({ ...command, jid: call.jid }),
    running: () => [],
    signal: () => false,
    modules: functions,
    call: (fun, arg, kwarg) => callFunction(invoke, { ...call, fun, arg, kwarg }),
    render: (text) => options.render(text, Dict.of({ grains: grains.current(), opts: shown, pillar: new Dict() })),
    output: () => null,
    fetch: async () => null,
    sync: async () => {
      throw new CommandExecutionError('the project’s files come over the link, which --local does without');
    },
    setRetcode: call.setRetcode,
    report,
  });
  const redact = createRedact(settings.redact ?? { names: [], values: [], patterns: [] }, options.env);
  const invoke: InvokeOptions = { functions, redact, contextOf };
  const jid = `${new Date(options.now).toISOString().replace(/\D/g, '').slice(0, 17)}000`;
  return {
    call: (fun, arg, kwarg) => {
      const pub = Dict.of({ __pub_fun: fun, __pub_pid: BigInt(process.pid), __pub_jid: jid, __pub_tgt: 'salt-call' });
      return callFunction(invoke, { fun, arg, kwarg, jid, pub, cause: [], timeout: undefined, files: [], local: true });
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
