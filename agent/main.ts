/** The minion as a process: settings → an agent whose queue is SQS, until a signal. */
import { openJobQueue } from '../aws/job-queue.ts';
import { stackParts } from '../aws/topology.ts';
import { parseJoin } from '../trust/join.ts';
import { type Agent, type AgentOptions, createAgent } from './agent.ts';
import type { MinionSettings } from './config.ts';

export interface MinionProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly signal: AbortSignal;
  readonly ready: (agent: Agent) => void;
  readonly render?: AgentOptions['render'];
}

/** Resolves when the signal came and everything is put away. */
export async function runMinion(settings: MinionSettings, { env, report, signal, ready, render }: MinionProcess): Promise<void> {
  const join = parseJoin(settings.join, Date.now());
  const { region } = stackParts(join.stack);
  const agent = await createAgent({
    id: settings.id,
    dataDir: settings.dataDir,
    join,
    grains: settings.grains,
    settings,
    clock: { now: Date.now },
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    openQueue: (access) => openJobQueue(region, access),
    env,
    report,
    ...(render && { render }),
  });
  ready(agent);
  await new Promise<void>((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
  await agent.close();
}
