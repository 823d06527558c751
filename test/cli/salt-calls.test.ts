/**
 * More of what real Salt 3008.5 printed than the oracle has: calls typed one after another at one running system, byte for byte. A few sections by
 * default; `BRINE_SALT_CALLS=all` types them all, which takes some minutes. docs/coming-from-salt.md says how the others differ.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMinionId } from '../../core/ids.ts';
import { eventually } from '../support/eventually.ts';
import { masked } from '../support/mask.ts';
import { addPendingKey, type Screen, type System, startSystem } from '../support/screens.ts';
import { twinOf } from '../support/twin.ts';

interface Call {
  readonly id: string;
  readonly argv: readonly string[];
  /** Keys that wait from here on. */
  readonly pending?: readonly string[];
  /** Absent where Brine differs on purpose. */
  readonly out?: string;
  readonly err?: string;
  readonly exit?: number;
}

const { files, calls } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/salt-calls.json'), 'utf8')) as {
  files: Readonly<Record<string, string>>;
  calls: readonly Call[];
};
const sectionOf = ({ id }: Call) => id.split('.')[0] as string;
/** Those that send no jobs are quick. */
const QUICK = ['keyx', 'keyy', 'callx'];
/** One minion is away in these. */
const DOWN = ['downx', 'downy'];
const typed = calls.filter((call) => process.env.BRINE_SALT_CALLS === 'all' || QUICK.includes(sectionOf(call)));
const ordered = [
  ...typed.filter((call) => !DOWN.includes(sectionOf(call))),
  ...typed.filter((call) => DOWN.includes(sectionOf(call))),
];

let system: System;
const screens = new Map<string, Screen>();

beforeAll(async () => {
  system = await startSystem({ minions: { mysql1: { os: 'CentOS' }, web1: { os: 'CentOS' }, db1: { os: 'Debian' } }, files });
  let jid = '';
  let away = false;
  for (const call of ordered) {
    for (const name of call.pending ?? []) await addPendingKey(system, name);
    if (DOWN.includes(sectionOf(call)) && !away) {
      away = true;
      await system.dev.agents.get(parseMinionId('db1'))?.close({ stopTimeout: 0 });
    }
    const words = twinOf(call.argv.map((word) => word.replace(/\b2026\d{16}\b/, jid).replaceAll('$DIR', system.dir)));
    if (away && words[0] === 'run') words.splice(1, 0, '--timeout', '1');
    const screen = await system.type(words);
    jid = [...screen.out.matchAll(/\b20\d{18}_[a-z2-7]{16}\b/g)].at(-1)?.[0] ?? jid;
    if (words.includes('--async') && screen.exit === 0 && !away) await ended(jid);
    const here = (text: string) => text.replaceAll(system.dir, '$DIR');
    screens.set(call.id, { ...screen, out: here(screen.out), err: here(screen.err) });
  }
}, 600_000);

afterAll(() => system.close());

/** Nobody is open any more, or the job is one that goes on: Salt had a second. */
async function ended(jid: string): Promise<void> {
  const until = Date.now() + 1000;
  const show = async () => (await system.type(['jobs', 'show', jid])).exit;
  await eventually(show, (exit) => exit === 0 || Date.now() > until, 30_000);
}

it.each(ordered.filter((call) => call.out !== undefined).map((call) => [call.id, call.argv.join(' '), call] as const))(
  '%s: %s',
  (id, _typed, { out = '', err = '', exit = 0 }) => {
    expect(masked(screens.get(id) as Screen)).toEqual(masked({ out, err, exit }));
  },
);
