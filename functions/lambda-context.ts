/** What a Lambda has: one variable, and the bundle beside the handler. */
import { existsSync, readFileSync } from 'node:fs';
import { parseBundle } from '../core/bundle.ts';
import { parseStack, type Stack } from '../core/ids.ts';
import type { FunctionContext, FunctionPorts } from './context.ts';

export function createContext(createPorts: (stack: Stack) => FunctionPorts): FunctionContext {
  const stack = parseStack(process.env.BRINE_STACK);
  const project = parseBundle(readFileSync(new URL('./project.json', import.meta.url), 'utf8'));
  return {
    stack,
    project,
    file: (sha256) => {
      const path = new URL(`./files/${sha256}`, import.meta.url);
      return existsSync(path) ? readFileSync(path) : null;
    },
    ports: createPorts(stack),
    clock: { now: Date.now },
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    log: (message, fields) =>
      console.log(JSON.stringify({ message, ...fields }, (_key, value) => (typeof value === 'bigint' ? String(value) : value))),
    anonymousOperators: project.settings.anonymous_operators,
  };
}
