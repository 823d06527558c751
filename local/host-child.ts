/** Keeps a functions' host running beside the embedded AWS: its death is a crash that Lambda retries, and another is started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeBundle } from '../core/bundle.ts';
import { BrineError } from '../core/errors.ts';
import type { Stack } from '../core/ids.ts';
import type { Project } from '../core/reactor/reactions.ts';
import type { Aws } from './aws.ts';
import type { DevLog } from './dev.ts';
import type { Host } from './host.ts';
import type { RuntimeApi } from './lambda/runtime-api.ts';
import { makeTemporary } from './temporary.ts';

export interface HostChildOptions {
  readonly stack: Stack;
  readonly project: Project;
  readonly log: DevLog;
  /** The bundled entry, where a test made one. */
  readonly entry?: string;
}

export interface HostChild extends Host {
  /** Of the process that runs now. */
  readonly pid: () => number | undefined;
  /** How often it was started. */
  readonly starts: () => number;
}

/** Milliseconds before the next is started; longer each time when it ends before it was ready. */
const PAUSE = 20;
const LONGEST = 5000;

export async function startHostChild(aws: Aws, api: RuntimeApi, options: HostChildOptions): Promise<HostChild> {
  const dir = makeTemporary('host');
  const bundle = join(dir, 'project.json');
  let child: ChildProcess;
  let starts = 0;
  let pause = PAUSE;
  let closing = false;
  const write = (project: Project) => {
    writeFileSync(bundle, encodeBundle(project), { mode: 0o600 });
    writeFileSync(join(dir, 'sources.json'), JSON.stringify([...(project.sources ?? [])]), { mode: 0o600 });
  };
  const start = (): Promise<void> => {
    starts += 1;
    child = spawn(process.execPath, entryOf(options.entry), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_REGION: aws.region,
        AWS_LAMBDA_RUNTIME_API: `${aws.endpoint.replace('http://', '')}${api.path}`,
        BRINE_STACK: options.stack,
        BRINE_BUNDLE: bundle,
      },
    });
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => tell(line, options.log));
    const ready = new Promise<void>((resolve, reject) => {
      child.once('message', () => {
        pause = PAUSE;
        resolve();
      });
      child.once('exit', (code) =>
        reject(
          new BrineError({ code: 'system.unreachable', text: `the functions' host ended with ${code} before it was ready` }),
        ),
      );
    });
    child.once('exit', (code, signal) => {
      api.crashed();
      if (closing) return;
      options.log('functions', 'host_ended', { code, signal });
      setTimeout(() => void (closing || start().catch(() => {})), pause);
      pause = Math.min(pause * 2, LONGEST);
    });
    return ready;
  };
  write(options.project);
  try {
    await start();
  } catch (error) {
    closing = true;
    rmSync(dir, { recursive: true });
    throw error;
  }
  return {
    pid: () => child.pid,
    starts: () => starts,
    replaceProject: (project) => {
      write(project);
      child.send?.('project');
    },
    close: async () => {
      closing = true;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(dir, { recursive: true });
    },
  };
}

function entryOf(given: string | undefined): readonly string[] {
  const bundled = given ?? fileURLToPath(new URL('../local/host-main.js', import.meta.url));
  if (existsSync(bundled)) return [bundled];
  return ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./host-main.ts', import.meta.url))];
}

function tell(line: string, log: DevLog): void {
  try {
    const { part, message, ...fields } = JSON.parse(line) as { part: string; message: string };
    log(part, message, fields);
  } catch {
    log('functions', 'said', { line });
  }
}
