/** `service.*` on systemd. Where the machine was not booted with it, nothing runs and nothing is enabled, and what would change something says so. */
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
import { flag, nothing, text } from './schemas.ts';
import { whichOf } from './which.ts';

const name: Parameter = { name: 'name', is: text };
/** Salt's `root`, another system's tree. */
const root: Parameter = { name: 'root', value: null, is: nothing };
const no_block = (value: Value): Parameter => ({ name: 'no_block', value, is: flag });
const runtime: Parameter = { name: 'runtime', value: false, is: flag };
const unmasking: readonly Parameter[] = [
  { name: 'unmask', value: false, is: flag },
  { name: 'unmask_runtime', value: false, is: flag },
];
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

/** Throws where there is no systemctl, and where the machine was not booted with systemd: with its own words, or with those for one unit. */
async function booted(it: ModuleContext, unit?: string): Promise<void> {
  if (whichOf('systemctl', it.env) === undefined)
    throw new CommandExecutionError('systemd does not run on this host, and service.* speaks with nothing else');
  if ((await systemctl(it, 'is-system-running')).out !== 'offline') return;
  if (unit !== undefined)
    throw new CommandExecutionError(`Cannot run in offline mode. Failed to get information on unit '${shortOf(unit)}'`);
  throw new CommandExecutionError((await systemctl(it, 'list-units')).err || 'systemd does not run on this host');
}

/** A name alone means a service; one that begins with a dash would be an option. */
export function unitOf(given: Value): string {
  const unit = pyStr(given);
  if (!/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/.test(unit))
    throw new InvocationError(`name: expected the name of a service, found '${unit}'`);
  return UNITS.test(unit) ? unit : `${unit}.service`;
}

interface Acting {
  readonly parameters: readonly Parameter[];
  readonly keywords?: boolean;
}

const USUAL: Acting = { parameters: [no_block(false), ...unmasking] };

/** `systemctl VERB NAME`; what it refuses is an error of the call, in its own words. */
const acting = (verb: string, doc: string, options: Acting = USUAL): ModuleFunction => ({
  doc,
  example: 'nginx',
  parameters: [name, ...options.parameters],
  keywords: options.keywords === true,
  run: async (it, { name: given = '', no_block, unmask, runtime }: Bound) => {
    const unit = unitOf(given);
    await booted(it);
    if (!(await loaded(it, unit))) throw new CommandExecutionError(`Service ${unit.replace(/\.service$/, '')} is not available`);
    if (unmask === true) await systemctl(it, 'unmask', unit);
    const { code, out, err } = await systemctl(
      it,
      verb,
      ...(no_block === true ? ['--no-block'] : []),
      ...(runtime === true ? ['--runtime'] : []),
      unit,
    );
    if (code !== 0) throw new CommandExecutionError(err || out || `systemctl ${verb} ${unit} ended with ${code}`);
    return true;
  },
});

/** True or false by one question; for a glob a mapping by service. */
const asking = (
  doc: string,
  ask: (it: ModuleContext, unit: string) => Promise<boolean>,
  { parameters = [], keywords = false, globs = false }: Partial<Acting> & { readonly globs?: boolean } = {},
): ModuleFunction => ({
  doc,
  example: globs ? "'nginx*'" : 'nginx',
  parameters: [name, ...parameters],
  keywords,
  run: async (it, { name: given = '' }: Bound) => {
    if (!globs || !/[*?[]/.test(pyStr(given))) return ask(it, unitOf(given));
    await booted(it);
    const fitting = (await unitNames(it)).filter((one) => matchGlob(one, pyStr(given)));
    return Dict.from(await Promise.all(fitting.map(async (one) => [one, await ask(it, unitOf(one))] as const)));
  },
});

const listing = (doc: string, states: readonly string[] | null): ModuleFunction => ({
  doc,
  parameters: [root],
  run: async (it) => {
    await booted(it);
    return [...(await unitFiles(it))].filter(([, state]) => states === null || states.includes(state)).map(([one]) => one);
  },
});

const active = async (it: ModuleContext, unit: string) => (await systemctl(it, 'is-active', unit)).code === 0;

export const service: Module = {
  start: acting('start', 'Starts a service.'),
  stop: acting('stop', 'Stops a service.', { parameters: [no_block(null)] }),
  restart: acting('restart', 'Restarts a service, or starts it.', { parameters: [no_block(null), ...unmasking] }),
  reload: acting('reload', 'Has a service read its configuration again.'),
  force_reload: acting('reload-or-restart', 'As service.reload; a service that cannot is restarted.', {
    parameters: [no_block(true), ...unmasking],
  }),
  enable: acting('enable', 'Has a service started with the machine.', {
    parameters: [no_block(false), ...unmasking, root],
    keywords: true,
  }),
  disable: acting('disable', 'Has a service no longer started with the machine.', {
    parameters: [no_block(false), root],
    keywords: true,
  }),
  mask: acting('mask', 'Makes a service impossible to start.', { parameters: [runtime, root] }),
  unmask: acting('unmask', 'Takes service.mask back.', { parameters: [runtime, root] }),
  status: asking('Does a service run? For a glob a mapping by service.', active, {
    parameters: [{ name: 'sig', value: null }],
    globs: true,
  }),
  enabled: asking(
    'Is a service started with the machine?',
    async (it, unit) => /^(enabled|enabled-runtime|indirect|alias|generated)/.test((await systemctl(it, 'is-enabled', unit)).out),
    { parameters: [root], keywords: true },
  ),
  disabled: asking(
    'Is a service not started with the machine?',
    async (it, unit) =>
      !/^(enabled|enabled-runtime|indirect|alias|generated)/.test((await systemctl(it, 'is-enabled', unit)).out),
    { parameters: [root] },
  ),
  masked: asking(
    'Can a service not be started, since it is masked?',
    async (it, unit) => /^masked/.test((await systemctl(it, 'is-enabled', unit)).out),
    { parameters: [runtime, root] },
  ),
  available: asking('Is there such a service?', known),
  missing: asking('Is there no such service?', async (it, unit) => !(await known(it, unit))),
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
    parameters: [name, root],
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

async function known(it: ModuleContext, unit: string): Promise<boolean> {
  await booted(it, unit);
  return loaded(it, unit);
}

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
