/** More of what real Salt 3008.5 printed than the oracle has, and typing it: one call after another at one running system. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMinionId } from '../../core/ids.ts';
import { eventually } from './eventually.ts';
import { addPendingKey, type Screen, type System } from './screens.ts';
import { twinOf } from './twin.ts';

export interface SaltCall {
  readonly id: string;
  readonly argv: readonly string[];
  /** Keys that wait from here on. */
  readonly pending?: readonly string[];
  /** Absent where Brine differs on purpose. */
  readonly out?: string;
  readonly err?: string;
  readonly exit?: number;
}

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/salt-calls.json'), 'utf8')) as {
  readonly files: Readonly<Record<string, string>>;
  readonly calls: readonly SaltCall[];
};
export const saltFiles = recorded.files;

const sectionOf = ({ id }: SaltCall) => id.split('.')[0] as string;
/** One minion is away in these. */
const DOWN = ['downx', 'downy'];

/** Of some sections, or of all: those with a host that is away last. */
export function saltCalls(sections?: readonly string[]): readonly SaltCall[] {
  const wanted = recorded.calls.filter((call) => sections === undefined || sections.includes(sectionOf(call)));
  const away = (call: SaltCall) => DOWN.includes(sectionOf(call));
  return [...wanted.filter((call) => !away(call)), ...wanted.filter(away)];
}

export async function typeCalls(system: System, calls: readonly SaltCall[]): Promise<ReadonlyMap<string, Screen>> {
  const screens = new Map<string, Screen>();
  const here = (text: string) => text.replaceAll(system.dir, '$DIR');
  let jid = '';
  let away = false;
  for (const call of calls) {
    for (const name of call.pending ?? []) await addPendingKey(system, name);
    if (DOWN.includes(sectionOf(call)) && !away) {
      away = true;
      await system.dev.agents.get(parseMinionId('db1'))?.close({ stopTimeout: 0 });
    }
    const words = twinOf(call.argv.map((word) => word.replace(/\b2026\d{16}\b/, jid).replaceAll('$DIR', system.dir)));
    if (away && words[0] === 'run') words.splice(1, 0, '--timeout', '1');
    const screen = await system.type(words);
    jid = [...screen.out.matchAll(/\b20\d{18}_[a-z2-7]{16}\b/g)].at(-1)?.[0] ?? jid;
    if (words.includes('--async') && screen.exit === 0 && !away) await ended(system, jid);
    screens.set(call.id, { ...screen, out: here(screen.out), err: here(screen.err) });
  }
  return screens;
}

/** Nobody is open any more, or the job is one that goes on: Salt had a second. */
async function ended(system: System, jid: string): Promise<void> {
  const until = Date.now() + 1000;
  const show = async () => (await system.type(['jobs', 'show', jid])).exit;
  await eventually(show, (exit) => exit === 0 || Date.now() > until, 30_000);
}
