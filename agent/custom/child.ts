/** Starting a custom module: the question that its process reads, the environment that it gets, and the answer in what it printed. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { CommandExecutionError, Exception } from '../modules/module.ts';

/** Seconds, and bytes of output, unless the job says less. */
export const MODULE_SECONDS = 300;
export const OUTPUT_LIMIT = 16 * 1024 * 1024;

const answerText = v.union([
  v.object({ error: v.object({ name: v.string(), message: v.string(), where: v.array(v.string()) }) }),
  v.object({ return: v.unknown(), retcode: v.optional(v.number(), 0) }),
  v.object({ functions: v.array(v.unknown()) }),
]);
export type ChildAnswer = v.InferOutput<typeof answerText>;

/** Megabytes that a module may take unless the settings say otherwise; and what Node needs beside its heap. */
export const MODULE_MEMORY = 512;
export const NODE_MEMORY = 512;

/** The words that start it; 0 sets no limit to its heap. */
export function childWords(path: string, memory = MODULE_MEMORY): readonly string[] {
  const heap = memory > 0 ? [`--max-old-space-size=${memory}`] : [];
  return [process.execPath, ...heap, '--no-warnings', entry(), path];
}

/** Beside this file in a checkout; in a bundle, whose chunks lie above, below the folder that it had. */
function entry(): string {
  const places = ['./child.mjs', './agent/custom/child.mjs', '../agent/custom/child.mjs'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find((place) => existsSync(place)) ?? (places[0] as string);
}

/** A clean one: nothing of the agent's but its way to commands, and to its own socket. */
export function childEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TZ', 'BRINE_SOCKET', 'BRINE_CAUSE'];
  return Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Known again after the agent was started anew. */
export function markOf(jid: string): string {
  return `brine-answer:${jid}:`;
}

/** What stands after the last mark; null when there is none. */
export function readAnswer(stdout: Uint8Array, mark: string): ChildAnswer | null {
  const text = Buffer.from(stdout).toString('utf8');
  const at = text.lastIndexOf(`\n${mark}`);
  if (at < 0) return null;
  try {
    const found = v.safeParse(answerText, JSON.parse(text.slice(at + 1 + mark.length)));
    return found.success ? found.output : null;
  } catch {
    return null;
  }
}

/** A module's own error, with the lines of it. */
export function thrown({ error }: Extract<ChildAnswer, { error: unknown }>): Error {
  const text = [error.message, ...error.where.map((line) => `    ${line}`)].join('\n');
  return error.name === '' ? new CommandExecutionError(text) : new Exception(error.name, text);
}
