/** `brine relay start`: the relay's own process, started again by itself when it ends. Its flags are those of relay/config.ts. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { locateSystem } from '../../client/locate.ts';
import { relayFlags } from '../../relay/config.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';

export const run: Run = async (context, _args, options) => {
  const bundled = fileURLToPath(new URL('../relay/main.js', import.meta.url));
  const entry = existsSync(bundled)
    ? [bundled]
    : ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../../relay/main.ts', import.meta.url))];
  const flags = relayFlags.flatMap(([name]) => {
    const value = options[name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? [`--${name}=${value}`] : [];
  });
  const child = spawn(process.execPath, [...entry, ...flags], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...context.env, ...stackOf(context) } as NodeJS.ProcessEnv,
  });
  context.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? EXIT.ok));
    child.once('error', () => resolve(EXIT.unavailable));
  });
};

/** At an endpoint of the environment every command means the same stack, unless one is named. */
function stackOf({ env, cwd }: CommandContext): { readonly BRINE_STACK?: string } {
  if (!env.AWS_ENDPOINT_URL || env.BRINE_STACK) return {};
  const { stack } = locateSystem({ env, cwd });
  return stack === undefined ? {} : { BRINE_STACK: stack };
}
