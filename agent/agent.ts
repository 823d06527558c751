/** The minion: log, link, poller, dispatch and modules put together. Usable in a process of its own and inside `brine dev`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { controlPath } from '../core/control-path.ts';
import { type Boot, base32, type MinionId } from '../core/ids.ts';
import { encode } from '../core/json.ts';
import type { Clock, Random } from '../core/ports.ts';
import type { Tag } from '../core/tag.ts';
import { Dict, type Value } from '../core/value.ts';
import type { Join } from '../trust/join.ts';
import { identityOf, loadIdentity } from '../trust/keys.ts';
import { fromBase64Url } from '../trust/transcript.ts';
import { createAside } from './aside.ts';
import { createLocalBus, openControl } from './control.ts';
import { createCustom } from './custom/custom.ts';
import { createDispatch } from './dispatch.ts';
import { createFileStore } from './files.ts';
import { readGrains } from './grains/core.ts';
import { readScriptGrains } from './grains/scripts.ts';
import { createGrainStore } from './grains/store.ts';
import { loadIncarnation } from './incarnation.ts';
import { callFunction, createInvoke, type InvokeOptions } from './invoke.ts';
import { createJobFiles } from './job-files.ts';
import { createLink, type Link } from './link/link.ts';
import { fraction, type LinkTiming } from './link/timing.ts';
import { lockDirectory } from './lock.ts';
import { AgentLog } from './log/log.ts';
import { createContexts } from './module-context.ts';
import { createModules } from './modules/index.ts';
import { createPoller, type PollTiming } from './poller.ts';
import type { JobQueue, QueueAccess } from './ports.ts';
import { createRedact, hideSecrets, redactFields } from './redact.ts';
import { createReports } from './reports.ts';
import type { AgentSettings } from './settings.ts';
import { createSpawner } from './spawn.ts';
import { VERSION } from './version.ts';

export interface AgentOptions {
  readonly id: MinionId;
  readonly dataDir: string;
  readonly join: Join;
  readonly grains: Readonly<Record<string, Value>>;
  readonly settings: AgentSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** The queue that an accepted hello names; the entry file makes it of SQS. */
  readonly openQueue: (access: QueueAccess) => JobQueue;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** A Jinja template's text, for `template: jinja`; the entry brings it, since templates are no part of the agent. */
  readonly render?: (text: string, context: Dict) => Promise<string>;
  /** A test gives shorter waits, and puts its own between. */
  readonly timing?: LinkTiming;
  readonly polling?: Partial<PollTiming>;
  readonly wrap?: {
    readonly log?: (log: AgentLog) => AgentLog;
    readonly spawner?: (spawner: ReturnType<typeof createSpawner>) => ReturnType<typeof createSpawner>;
  };
}

export interface Agent {
  readonly id: MinionId;
  readonly socket: string;
  readonly state: () => Link['state'];
  /** Takes no more jobs, waits for the running ones (seconds), writes the rest as interrupted, sends what it can for five seconds (`flush` milliseconds). */
  close(options?: { readonly stopTimeout?: number; readonly flush?: number }): Promise<void>;
}

export const FLUSH = 5000;
/** Milliseconds between two looks for outputs that were kept long enough. */
const SWEEP = 3_600_000;

