/** A job's life on its host, with a real log and real commands: the order of its steps, and what an earlier agent left behind. Steps 12–14. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDispatch, type DispatchOptions } from '../../agent/dispatch.ts';
import { createInvoke } from '../../agent/invoke.ts';
import { createJobFiles } from '../../agent/job-files.ts';
import { AgentLog } from '../../agent/log/log.ts';
import { createSpawner } from '../../agent/spawn.ts';
import { minionUid } from '../../core/ids.ts';
import { type Jid, makeJid } from '../../core/job/jid.ts';
import type { JobBody } from '../../core/job/job.ts';
import { Dict, toPlain } from '../../core/value.ts';
import { encodeJob, signJob } from '../../trust/job.ts';
import { eventually } from '../support/eventually.ts';
import { createHost, type Host } from '../support/host.ts';
import { createPlatform, HOUR, INCARNATION, NOW, STACK, WEB1 } from '../support/roots.ts';

const platform = createPlatform();
const signer = platform.signer('reactor');
let dir: string;
let host: Host;
let log: AgentLog;
let now: number;
let steps: string[];
const clock = { now: () => now };
const openLog = () => new AgentLog(join(dir, 'log'), clock);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-dispatch-'));
  host = createHost();
  now = NOW;
  steps = [];
  log = openLog();
});
afterEach(async () => {
  await log.close();
  host.close();
  rmSync(dir, { recursive: true, force: true });
});

const jid = (name: string) => makeJid(NOW, [name]);

async function message(name: string, cmd: string, more: Partial<JobBody> = {}): Promise<string> {
  const uid = minionUid(WEB1, INCARNATION, 7);
  const head = { jid: jid(name), id: WEB1, incarnation: INCARNATION, fun: 'cmd.run', uid, user: 'Reactor' };
  const body: JobBody = {
    arg: [cmd],
    kwarg: new Dict(),
    target: { tgt: '*', tgt_type: 'glob', literal: [], delimiter: ':' },
    ...more,
  };
  const times = { at: NOW, expires: NOW + HOUR };
  return encodeJob(await signJob(signer, { ...head, cause: { root: uid, parent: uid, hops: 1 }, ...times }, body));
}

function dispatch(more: Partial<DispatchOptions> = {}) {
  const told: string[] = [];
  const made = createDispatch({
    stack: STACK,
    roots: () => platform.roots.jobs,
    id: WEB1,
    incarnation: INCARNATION,
    now: () => now,
    log,
    spawner: createSpawner(join(host.dir, 'jobs')),
    files: createJobFiles(join(host.dir, 'jobs')),
    invoke: createInvoke(host.options),
    grains: host.grains,
    allow: ['*'],
    report: (what) => void steps.push(what),
    refused: (code) => void told.push(code),
    ...more,
  });
  return { ...made, told };
}

/** What waits to be sent: one return, by its tag. */
function returned(): { tag: string; load: Record<string, unknown>; receipt: boolean }[] {
  const events = log.peek({ events: 100, bytes: 1e9 })?.events ?? [];
  return events.map(({ tag, data, receipt }) => ({
    tag,
    load: toPlain(data) as Record<string, unknown>,
    receipt: receipt !== undefined,
  }));
}

const isOpen = (of: Jid) => log.open().find((job) => job.jid === of);
const other = { roots: () => createPlatform().roots.jobs };

it('accepted, deleted, started, done: each stands in the log before the next begins', async () => {
  const it = dispatch();
  await it.take(
    { text: await message('a', `echo ran; cat ${dir}/log/log | wc -c`), handle: 'h', count: 1, sentAt: NOW },
    {
      receive: async () => [],
      delete: async (handle) => {
        expect([handle, isOpen(jid('a'))?.started]).toEqual(['h', false]);
        steps.push('deleted');
      },
    },
  );
  await it.idle();
  expect(steps).toEqual(['accepted', 'deleted', 'started', 'done']);
  expect(log.open()).toEqual([]);
  expect(returned()).toMatchObject([{ tag: `salt/job/${jid('a')}/ret/web1`, load: { retcode: 0 }, receipt: true }]);
});

const queue = (deleted: string[]) => ({ receive: async () => [], delete: async (handle: string) => void deleted.push(handle) });

it.each<[string, (text: string) => string, string]>([
  ['no job', () => 'x', 'trust.schema'],
  ['a byte changed', (text) => text.replace('cmd.run', 'cmd.ron'), 'trust.signature'],
  ['another host’s', (text) => text.replaceAll('web1', 'web2'), 'trust.signature'],
])('what is refused is deleted from the queue, told by its code, and never in the log: %s', async (_, change, code) => {
  const it = dispatch();
  const deleted: string[] = [];
  const text = change(await message('a', 'echo x'));
  await it.take({ text, handle: 'h', count: 1, sentAt: NOW }, queue(deleted));
  expect([deleted, it.told, log.open(), log.known(jid('a'))]).toEqual([['h'], [code], [], false]);
  expect(returned()).toEqual([]);
});

it('told to end while a command runs, it has one outcome, though the command goes on and ends', async () => {
  const it = dispatch();
  const [began, go] = ['began', 'go'].map((name) => join(dir, name));
  const text = await message('a', `mkfifo ${go}; echo >${began}; read x <${go}; echo late`);
  await it.take({ text, handle: 'h', count: 1, sentAt: NOW }, queue([]));
  await eventually(
    () => existsSync(began as string),
    (yes) => yes,
  );
  await it.interrupt();
  writeFileSync(go as string, 'x\n');
  await it.idle();
  expect(returned()).toMatchObject([{ load: { outcome: 'interrupted', success: false } }]);
  expect(log.open()).toEqual([]);
});

