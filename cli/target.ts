/** The target flags of `salt`: `-C -E -L -G -P -N -S -I -J`, one of them at most. */
import { BrineError } from '../core/errors.ts';
import type { TargetType } from '../core/job/job.ts';
import type { Options } from './command.ts';

const FLAGS: Readonly<Record<string, TargetType>> = {
  compound: 'compound',
  pcre: 'pcre',
  list: 'list',
  grain: 'grain',
  grainPcre: 'grain_pcre',
  nodegroup: 'nodegroup',
  ipcidr: 'ipcidr',
  pillar: 'pillar',
  pillarPcre: 'pillar_pcre',
};

/** Salt's words. */
const NO_MATCH = 'No minions matched the target. No command was sent, no jid was assigned.';

export interface TypedTarget {
  readonly tgt: string | readonly string[];
  readonly tgt_type: TargetType;
  readonly delimiter?: string;
}

export function targetOf(text: string, options: Options): TypedTarget {
  const given = Object.keys(FLAGS).filter((flag) => options[flag]);
  if (given.length > 1) {
    throw new BrineError({ code: 'usage.argument', text: `a target is of one type, found --${given.join(' and --')}` });
  }
  const tgt_type = FLAGS[given[0] ?? ''] ?? 'glob';
  if (text === '')
    throw new BrineError({ code: 'operator.empty', text: NO_MATCH, hint: "the target is empty; '*' is every minion" });
  if (tgt_type === 'list') return { tgt_type, tgt: listOf(text) };
  return { tgt: text, tgt_type, ...(typeof options.delimiter === 'string' && { delimiter: options.delimiter }) };
}

/** Between commas, or between blanks where there is no comma. */
function listOf(text: string): string[] {
  const ids = text.includes(',') ? text.replaceAll(' ', '').split(',') : text.split(/\s+/);
  return [...new Set(ids.filter((id) => id !== ''))];
}