/** Throws `agent.running` while another agent uses the state directory, and `log.full` when its disk takes nothing at all. */
export async function createAgent(options: AgentOptions): Promise<Agent> {
  const lock = await lockDirectory(options.dataDir, 'another agent');
  try {
    return await startAgent(options, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startAgent(options: AgentOptions, ended: () => void): Promise<Agent> {
  const { id, dataDir, join: joined, clock, random } = options;
  mkdirSync(options.settings.workDir, { recursive: true });
  const identity = await loadIdentity(join(dataDir, 'identity'));
  const incarnation = loadIncarnation(dataDir, random);
  const boot = base32(random.bytes(9), 13) as Boot;
  const opened = new AgentLog(join(dataDir, 'log'), clock);
  const files = createJobFiles(join(dataDir, 'jobs'));
  const made = createSpawner(join(dataDir, 'jobs'));
  const spawner = options.wrap?.spawner?.(made) ?? made;
  const bus = createLocalBus();
  const redact = createRedact(options.settings.redact ?? { names: [], values: [], patterns: [] }, options.env);
  const reports = createReports(options.report, () => clock.now());
  const report: AgentOptions['report'] = (message, fields) => reports.report(message, redactFields(redact, fields));
  const log = hideSecrets(options.wrap?.log?.(opened) ?? opened, redact);
  if (opened.damaged > 0) report('log_damaged', { bytes: opened.damaged, file: join(dataDir, 'log', 'log') });
  const socket = controlPath(dataDir, options.env);
  const env: Record<string, string> = { ...definedOnly(options.env), BRINE_SOCKET: socket };
  delete env.BRINE_JOIN;
  const store = createFileStore({ dir: join(dataDir, 'files'), fetch: (file) => link.fetch(file) });
  const custom = createCustom({ dir: join(dataDir, 'custom'), store, env, report });
  const functions = createModules(custom);
  const tellProblem = (source: string, error: string) => {
    report('grains_failed', { source, error });
    void log
      .append({ tag: `salt/minion/${id}/grains_failed` as Tag, stamp: now(), data: Dict.of({ source, error }) })
      .catch(() => {});
  };
  let offset = 0;
  const now = () => clock.now() + offset;
  const grains = await createGrainStore({
    dataDir,
    machine: () =>
      readGrains({
        id,
        env,
        fqdns: options.settings.fqdns ?? false,
        ec2: options.settings.ec2 ?? false,
        problem: tellProblem,
      }),
    scripts: () =>
      readScriptGrains({
        dir: options.settings.grainsDir ?? null,
        custom: custom.grains(),
        env,
        id,
        problem: tellProblem,
      }),
    file: options.settings.grainsFile ?? null,
    settings: options.grains,
    problem: tellProblem,
    changed: () => link.renew(),
  });

  const invokeOptions: InvokeOptions = {
    functions,
    redact,
    prepare: custom.bring,
    contextOf: (call, left) => contextOf(call, left),
  };
  const shown = Dict.from([['id', id], ...(options.settings.shown ?? new Dict())]);
  const contextOf = createContexts({
    id,
    settings: options.settings,
    shown,
    env,
    now,
    log,
    spawner,
    files,
    store,
    custom,
    grains,
    functions,
    report,
    invokeOptions: () => invokeOptions,
    invoke: () => invoke,
    linked: () => link.state === 'accepted',
    running: () => dispatch.running(),
    fireLocal: bus.fire,
    ...(options.render && { render: options.render }),
  });
  const invoke = createInvoke(invokeOptions);

  const told = new Map<string, number>();
  /** On the bus at most once a minute for each code; the log of this process has all of it. */
  const tell = (what: string, code: string, data: Readonly<Record<string, Value>>) => {
    if (now() - (told.get(`${what} ${code}`) ?? 0) < 60_000) return;
    told.set(`${what} ${code}`, now());
    void log.append({ tag: `salt/minion/${id}/${what}` as Tag, stamp: now(), data: Dict.of({ code, ...data }) }).catch(() => {});
  };
  opened.onAside = ({ code, count, dropped }) => {
    report('set_aside', { code, count, dropped });
    tell('set_aside', code, { count: BigInt(opened.aside.count), dropped: BigInt(opened.aside.dropped) });
  };
  const dispatch = createDispatch({
    stack: joined.stack,
    roots: () => joined.roots.jobs,
    id,
    incarnation,
    now,
    log,
    spawner,
    files,
    invoke,
    grains: grains.current,
    allow: options.settings.allow,
    report,
    refused: (code, fields) => {
      report('refused', { code, ...fields });
      tell('refused', code, { jid: String(fields.jid ?? '') });
    },
  });
  const poller = createPoller({
    dispatch,
    report,
    chance: () => fraction(random),
    timing: {
      ...(options.settings.backstop !== undefined && { backstop: options.settings.backstop * 1000 }),
      ...options.polling,
    },
  });
  let startFired = false;
  let queue: string | null = null;
  const link = createLink({
    stack: joined.stack,
    relays: joined.relays,
    roots: () => joined.roots.enroll,
    identity,
    id,
    incarnation,
    boot,
    outbox: log,
    ...(options.timing && { timing: options.timing }),
    grains: () => encode(redact.value(grains.current())),
    clock,
    random,
    log: (message, fields = {}) => report(message, fields),
    ...(joined.token !== undefined && { token: identityOf(fromBase64Url(joined.token) ?? new Uint8Array(32)) }),
    listener: {
      access: (access) => {
        queue = access.queue;
        poller.use(options.openQueue(access));
        if (startFired) return;
        startFired = true;
        const data = `Minion ${id} started at ${asctime(new Date(now()))}`;
        void log.append({ tag: `salt/minion/${id}/start` as Tag, stamp: now(), data }).catch(() => {});
      },
      refused: (state) => report('not_served', { state }),
      bell: poller.bell,
      reachable: poller.reachable,
      offset: (milliseconds) => {
        offset = milliseconds;
      },
    },
  });
  await log.dropOld();
  dispatch.recover();
  const sweep = () => files.sweep(clock.now(), (jid) => log.open().some((job) => job.jid === jid));
  sweep();
  const sweeping = setInterval(sweep, SWEEP).unref();
  const every = options.settings.grainsEvery ?? 0;
  const reading = every > 0 ? setInterval(() => void grains.refresh().catch(() => {}), every * 60_000).unref() : undefined;
  const started = clock.now();
  const aside = createAside(opened.aside, log);
  const status = (): Dict =>
    Dict.of({
      id,
      fingerprint: identity.fingerprint,
      incarnation,
      boot,
      stack: joined.stack,
      version: VERSION,
      pid: BigInt(process.pid),
      data: dataDir,
      started: BigInt(started),
      state: link.state,
      relay: link.relay,
      relays: joined.relays.map((relay) => relay.push),
      queue,
      clock_offset: BigInt(Math.round(offset)),
      waiting_events: BigInt(opened.depth),
      set_aside: BigInt(opened.aside.count),
      set_aside_dropped: BigInt(opened.aside.dropped),
      running: dispatch.running().map(({ head }) => head.jid),
      grains: BigInt(grains.current().size),
    });
  let calls = 0;
  const control = await openControl({
    path: socket,
    bus,
    status,
    reports,
    aside,
    call: (fun, arg, kwarg) => {
      calls += 1;
      const jid = `${new Date(now()).toISOString().replace(/\D/g, '').slice(0, 17)}${String(calls % 1000).padStart(3, '0')}`;
      const pub = Dict.of({ __pub_fun: fun, __pub_pid: BigInt(process.pid), __pub_jid: jid, __pub_tgt: 'salt-call' });
      return callFunction(invokeOptions, { fun, arg, kwarg, jid, pub, cause: [], timeout: undefined, files: [], local: true });
    },
  });
  return {
    id,
    socket,
    state: () => link.state,
    close: async ({ stopTimeout = options.settings.stopTimeout, flush = FLUSH } = {}) => {
      clearInterval(sweeping);
      clearInterval(reading);
      await control.close();
      await poller.close();
      await within(stopTimeout * 1000, dispatch.idle());
      await within(FLUSH, dispatch.interrupt());
      spawner.leave();
      const until = clock.now() + flush;
      while (log.depth > 0 && link.state === 'accepted' && clock.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await link.close();
      await log.close();
      ended();
    },
  };
}

/** Waits for something, but no longer than this. */
async function within(milliseconds: number, waited: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([waited, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
  clearTimeout(timer);
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** `Sun Nov 22 15:10:53 2026` */
function asctime(date: Date): string {
  const [day = '', number = '', month = '', year = '', time = ''] = date.toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${String(Number(number)).padStart(2, ' ')} ${time} ${year}`;
}
