/** What the machine is asked for: texts of small files, and what a command prints. Never throws: what cannot be had is the empty text. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { whichOf } from '../modules/which.ts';

const SECONDS = 5;

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export interface Said {
  readonly code: number;
  readonly out: string;
}

/** Code −1 where there is no such command, or it took too long. */
export function commandSays(program: string, ...words: readonly string[]): Promise<Said> {
  const path = whichOf(program, { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` });
  if (path === undefined) return Promise.resolve({ code: -1, out: '' });
  return new Promise((resolve) => {
    const options = { timeout: SECONDS * 1000, killSignal: 'SIGKILL', env: { ...process.env, LC_ALL: 'C' } } as const;
    execFile(path, words, options, (error, stdout) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, out: stdout.trim() });
    }).on('error', () => resolve({ code: -1, out: '' }));
  });
}

/** Asked once in a process: what does not change while a machine runs. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
