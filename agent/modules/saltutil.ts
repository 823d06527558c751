/** `saltutil.*`: the jobs that run here, and what is brought up to date. */
import { constants } from 'node:os';
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { InvocationError, type Module, type ModuleContext, type Parameter, type RunningJob } from './module.ts';
import { text } from './schemas.ts';

const jid: Parameter = { name: 'jid', is: text };
const env: readonly Parameter[] = [
  { name: 'saltenv', value: null },
  { name: 'refresh', value: true },
  { name: 'extmod_whitelist', value: null },
  { name: 'extmod_blacklist', value: null },
];

const withPillar: readonly Parameter[] = [...env, { name: 'clean_pillar_cache', value: false }];

export const saltutil: Module = {
  running: { doc: 'The jobs that run now, this one left out.', parameters: [], run: (it) => others(it).map(shown) },
  find_job: {
    doc: 'A job that runs now, by its id; an empty mapping when it does not.',
    example: '20261122221934123456',
    parameters: [jid],
    run: (it, { jid: wanted = '' }) => {
      const found = others(it).find((job) => job.jid === wanted);
      return found ? shown(found) : new Dict();
    },
  },
  is_running: {
    doc: 'The jobs that run a function now; a glob is one of names.',
    example: "'cmd.*'",
    parameters: [{ name: 'fun', is: text }],
    run: (it, { fun = '' }) =>
      others(it)
        .filter((job) => matchGlob(job.fun, fun as string))
        .map(shown),
  },
  signal_job: {
    doc: 'Sends a signal, by number or name, to the processes of a job.',
    example: '20261122221934123456 15',
    parameters: [jid, { name: 'sig' }],
    run: (it, { jid: wanted = '', sig = 15n }) => signal(it, wanted as string, signalName(sig)),
  },
  term_job: {
    doc: 'Asks a job to end (SIGTERM).',
    example: '20261122221934123456',
    parameters: [jid],
    run: (it, { jid: wanted = '' }) => signal(it, wanted as string, 'SIGTERM'),
  },
  kill_job: {
    doc: 'Ends a job at once (SIGKILL).',
    example: '20261122221934123456',
    parameters: [jid],
    run: (it, { jid: wanted = '' }) => signal(it, wanted as string, 'SIGKILL'),
  },
  term_all_jobs: {
    doc: 'Asks every job but this one to end.',
    parameters: [],
    run: (it) => others(it).map((job) => signal(it, job.jid, 'SIGTERM')),
  },
  kill_all_jobs: {
    doc: 'Ends every job but this one at once.',
    parameters: [],
    run: (it) => others(it).map((job) => signal(it, job.jid, 'SIGKILL')),
  },
  output: {
    doc: 'A piece of a return that was too large to travel whole, from a byte on; an empty mapping when the host no\nlonger has it. Wholes are kept for seven days.',
    example: '20261122221934123456 0',
    parameters: [jid, { name: 'offset', value: 0n }],
    run: (it, { jid: wanted = '', offset = 0n }) => {
      const piece = it.output(wanted as string, Number(offset));
      return piece ? Dict.of({ text: piece.text, bytes: BigInt(piece.bytes) }) : new Dict();
    },
  },
  refresh_grains: {
    doc: 'Reads the grains anew; the platform gets them when they changed.',
    parameters: [],
    keywords: true,
    run: async (it) => {
      await it.refreshGrains();
      return true;
    },
  },
  refresh_modules: { doc: "Reads the host's own modules anew.", parameters: [], keywords: true, run: () => true },
  sync_modules: {
    doc: "Brings the project's own modules (srv/salt/_modules) to this host; the names of those that changed.",
    parameters: env,
    run: async (it) => [...(await it.sync('modules'))],
  },
  sync_grains: {
    doc: "Brings the project's own grains (srv/salt/_grains) to this host; the names of those that changed.",
    parameters: withPillar,
    run: async (it) => [...(await it.sync('grains'))],
  },
  sync_all: {
    doc: "Brings the project's own modules and grains to this host; the names of those that changed.",
    parameters: withPillar,
    run: async (it) => Dict.of({ grains: [...(await it.sync('grains'))], modules: [...(await it.sync('modules'))] }),
  },
};

function others(it: ModuleContext): readonly RunningJob[] {
  return it.running().filter((job) => job.jid !== it.jid);
}

function shown({ jid: id, fun, arg, tgt, tgt_type, user, ret, pid }: RunningJob): Dict {
  return Dict.of({ fun, jid: id, pid: BigInt(pid), user, arg: [...arg], tgt, tgt_type, ret });
}

function signalName(sig: Value): NodeJS.Signals {
  const wanted = pyStr(sig)
    .toUpperCase()
    .replace(/^(?=[A-Z])(?!SIG)/, 'SIG');
  const found = Object.entries(constants.signals).find(([name, number]) => name === wanted || String(number) === wanted);
  if (!found) throw new InvocationError(`sig: expected a signal, found '${pyStr(sig)}'`);
  return found[0] as NodeJS.Signals;
}

/** Empty text when no such job runs. */
function signal(it: ModuleContext, id: string, name: NodeJS.Signals): string {
  const job = it.running().find((running) => running.jid === id);
  if (!job) return '';
  if (!it.signal(id, name)) return `Job ${id} was not running and job data has been cleaned up`;
  return `Signal ${constants.signals[name]} sent to job ${id} at pid ${job.pid}`;
}
