/** What a function may touch of its agent, made for each call. */
import { BrineError } from '../core/errors.ts';
import type { MinionId } from '../core/ids.ts';
import { Dict, fromPlain } from '../core/value.ts';
import type { createCustom } from './custom/custom.ts';
import type { Dispatch } from './dispatch.ts';
import type { createFileStore } from './files.ts';
import type { createGrainStore } from './grains/store.ts';
import { type CallContext, callFunction, type Invoke, type InvokeOptions, isEnding } from './invoke.ts';
import type { createJobFiles } from './job-files.ts';
import type { AgentLog } from './log/log.ts';
import { CommandExecutionError, type ModuleContext, type ModuleTable } from './modules/module.ts';
import { type AgentSettings, moduleSettings } from './settings.ts';
import type { Ended, Spawner } from './spawn.ts';

/** What it reaches for. */
export interface AgentParts {
  readonly id: MinionId;
  readonly settings: AgentSettings;
  /** For `config.get`. */
  readonly shown: Dict;
  readonly env: Readonly<Record<string, string>>;
  /** Platform time. */
  readonly now: () => number;
  readonly log: Pick<AgentLog, 'append'>;
  readonly spawner: Pick<Spawner, 'run' | 'pidOf' | 'signal'>;
  readonly files: Pick<ReturnType<typeof createJobFiles>, 'read'>;
  readonly store: Pick<ReturnType<typeof createFileStore>, 'get'>;
  readonly custom: Pick<ReturnType<typeof createCustom>, 'sync'>;
  readonly grains: Pick<Awaited<ReturnType<typeof createGrainStore>>, 'current' | 'set' | 'refresh'>;
  readonly functions: ModuleTable;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Parts that ask for a context themselves. */
  readonly invokeOptions: () => InvokeOptions;
  readonly invoke: () => Invoke;
  readonly linked: () => boolean;
  readonly running: Dispatch['running'];
  readonly fireLocal: (tag: string, data: Dict) => void;
  readonly render?: (text: string, context: Dict) => Promise<string>;
}

/** A context's `spawn` answers with `left` instead of starting anything, when it is given. */
export function createContexts(agent: AgentParts): (call: CallContext, left?: Ended) => ModuleContext {
  const { id, settings, shown, env, now, log, spawner, store, custom, grains, functions, report } = agent;
  return (call, left) => ({
    id,
    jid: call.jid,
    fun: call.fun,
    pub: call.pub,
    ...moduleSettings(settings, shown),
    env: { ...env, BRINE_CAUSE: call.cause.join(' ') },
    timeout: call.timeout,
    grains: grains.current,
    linked: agent.linked,
    setGrains: grains.set,
    refreshGrains: grains.refresh,
    fireMaster: async ({ tag, data }) => {
      try {
        await log.append({ tag, stamp: now(), data });
        return true;
      } catch (error) {
        if (!(error instanceof BrineError && error.family === 'world')) throw error;
        report('event_refused', { tag, code: error.code });
        call.setRetcode(1);
        return false;
      }
    },
    fireLocal: agent.fireLocal,
    spawn: (command) => (left ? Promise.resolve(left) : spawner.run({ ...command, jid: call.jid })),
    running: () =>
      agent.running().map(({ head, body }) => ({
        jid: head.jid,
        fun: head.fun,
        arg: body.arg,
        tgt: fromPlain(body.target.tgt),
        tgt_type: body.target.tgt_type,
        user: head.user,
        ret: body.ret ?? '',
        pid: spawner.pidOf(head.jid) ?? process.pid,
      })),
    signal: (jid, signal) => {
      if (!spawner.signal(jid, signal)) return isEnding(signal) && agent.invoke().end(jid, signal);
      if (isEnding(signal)) agent.invoke().told(jid, signal);
      return true;
    },
    modules: functions,
    call: (fun, arg, kwarg) =>
      callFunction(agent.invokeOptions(), { ...call, fun, arg, kwarg, literal: arg.map((_, i) => [i, 0] as const) }),
    render: async (text) => {
      if (!agent.render) throw new CommandExecutionError('templates cannot be rendered by this agent');
      return agent.render(text, Dict.of({ grains: grains.current(), opts: shown, pillar: new Dict() }));
    },
    output: agent.files.read,
    fetch: async (path) => {
      const file = call.files.find((one) => one.path === path);
      if (!file && call.local)
        throw new CommandExecutionError(`salt://${path} comes with a job of the platform: brine run ${id} …`);
      return file ? store.get(file) : null;
    },
    sync: async (kind) => {
      if (call.local) throw new CommandExecutionError(`what is synced comes with a job of the platform: brine run ${id} …`);
      const changed = await custom.sync(kind, call.files);
      if (kind === 'grains') await grains.refresh();
      return changed;
    },
    setRetcode: call.setRetcode,
    report,
  });
}
