/** Real processes for journeys and kills: started, waited for by what they print, and ended with the test that started them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Everything printed so far, both streams, oldest first; the last 2,000 lines. */
  readonly output: readonly string[];
  readonly exited: Promise<Exit>;
  /** Resolves with the match once a line (printed before or later) fits; throws with the output when the process ends first. */
  waitFor(pattern: RegExp, milliseconds?: number): Promise<RegExpMatchArray>;
  /** Writes to standard input. */
  write(text: string): void;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Exit>;
}

const running = new Set<Running>();

export function startProcess(
  name: string,
  argv: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string; command?: string } = {},
): Running {
  const child = spawn(options.command ?? process.execPath, argv, {
    ...(options.cwd && { cwd: options.cwd }),
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const seen = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      if (output.length > 2000) output.shift();
      for (const look of seen) look(line);
    });
  }
  child.stdin.on('error', () => {}); // it ended first
  const exited = endOf(child);
  const self: Running = {
    name,
    pid: child.pid ?? -1,
    output,
    exited,
    waitFor: (pattern, milliseconds = 15_000) => {
      for (const line of output) {
        const match = pattern.exec(line);
        if (match) return Promise.resolve(match);
      }
      return new Promise((resolve, reject) => {
        const stop = (why: string) => {
          seen.delete(look);
          clearTimeout(timer);
          reject(new Error(`${name}: ${why} before ${pattern}; it printed:\n${output.slice(-40).join('\n')}`));
        };
        const look = (line: string) => {
          const match = pattern.exec(line);
          if (!match) return;
          seen.delete(look);
          clearTimeout(timer);
          resolve(match);
        };
        const timer = setTimeout(() => stop(`${milliseconds} ms passed`), milliseconds);
        seen.add(look);
        void exited.then(({ code, signal }) => seen.has(look) && stop(`ended with ${signal ?? code}`));
      });
    },
    write: (text) => void child.stdin.write(text),
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
  running.add(self);
  void exited.then(() => running.delete(self));
  return self;
}

/** Milliseconds that what it printed has to come after its end; a grandchild may hold the pipes open for as long as it likes. */
const LAST_WORDS = 5000;

async function endOf(child: ChildProcess): Promise<Exit> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const exit = await new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS)))]);
  clearTimeout(timer);
  return exit;
}

/** Ends whatever a test left running; for `afterEach`. */
export async function endProcesses(): Promise<void> {
  await Promise.all([...running].map((process) => process.end('SIGKILL')));
}
