/** `event.*`: step 1 of the way of an event. */

import { BrineError } from '../../core/errors.ts';
import { formatStamp } from '../../core/event.ts';
import type { MinionId } from '../../core/ids.ts';
import { pyStr } from '../../core/python/print.ts';
import { mayEmit, parseTag } from '../../core/tag.ts';
import { Dict, type Value } from '../../core/value.ts';
import { CommandExecutionError, type Module, type ModuleContext } from './module.ts';

export const event: Module = {
  fire: {
    doc: "Fires an event on this minion's own bus alone, where `brine events --minion` sees it. Data is a mapping;\nanything else, or an empty tag, gives False.",
    example: "'{disk: sda}' 'local/disk'",
    parameters: [{ name: 'data' }, { name: 'tag' }, { name: 'timeout', value: null, keyword: true }],
    run: (it, { data = null, tag = '' }) => {
      if (!(data instanceof Dict) || typeof tag !== 'string' || tag === '') return false;
      it.fireLocal(checked(tag), data.copy().set('_stamp', formatStamp(Date.now())));
      return true;
    },
  },
  fire_master: {
    doc: 'Fires an event on the bus of the platform, where reactions see it. Data may be anything.',
    example: "'{disk: sda}' 'myco/disk'",
    parameters: [
      { name: 'data' },
      { name: 'tag' },
      { name: 'preload', value: null },
      { name: 'timeout', value: null, keyword: true },
    ],
    run: (it, { data = null, tag = '' }) => send(it, tag, data),
  },
  send: {
    doc: 'Fires an event on the bus of the platform; data and keyword arguments are its data. with_grains=True or a\nlist of names adds grains, with_env variables of the agent.',
    example: "myco/build status=done with_grains='[os]'",
    parameters: [
      { name: 'tag' },
      { name: 'data', value: null },
      { name: 'preload', value: null },
      { name: 'with_env', value: false },
      { name: 'with_grains', value: false },
      { name: 'with_pillar', value: false },
      { name: 'with_env_opts', value: false },
    ],
    keywords: true,
    run: (it, values) => {
      const { tag = '', data = null, kwargs = null, with_grains = false, with_env = false, with_pillar = false } = values;
      const all = new Dict();
      if (isWanted(with_env)) all.set('environ', pick(Dict.of({ ...it.env }), with_env));
      if (isWanted(with_grains)) all.set('grains', pick(it.grains(), with_grains));
      if (isWanted(with_pillar)) all.set('pillar', new Dict());
      if (isWanted(values.with_env_opts ?? false)) all.set('saltenv', 'base').set('pillarenv', null);
      for (const source of [kwargs, it.pub, data])
        if (source instanceof Dict) for (const [key, value] of source) all.set(key, value);
      return send(it, tag, all);
    },
  },
};

function isWanted(value: Value): boolean {
  return value !== false && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** Names that are not there are left out, as Salt leaves them out. */
function pick(from: Dict, names: Value): Dict {
  if (!Array.isArray(names)) return from.copy();
  return Dict.from(names.flatMap((name) => (from.has(name) ? [[name, from.get(name) as Value] as const] : [])));
}

function checked(tag: Value): ReturnType<typeof parseTag> {
  try {
    return parseTag(typeof tag === 'string' ? tag : pyStr(tag));
  } catch (error) {
    if (error instanceof BrineError) throw new CommandExecutionError(error.message);
    throw error;
  }
}

async function send(it: ModuleContext, tag: Value, data: Value): Promise<boolean> {
  const parsed = checked(tag);
  if (!mayEmit(it.id as MinionId, parsed)) {
    throw new CommandExecutionError(
      `this minion may not fire ${parsed}: under salt/ it has salt/minion/${it.id}/ and salt/beacon/${it.id}/`,
    );
  }
  return it.fireMaster({ tag: parsed, data });
}
