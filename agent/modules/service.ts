/** `service.*` on systemd. Where it does not run, every function says so. */
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { runCommand } from './command.ts';
import {
  type Bound,
  CommandExecutionError,
  InvocationError,
  type Module,
  type ModuleContext,
  type ModuleFunction,
  type Parameter,
} from './module.ts';
import { flag, text } from './schemas.ts';
import { whichOf } from './which.ts';

const name: Parameter = { name: 'name', is: text };
const UNITS = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function systemctl(it: ModuleContext, ...words: readonly string[]): Promise<Said> {
  const cmd = ['systemctl', ...words];
  const { retcode, out, err } = await runCommand(
    it,
    { cmd, python_shell: false, ignore_retcode: true },
    { merge: false, raises: false },
  );
  return { code: retcode ?? 0, out, err };
}

/** Throws where the system was not booted with systemd. */
async function booted(it: ModuleContext): Promise<void> {
  const here = whichOf('systemctl', it.env) !== undefined && (await systemctl(it, 'is-system-running')).out !== 'offline';
  if (!here) throw new CommandExecutionError('systemd does not run on this host, and service.* speaks with nothing else');
}

/** A name alone means a service; one that begins with a dash would be an option. */
export function unitOf(given: Value): string {
  const unit = pyStr(given);
  if (!/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/.test(unit))
    throw new InvocationError(`name: expected the name of a service, found '${unit}'`);
  return UNITS.test(unit) ? unit : `${unit}.service`;
}

/** `systemctl VERB NAME`; what it refuses is an error of the call, in its own words. */
const acting = (verb: string, doc: string, words: readonly string[] = []): ModuleFunction => ({
  doc,
  example: 'nginx',
  parameters: [
    name,
    { name: 'no_block', value: false, is: flag },
    { name: 'unmask', value: false, is: flag },
    { name: 'unmask_runtime', value: false, is: flag },
  ],
  keywords: true,
  run: async (it, { name: given = '', no_block, unmask }: Bound) => {
    const unit = unitOf(given);
    await booted(it);
    if (!(await loaded(it, unit))) throw new CommandExecutionError(`Service ${unit.replace(/\.service$/, '')} is not available`);
    if (unmask === true) await systemctl(it, 'unmask', unit);
    const { code, out, err } = await systemctl(it, verb, ...words, ...(no_block === true ? ['--no-block'] : []), unit);
    if (code !== 0) throw new CommandExecutionError(err || out || `systemctl ${verb} ${unit} ended with ${code}`);
    return true;
  },
});

/** True or false by one question; for a glob a mapping by service. */
const asking = (doc: string, ask: (it: ModuleContext, unit: string) => Promise<boolean>, globs = false): ModuleFunction => ({
  doc,
  example: globs ? "'nginx*'" : 'nginx',
  parameters: [name, { name: 'sig', value: null }],
  keywords: true,
  run: async (it, { name: given = '' }: Bound) => {
    await booted(it);
    if (!globs || !/[*?[]/.test(pyStr(given))) return ask(it, unitOf(given));
    const fitting = (await unitNames(it)).filter((one) => matchGlob(one, pyStr(given)));
    return Dict.from(await Promise.all(fitting.map(async (one) => [one, await ask(it, unitOf(one))] as const)));
  },
});

const listing = (doc: string, states: readonly string[] | null): ModuleFunction => ({
  doc,
  parameters: [],
  keywords: true,
  run: async (it) => {
    await booted(it);
    return [...(await unitFiles(it))].filter(([, state]) => states === null || states.includes(state)).map(([one]) => one);
  },
});

const active = async (it: ModuleContext, unit: string) => (await systemctl(it, 'is-active', unit)).code === 0;

export const service: Module = {
  start: acting('start', 'Starts a service.'),
  stop: acting('stop', 'Stops a service.'),
  restart: acting('restart', 'Restarts a service, or starts it.'),
  reload: acting('reload', 'Has a service read its configuration again.'),
  force_reload: acting('reload-or-restart', 'As service.reload; a service that cannot is restarted.'),
  enable: acting('enable', 'Has a service started with the machine.'),
  disable: acting('disable', 'Has a service no longer started with the machine.'),
  mask: acting('mask', 'Makes a service impossible to start.'),
  unmask: acting('unmask', 'Takes service.mask back.'),
  status: asking('Does a service run? For a glob a mapping by service.', active, true),
  enabled: asking('Is a service started with the machine?', async (it, unit) =>
    /^(enabled|enabled-runtime|indirect|alias|generated)/.test((await systemctl(it, 'is-enabled', unit)).out),
  ),
  disabled: asking(
    'Is a service not started with the machine?',
    async (it, unit) =>
      !/^(enabled|enabled-runtime|indirect|alias|generated)/.test((await systemctl(it, 'is-enabled', unit)).out),
  ),
  masked: asking('Can a service not be started, since it is masked?', async (it, unit) =>
    /^masked/.test((await systemctl(it, 'is-enabled', unit)).out),
  ),
  available: asking('Is there such a service?', loaded),
  missing: asking('Is there no such service?', async (it, unit) => !(await loaded(it, unit))),
  get_all: listing('The names of all services.', null),
  get_enabled: listing('The services that are started with the machine.', ['enabled', 'enabled-runtime']),
  get_disabled: listing('The services that are not started with the machine.', ['disabled']),
  get_static: listing('The services that others start.', ['static', 'indirect']),
  get_running: {
    doc: 'The services that run.',
    parameters: [],
    run: async (it) => {
      await booted(it);
      const { out } = await systemctl(
        it,
        'list-units',
        '--type=service',
        '--state=running',
        '--no-legend',
        '--no-pager',
        '--plain',
        '--full',
      );
      return linesOf(out)
        .map(([one = '']) => shortOf(one))
        .sort();
    },
  },
  show: {
    doc: 'What systemd knows of a service, by its names.',
    example: 'nginx',
    parameters: [name],
    run: async (it, { name: given = '' }) => {
      await booted(it);
      const { out } = await systemctl(it, 'show', '--no-pager', unitOf(given));
      return Dict.from(
        out.split('\n').flatMap((line) => {
          const at = line.indexOf('=');
          return at > 0 && !line.startsWith('Environment') ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
        }),
      );
    },
  },
  systemctl_reload: {
    doc: 'Has systemd read its unit files again.',
    parameters: [],
    run: async (it) => {
      await booted(it);
      const { code, err } = await systemctl(it, 'daemon-reload');
      if (code !== 0) throw new CommandExecutionError(err || 'Problem performing systemctl daemon-reload');
      return true;
    },
  },
};

async function loaded(it: ModuleContext, unit: string): Promise<boolean> {
  const { out } = await systemctl(it, 'show', '--property=LoadState', unit);
  return /^LoadState=(?!not-found)./m.test(out);
}

async function unitNames(it: ModuleContext): Promise<string[]> {
  return [...(await unitFiles(it)).keys()];
}

async function unitFiles(it: ModuleContext): Promise<ReadonlyMap<string, string>> {
  const { out } = await systemctl(it, 'list-unit-files', '--type=service', '--no-legend', '--no-pager', '--plain', '--full');
  const rows = linesOf(out).map(([one = '', state = '']) => [shortOf(one), state] as const);
  return new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function linesOf(out: string): string[][] {
  return out
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function shortOf(unit: string): string {
  return unit.replace(/\.service$/, '');
}
