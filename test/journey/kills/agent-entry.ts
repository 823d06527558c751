/** A minion whose log, queue and spawner are wrapped: at the place that it is told it kills itself, as nothing else could at exactly that moment. */
import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { createAgent } from '../../../agent/agent.ts';
import type { AgentLog } from '../../../agent/log/log.ts';
import { encodeRecord, type Record } from '../../../agent/log/records.ts';
import type { JobQueue } from '../../../agent/ports.ts';
import type { createSpawner } from '../../../agent/spawn.ts';
import { openJobQueue } from '../../../aws/job-queue.ts';
import { parseMinionId } from '../../../core/ids.ts';
import { parseJoin } from '../../../trust/join.ts';
import type { Hit, KillPlan, Mutant, Row } from './rows.ts';

const { KILL_ID = '', KILL_DATA = '', KILL_JOIN = '', KILL_PLAN = 'null', KILL_HITS = '', KILL_REGION = '' } = process.env;
const mutant = process.env.KILL_MUTANT as Mutant | undefined;
const plan = JSON.parse(KILL_PLAN) as KillPlan | null;
let passed = 0;

/** Ends this process when it is at its place for the n-th time; what follows in the code never happens. */
function here(row: Row, jid = '', before: () => void = () => {}): void {
  if (plan?.row !== row) return;
  passed += 1;
  if (passed !== plan.n) return;
  before();
  appendFileSync(KILL_HITS, `${JSON.stringify({ row, id: KILL_ID, jid } satisfies Hit)}\n`);
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** What a machine that loses its power leaves: the beginning of a record that was about to be written. */
function tear(record: Record): () => void {
  const frame = encodeRecord(record);
  return () => appendFileSync(`${KILL_DATA}/log/log`, frame.subarray(0, frame.length >> 1));
}

function wrapLog(log: AgentLog): AgentLog {
  const { accept, start, done, acknowledge } = {
    accept: log.accept.bind(log),
    start: log.start.bind(log),
    done: log.done.bind(log),
    acknowledge: log.acknowledge.bind(log),
  };
  log.accept = async (job) => {
    here('before accepted', job.jid);
    here('accepted is half written', job.jid, tear({ t: 'accepted', ...job }));
    here('host rebuilt', job.jid, () => writeFileSync(`${KILL_HITS}.${KILL_ID}`, job.message));
    await accept(job);
    here('after accepted, before the delete', job.jid);
  };
  log.start = async (jid) => {
    here('after the delete, before started', jid);
    here('started is half written', jid, tear({ t: 'started', jid }));
    await start(jid);
    here('after started, before the child', jid);
  };
  log.done = async (jid, outcome, event) => {
    const ended = outcome === 'done';
    if (ended) here('child ended, before done', jid);
    if (ended) here('done is half written', jid, tear({ t: 'done', jid, outcome, seq: 1, stamp: event.stamp, body: event.tag }));
    await done(jid, outcome, event);
    if (ended) here('after done, before the ack', jid);
  };
  log.acknowledge = async (upTo) => {
    here('acknowledged, before that is noted');
    await acknowledge(upTo);
  };
  if (mutant === 'runs again what had started') {
    const open = log.open.bind(log);
    log.open = () => open().map((job) => ({ ...job, started: false }));
  }
  return log;
}

function wrapSpawner(spawner: ReturnType<typeof createSpawner>): ReturnType<typeof createSpawner> {
  return {
    ...spawner,
    run: (command) => {
      const running = spawner.run(command);
      // Only one that lasts is surely in the middle then.
      if ('text' in command.run && !/sleep [1-9]/.test(command.run.text)) return running;
      const look = setInterval(() => {
        const pid = spawner.pidOf(command.jid);
        if (pid === undefined) return clearInterval(look);
        if (!hasPrinted(command.jid)) return;
        clearInterval(look);
        here('while the child runs: it lives', command.jid);
        here('while the child runs: it dies too', command.jid, () => process.kill(-pid, 'SIGKILL'));
      }, 10);
      return running;
    },
  };
}

/** It has written its counter, and prints before it sleeps. */
function hasPrinted(jid: string): boolean {
  return (statSync(`${KILL_DATA}/jobs/${jid}/stdout`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

const agent = await createAgent({
  id: parseMinionId(KILL_ID),
  dataDir: KILL_DATA,
  join: parseJoin(KILL_JOIN, Date.now()),
  grains: {},
  settings: { allow: ['*'], workDir: `${KILL_DATA}/work`, shellByDefault: true, stopTimeout: 5 },
  clock: { now: Date.now },
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  openQueue: (access): JobQueue => openJobQueue(KILL_REGION, access),
  env: process.env,
  report: (message, fields) => process.stdout.write(`${message} ${JSON.stringify({ ...fields, at: Date.now() % 1e6 })}\n`),
  timing: {
    reconnect: [20, 200],
    answer: 10_000,
    ack: 3000,
    ping: 5000,
    retry: [20, 200],
    unserved: 500,
  },
  wrap: { log: wrapLog, spawner: wrapSpawner },
});
process.stdout.write(`socket ${agent.socket}\n`);
process.on('SIGTERM', () => void agent.close().then(() => process.exit(0)));
