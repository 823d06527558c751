/** A whole system in this process, and command lines typed at it: what came out on both streams, and the exit status. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { dynamoClient } from '../../aws/clients.ts';
import { createItems } from '../../aws/items.ts';
import { createRegistry } from '../../aws/registry.ts';
import { tableNames } from '../../aws/topology.ts';
import type { CommandContext } from '../../cli/command.ts';
import { devFileOf } from '../../cli/commands/dev.ts';
import { runCommandLine } from '../../cli/main.ts';
import { commands, groups } from '../../cli/table.ts';
import { parseMinionId } from '../../core/ids.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { createIdentity } from '../../trust/keys.ts';
import { eventually } from './eventually.ts';

export interface Screen {
  readonly out: string;
  readonly err: string;
  readonly exit: number;
}

export interface Typing {
  readonly stdin?: string;
  /** Columns; absent: no terminal. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Sees each piece of both streams as it is written. */
  readonly seen?: (text: string) => void;
}

export interface System {
  readonly dir: string;
  readonly dev: Dev;
  type(words: readonly string[], how?: Typing): Promise<Screen>;
  close(): Promise<void>;
}

export interface SystemOptions {
  /** By id, their grains. */
  readonly minions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of the project directory, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function startSystem({ minions, files = {} }: SystemOptions): Promise<System> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'brine-screens-')));
  for (const [path, text] of Object.entries({ 'reactor.conf': 'reactor: []\n', ...files })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const dev = await startDev({
    project: loadProject(dir).project,
    minions: Object.entries(minions).map(([id, grains]) => ({ id: parseMinionId(id), grains })),
    dir: join(dir, '.brine'),
    dataDir: null,
    log: (part, message, fields) => process.env.BRINE_SHOW && console.error(part, message, JSON.stringify(fields)?.slice(0, 600)),
  });
  await eventually(
    () => [...dev.agents.values()].map((agent) => agent.state()),
    (states) => states.every((state) => state === 'accepted'),
    60_000,
  );
  writeFileSync(join(dir, '.brine', 'dev.json'), JSON.stringify(devFileOf(dev)), { mode: 0o600 });
  return {
    dir,
    dev,
    type: (words, how) => type(dir, words, how),
    close: async () => {
      await dev.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function type(dir: string, words: readonly string[], how: Typing = {}): Promise<Screen> {
  const [stdout, stderr] = [streamOf(how), streamOf(how)];
  const stdin = new PassThrough();
  stdin.end(how.stdin ?? '');
  const context: CommandContext = {
    env: { PATH: process.env.PATH, HOME: dir, ...how.env },
    cwd: dir,
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    commands,
    groups,
    signal: how.signal ?? new AbortController().signal,
  };
  const exit = await runCommandLine(words, context);
  return { out: stdout.text(), err: stderr.text(), exit };
}

function streamOf({ columns, seen }: Typing) {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      seen?.(String(chunk));
      done();
    },
  });
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns });
  return { stream, text: () => chunks.join('') };
}

/** As if a host that nobody knows had said hello. */
export async function addPendingKey({ dev }: System, name: string): Promise<void> {
  const { region, credentials } = dev.aws;
  const tables = tableNames(dev.stack.split('/')[2] as string);
  const registry = createRegistry(createItems(dynamoClient({ region, credentials }), tables.registry));
  const { key, fingerprint } = createIdentity();
  const now = Date.now();
  await registry.putCandidate({ id: parseMinionId(name), key, fingerprint, state: 'pending', since: now, seen: now });
}
