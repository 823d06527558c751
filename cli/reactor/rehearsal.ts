/** What the author's commands share: a project, an event out of a file, minions out of a file, and a rehearsal that sends nothing. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import type { Uid } from '../../core/ids.ts';
import { react } from '../../core/reactor/react.ts';
import type { Project, Reaction, Reactions, World } from '../../core/reactor/reactions.ts';
import type { Tag } from '../../core/tag.ts';
import { Dict, type Value } from '../../core/value.ts';
import { parseYaml, parseYamlTree } from '../../core/yaml/parse.ts';
import { type KnownMinion, knownMinions } from '../../project/known-minions.ts';
import type { CommandContext, Options } from '../command.ts';

export interface Rehearsed {
  readonly tag: string;
  readonly data: Dict;
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
    if (!existsSync(path) || !statSync(path).isFile())
      throw new BrineError({
        code: 'lint.event',
        text: 'there is no such file',
        where: { file },
        hint: 'a file, - for standard input, or the uid of an event',
      });
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
      hint: '{tag: salt/minion/web1/start, data: {id: web1}}',
    });
  return { tag, data };
}

/** `--minions FILE`; null where it is not given. */
export function readMinions(context: CommandContext, options: Options): readonly KnownMinion[] | null {
  const file = options.minions as string | undefined;
  if (file === undefined) return null;
  const path = resolvePath(context.cwd, file);
  if (!existsSync(path)) throw new BrineError({ code: 'lint.minions', text: 'there is no such file', where: { file } });
  const tree = parseYamlTree(readFileSync(path, 'utf8'), { file });
  return tree ? knownMinions(tree) : [];
}

/** As the reactor sees it: of the host that its data names, where hosts fire such tags. */
export function eventFor({ tag, data }: Rehearsed): Event {
  return {
    tag: tag as Tag,
    data,
    uid: 'rehearsal:aaaaaaaaaaaa2:1' as Uid,
    stamp: 0,
    origin: originOf(tag, data.get('id') ?? null) as Event['origin'],
  } as Event;
}

function originOf(tag: string, id: Value): object {
  const hosts = !tag.startsWith('salt/') || /^salt\/(minion|beacon|job)\//.test(tag);
  return hosts && typeof id === 'string'
    ? { kind: 'minion', id, incarnation: 'aaaaaaaaaaaa2' }
    : { kind: 'platform', role: 'rehearsal' };
}

/** The one call that the Lambda makes too. */
export function rehearse(
  project: Project,
  { tag, data }: Rehearsed,
  more: { minions?: readonly KnownMinion[]; branch?: World['branch']; now?: number } = {},
): Reactions {
  const own = more.minions?.find(({ id }) => id === data.get('id'));
  return react(project, eventFor({ tag, data }), {
    grains: own?.grains ?? null,
    now: more.now ?? Date.now(),
    random: () => 0.5,
    ...(more.branch && { branch: more.branch }),
  });
}

/** A reaction as an SLS file would say it. */
export function shapeOf({ kind, fun, target, args, kwargs, queueTtl, timeout, ret, metadata, jid, onCrash }: Reaction): Dict {
  const body = new Dict();
  if (target) {
    body.set('tgt', target.tgt as Value);
    if (target.tgt_type !== 'glob') body.set('tgt_type', target.tgt_type);
  }
  if (args.length > 0) body.set('arg', [...args]);
  if (kwargs.size > 0) body.set('kwarg', kwargs);
  if (queueTtl !== undefined) body.set('queue_ttl', BigInt(queueTtl));
  if (timeout !== undefined) body.set('timeout', BigInt(timeout));
  if (ret !== undefined) body.set('ret', ret);
  if (metadata) body.set('metadata', metadata);
  if (jid !== undefined) body.set('jid', jid);
  if (onCrash) body.set('on_crash', onCrash);
  return Dict.of({ [`${kind}.${fun}`]: body });
}
