/** The minion of an event, asked by targets: `match.*` and `ifelse` of templates. What a host wrote into a target is literal, as everywhere. */
import type { TargetType } from '../job/job.ts';
import { matchTarget } from '../target/match.ts';
import type { Nodegroups } from '../target/nodegroups.ts';
import { Dict, type Value } from '../value.ts';
import { isText, plain, strip, Text } from './jinja/text.ts';
import { kind, OperationError } from './jinja/values.ts';

export interface OwnMinion {
  /** null for an event of the platform. */
  readonly id: string | null;
  readonly grains: Value;
  readonly nodegroups: Nodegroups;
}

/** Does the target mean this minion? Nobody's event is met by no target. */
export function isMatched({ id, grains, nodegroups }: OwnMinion, type: TargetType, tgt: Value, delimiter = ':'): boolean {
  const members = Array.isArray(tgt) ? tgt : [tgt];
  const texts = members.map((member) => {
    if (!isText(member)) throw new OperationError(`a target is text, not ${kind(member)}`);
    return member;
  });
  const own = strip(grains);
  const target = {
    tgt_type: type,
    tgt: Array.isArray(tgt) ? texts.map(plain) : plain(texts[0] as string),
    literal: texts.map(literalOf),
    delimiter,
  };
  const minion = { id: id ?? '', grains: own instanceof Dict ? own : null, pillar: null };
  return id !== null && matchTarget(target, minion, { nodegroups }) === true;
}

function literalOf(text: string | Text): readonly (readonly [number, number])[] {
  if (!(text instanceof Text)) return [];
  let at = 0;
  return text.parts.flatMap((part) => {
    at += part.text.length;
    return part.tainted ? [[at - part.text.length, at] as const] : [];
  });
}
