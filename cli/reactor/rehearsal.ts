/** What the author's commands share: a project, an event out of a file, minions out of a file, and a rehearsal that sends nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import * as v from 'valibot';
import { BrineError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import type { Uid } from '../../core/ids.ts';
import { react } from '../../core/reactor/react.ts';
import type { Project, Reaction, Reactions, World } from '../../core/reactor/reactions.ts';
import type { Tag } from '../../core/tag.ts';
import { Dict, fromPlain, toPlain, type Value } from '../../core/value.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import type { CommandContext, Options } from '../command.ts';

export interface Rehearsed {
  readonly tag: string;
  readonly data: Dict;
}

export interface KnownMinion {
  readonly id: string;
  readonly grains: Dict;
  readonly pillar: Dict | null;
}

/** `--event FILE`, or `-` for standard input: YAML or JSON with `tag` and `data`. */
export async function readEvent(context: CommandContext, options: Options): Promise<Rehearsed> {
  const file = options.event as string | undefined;
  if (file === undefined)
    throw new BrineError({ code: 'usage.argument', text: 'there is no event', hint: '--event event.yaml, with tag: and data:' });
  let text = '';
  if (file === '-') for await (const chunk of context.stdin) text += String(chunk);
  else {
    const path = resolvePath(context.cwd, file);
    if (!existsSync(path)) throw new BrineError({ code: 'lint.event', text: 'there is no such file', where: { file } });
    text = readFileSync(path, 'utf8');
  }
  return eventOf(parseYaml(text, { file }), file);
}

export function eventOf(value: Value, file: string): Rehearsed {
  const [tag, data] = value instanceof Dict ? [value.get('tag'), value.get('data') ?? new Dict()] : [undefined, null];
  if (typeof tag !== 'string' || !(data instanceof Dict))
    throw new BrineError({
      code: 'lint.event',
      text: 'an event is a mapping with tag and data',
      where: { file },
      hint: 'tag: salt/minion/web1/start\\ndata: {id: web1}',
    });
  return { tag, data };
}

const minionsFile = v.array(
  v.looseObject({
    id: v.string(),
    grains: v.optional(v.record(v.string(), v.unknown()), {}),
    pillar: v.optional(v.record(v.string(), v.unknown())),
  }),
);

/** `--minions FILE`: a list of `{id, grains, pillar}`, or a mapping with that list under `minions`. */
export function readMinions(context: CommandContext, options: Options): readonly KnownMinion[] {
  const file = options.minions as string | undefined;
  if (file === undefined) return [];
  const plain = toPlain(parseYaml(readFileSync(resolvePath(context.cwd, file), 'utf8'), { file })) as { minions?: unknown };
  const found = v.safeParse(minionsFile, Array.isArray(plain) ? plain : plain?.minions);
  if (!found.success)
    throw new BrineError({
      code: 'lint.event',
      text: `${found.issues[0].message}`,
      where: { file, path: v.getDotPath(found.issues[0]) ?? '' },
      hint: '- id: web1\\n  grains: {os: CentOS}',
    });
  return found.output.map(({ id, grains, pillar }) => ({
    id,
    grains: fromPlain(grains) as Dict,
    pillar: pillar === undefined ? null : (fromPlain(pillar) as Dict),
  }));
}

/** The one call that the Lambda makes too. */
export function rehearse(
  project: Project,
  { tag, data }: Rehearsed,
  more: { minions?: readonly KnownMinion[]; branch?: World['branch'] } = {},
): Reactions {
  const own = more.minions?.find(({ id }) => id === data.get('id'));
  const event: Event = {
    tag: tag as Tag,
    data,
    uid: 'rehearsal:aaaaaaaaaaaa2:1' as Uid,
    stamp: 0,
    origin: { kind: 'platform', role: 'rehearsal' } as unknown as Event['origin'],
  } as Event;
  return react(project, event, {
    grains: own?.grains ?? null,
    now: Date.now(),
    random: () => 0.5,
    ...(more.branch && { branch: more.branch }),
  });
}

/** A reaction as an SLS file would say it. */
export function shapeOf({ kind, fun, target, args, kwargs, queueTtl }: Reaction): Dict {
  const body = new Dict();
  if (target) {
    body.set('tgt', target.tgt as Value);
    if (target.tgt_type !== 'glob') body.set('tgt_type', target.tgt_type);
  }
  if (args.length > 0) body.set('arg', [...args]);
  if (kwargs.size > 0) body.set('kwarg', kwargs);
  if (queueTtl !== undefined) body.set('queue_ttl', BigInt(queueTtl));
  return Dict.of({ [`${kind}.${fun}`]: body });
}
