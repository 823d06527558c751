/** `saltutil.*`: the jobs that run here. */
import { Dict, type Value } from '../../core/value.ts';
import type { Module, ModuleContext, RunningJob } from './module.ts';

export const saltutil: Module = {
  running: {
    doc: 'The jobs that run now.',
    parameters: [],
    run: (it) =>
      it
        .running()
        .filter((job) => job.jid !== it.jid)
        .map(shown),
  },
  find_job: {
    doc: 'A job that runs now, by its id; an empty mapping when it does not.',
    parameters: [{ name: 'jid' }],
    run: (it, { jid = '' }) => {
      const found = it.running().find((job) => job.jid === String(jid));
      return found ? shown(found) : new Dict();
    },
  },
  is_running: {
    doc: 'Jobs that run this function now.',
    parameters: [{ name: 'fun' }],
    run: (it, { fun = '' }) =>
      it
        .running()
        .filter((job) => job.fun === String(fun))
        .map(shown),
  },
  kill_job: { doc: 'Ends a job at once.', parameters: [{ name: 'jid' }], run: (it, { jid = '' }) => signal(it, jid, 'SIGKILL') },
  term_job: { doc: 'Asks a job to end.', parameters: [{ name: 'jid' }], run: (it, { jid = '' }) => signal(it, jid, 'SIGTERM') },
  refresh_grains: { doc: 'Reads the grains anew.', parameters: [], run: () => true },
};

function shown({ jid, fun, arg, tgt, tgt_type, user }: RunningJob): Dict {
  return Dict.of({ jid, fun, arg: [...arg] as Value[], tgt, tgt_type, user, ret: '' });
}

function signal(it: ModuleContext, jid: Value, name: NodeJS.Signals): string {
  const number = name === 'SIGKILL' ? 9 : 15;
  return it.signal(String(jid), name) ? `Signal ${number} sent to job ${String(jid)}` : '';
}
