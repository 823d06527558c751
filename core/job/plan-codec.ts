/** A plan as text, and back exactly: arguments keep their types, since they are values and not JSON. */
import { BrineError } from '../errors.ts';
import { decode, encode } from '../json.ts';
import type { Reaction } from '../reactor/reactions.ts';
import { Dict, fromPlain, toPlain, type Value } from '../value.ts';
import type { Plan, PlannedJob } from './plan.ts';

/** Without the addressees, which may be many: they are kept beside it. */
export function encodePlan(plan: Plan): string {
  const { jobs, ...head } = plan;
  const dict = fromPlain(head) as Dict;
  dict.set(
    'jobs',
    jobs.map(({ reaction, addressees: _, ...job }) => (fromPlain(job) as Dict).set('reaction', reactionOut(reaction))),
  );
  return encode(dict);
}

export function parsePlan(text: string, addressees: readonly PlannedJob['addressees'][]): Plan {
  const dict = decode(text);
  if (!(dict instanceof Dict)) throw new BrineError({ code: 'internal.assumption', text: 'a stored plan is no mapping' });
  const jobs = dict.get('jobs') as Value[];
  const head = dict.copy();
  head.delete('jobs');
  return {
    ...(toPlain(head) as Plan),
    jobs: jobs.map((item, i) => {
      const job = (item as Dict).copy();
      const reaction = reactionIn(job.get('reaction') as Dict);
      job.delete('reaction');
      return { ...(toPlain(job) as PlannedJob), reaction, addressees: addressees[i] ?? [] };
    }),
  };
}

function reactionOut(reaction: Reaction): Dict {
  const { args, kwargs, metadata, ...plain } = reaction;
  const dict = (fromPlain(plain) as Dict).set('args', [...args]).set('kwargs', kwargs);
  return metadata ? dict.set('metadata', metadata) : dict;
}

function reactionIn(dict: Dict): Reaction {
  const rest = dict.copy();
  const [args, kwargs, metadata] = [rest.get('args') as Value[], rest.get('kwargs') as Dict, rest.get('metadata')];
  for (const key of ['args', 'kwargs', 'metadata']) rest.delete(key);
  return { ...(toPlain(rest) as Reaction), args, kwargs, ...(metadata instanceof Dict && { metadata }) };
}
