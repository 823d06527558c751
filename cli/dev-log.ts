/** One line of a part: readable on a terminal, JSON elsewhere. Only what a person should know; all of it with BRINE_LOG=all. */
import { formatProblem, type Problem } from '../core/errors.ts';
import type { Plan, PlannedJob } from '../core/job/plan.ts';
import type { CommandContext } from './command.ts';

const QUIET = new Set([
  'hello',
  'plan',
  'sent',
  'return',
  'accepted',
  'started',
  'done',
  'operator',
  'runner',
  'link_state',
  'waits_for_bell',
]);

export function devLog({ stderr, env }: Pick<CommandContext, 'stderr' | 'env'>) {
  return (part: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
    if (env.BRINE_LOG !== 'all') {
      if (message === 'plan') for (const problem of problemsOf(fields.plan)) stderr.write(`${part}: ${formatProblem(problem)}\n`);
      if (QUIET.has(message)) return;
      // The way through the code is for those who asked for everything.
      if (typeof fields.error === 'string') return write(part, message, { ...fields, error: fields.error.split('\n')[0] });
    }
    write(part, message, fields);
  };

  function write(part: string, message: string, fields: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(fields, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    stderr.write(stderr.isTTY ? `${part}: ${message} ${text}\n` : `${JSON.stringify({ part, message })} ${text}\n`);
  }
}

/** What an event met that could not become a reaction, and what became one for nobody. */
function problemsOf(plan: unknown): readonly Problem[] {
  const { problems = [], jobs = [] } = (plan ?? {}) as Partial<Plan>;
  const idle = jobs.filter(({ reaction, addressees }) => reaction.target && addressees.length === 0);
  return [...problems, ...idle.map(nobody)];
}

function nobody({ reaction: { where, target }, unknown }: PlannedJob): Problem {
  return {
    code: 'reactor.target',
    where,
    text: `no minion matches the ${target?.tgt_type} ${JSON.stringify(target?.tgt)}`,
    hint:
      unknown.length > 0 ? `the grains of ${unknown.join(', ')} are not known` : 'brine minions list prints those that there are',
  };
}