it('a return says whose job it was and what was sent with it; of a job that is told, no file stays', async () => {
  const it = dispatch();
  const text = await message('a', 'echo ran', { metadata: Dict.of({ ticket: 7n }) });
  await it.take({ text, handle: 'h', count: 1, sentAt: NOW }, queue([]));
  await it.idle();
  expect(returned()[0]?.load).toMatchObject({ return: 'ran', user: 'Reactor', metadata: { ticket: 7 }, fun_args: ['echo ran'] });
  expect(existsSync(join(host.dir, 'jobs', jid('a')))).toBe(false);
});

it('a repetition is deleted, and runs nothing', async () => {
  const it = dispatch();
  const [deleted, file]: [string[], string] = [[], join(dir, 'count')];
  const text = await message('a', `echo x >>${file}`);
  for (const handle of ['first', 'second', 'third']) {
    await it.take({ text, handle, count: 1, sentAt: NOW }, queue(deleted));
    if (handle === 'second') await it.idle();
  }
  expect([deleted, it.told, readFileSync(file, 'utf8'), returned().length]).toEqual([['first', 'second', 'third'], [], 'x\n', 1]);
});

it.each<[string, Partial<DispatchOptions>, Partial<JobBody>, string]>([
  ['a function outside of its allow list', { allow: ['test.*', 'cmd.run_all'] }, {}, 'job.not_allowed'],
  ['another target', {}, { target: { tgt: 'db*', tgt_type: 'glob', literal: [], delimiter: ':' } }, 'job.not_meant'],
])('%s is not run, and answered by its code', async (_, options, more, code) => {
  const file = join(dir, 'count');
  const it = dispatch(options);
  const text = await message('a', `echo x >>${file}`, more);
  await it.take({ text, handle: 'h', count: 1, sentAt: NOW }, queue([]));
  await it.idle();
  expect([existsSync(file), it.told, log.open(), steps.includes('started')]).toEqual([false, [code], [], false]);
  expect(returned()).toMatchObject([{ load: { success: false, retcode: 1 }, receipt: true }]);
});

it('what was accepted and not started runs after a restart, and not once its time is over', async () => {
  const [file, late] = [join(dir, 'count'), join(dir, 'late')];
  await log.accept({ jid: jid('a'), message: await message('a', `echo x >>${file}; echo ran`), expires: NOW + HOUR });
  const first = dispatch();
  first.recover();
  await first.idle();
  expect([readFileSync(file, 'utf8'), returned()[0]?.load]).toMatchObject(['x\n', { return: 'ran', success: true }]);

  await log.accept({ jid: jid('b'), message: await message('b', `echo x >>${late}`), expires: NOW + HOUR });
  now = NOW + HOUR;
  const second = dispatch();
  second.recover();
  await second.idle();
  const wanted = { outcome: 'interrupted', return: 'The job had expired before it could be started.', success: false };
  expect(returned()[1]?.load).toMatchObject(wanted);
  expect(existsSync(late)).toBe(false);
});

it.each([
  ['not started: it is not run', false, {}, 'it can no longer be verified (trust.certificate).'],
  ['started, nothing left of it', true, {}, 'The agent was stopped while this job ran'],
  [
    'started, and to be run again after a crash',
    true,
    { on_crash: 'retry' as const },
    'The agent was stopped while this job ran',
  ],
])('a job whose root is no longer pinned ends with one return that says so; %s', async (_, started, more, text) => {
  const file = join(dir, 'count');
  await log.accept({ jid: jid('a'), message: await message('a', `echo x >>${file}`, more), expires: NOW + HOUR });
  if (started) await log.start(jid('a'));
  const it = dispatch(other);
  it.recover();
  await it.idle();
  expect(returned()).toMatchObject([{ load: { outcome: 'interrupted', success: false, retcode: 1 }, receipt: true }]);
  expect(returned()[0]?.load.return).toContain(text);
  expect([existsSync(file), log.open()]).toEqual([false, []]);
  expect(steps).toContain('unverified');
  await log.close();
  log = openLog();
  expect([log.open(), log.known(jid('a'))]).toEqual([[], true]);
});

it('a command that ran to its end under a root that is no longer pinned is told with what it printed', async () => {
  const text = await message('a', 'echo printed');
  const [spawner, at] = [createSpawner(join(host.dir, 'jobs')), join(host.dir, 'jobs', jid('a'))];
  const run = { shell: '/bin/sh', text: 'echo printed; exit 3' };
  await spawner.run({ jid: jid('a'), run, cwd: '/', env: {}, merge: true });
  expect(readFileSync(join(at, 'status'), 'utf8')).toBe('3\n');
  await log.accept({ jid: jid('a'), message: text, expires: NOW + HOUR });
  await log.start(jid('a'));
  const it = dispatch(other);
  it.recover();
  await it.idle();
  expect(returned()).toMatchObject([{ load: { return: 'printed', retcode: 3 } }]);
});

it('a job of which nothing can be read has an outcome too', async () => {
  await log.accept({ jid: jid('a'), message: '{"of": "a later version"}', expires: NOW + HOUR });
  dispatch().recover();
  await eventually(
    () => log.open(),
    (left) => left.length === 0,
  );
  expect(returned()).toMatchObject([
    { tag: `salt/job/${jid('a')}/ret/web1`, load: { outcome: 'interrupted', success: false }, receipt: false },
  ]);
});
