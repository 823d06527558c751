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

export interface TypedTarget {
  readonly tgt: string | readonly string[];
  readonly tgt_type: TargetType;
}

export function targetOf(text: string, options: Options): TypedTarget {
  const given = Object.keys(FLAGS).filter((flag) => options[flag]);
  if (given.length > 1) {
    throw new BrineError({ code: 'usage.argument', text: `a target is of one type, found --${given.join(' and --')}` });
  }
  const tgt_type = FLAGS[given[0] ?? ''] ?? 'glob';
  if (tgt_type !== 'list') return { tgt: text, tgt_type };
  return {
    tgt_type,
    tgt: text
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  };
}

/** A number of seconds that was typed; 0 or more. */
export function secondsOf(options: Options, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new BrineError({ code: 'usage.argument', text: `--${name} wants a number of seconds, found ${JSON.stringify(text)}` });
}
