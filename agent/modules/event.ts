/** `event.*`: step 1 of the way of an event. */

import { BrineError } from '../../core/errors.ts';
import { formatStamp } from '../../core/event.ts';
import type { MinionId } from '../../core/ids.ts';
import { mayEmit, parseTag } from '../../core/tag.ts';
import { Dict, type Value } from '../../core/value.ts';
import { CommandExecutionError, type Module, type ModuleContext } from './module.ts';

export const event: Module = {
  fire: {
    doc: "Fires an event on this minion's own bus. Data is a mapping.",
    parameters: [{ name: 'data' }, { name: 'tag' }, { name: 'timeout', value: null }],
    run: (it, { data = null, tag = '' }) => {
      if (!(data instanceof Dict) || String(tag) === '') return false;
      it.fireLocal(parseTag(tag), data.copy().set('_stamp', formatStamp(Date.now())));
      return true;
    },
  },
  fire_master: {
    doc: 'Fires an event on the bus of the platform. Data may be anything.',
    parameters: [{ name: 'data' }, { name: 'tag' }, { name: 'preload', value: null }],
    run: (it, { data = null, tag = '' }) => send(it, tag, data),
  },
  send: {
    doc: 'Fires an event on the bus of the platform; keyword arguments are its data.',
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
    run: (it, { tag = '', data = null, kwargs = null, with_grains = false, with_env = false }) => {
      const all = new Dict();
      if (with_env !== false) all.set('environ', pick(Dict.of({ ...it.env }), with_env));
      if (with_grains !== false) all.set('grains', pick(it.grains(), with_grains));
      for (const source of [kwargs, it.pub, data])
        if (source instanceof Dict) for (const [key, value] of source) all.set(key, value);
      return send(it, tag, all);
    },
  },
};

function pick(from: Dict, names: Value): Dict {
  return Array.isArray(names) ? Dict.from(names.map((name) => [name, from.get(name) ?? null] as const)) : from.copy();
}

async function send(it: ModuleContext, tag: Value, data: Value): Promise<boolean> {
  try {
    const parsed = parseTag(tag);
    if (!mayEmit(it.id as MinionId, parsed)) {
      throw new CommandExecutionError(
        `this minion may not fire ${parsed}: under salt/ it has salt/minion/${it.id}/ and salt/beacon/${it.id}/`,
      );
    }
    return await it.fireMaster({ tag: parsed, data });
  } catch (error) {
    if (error instanceof BrineError) throw new CommandExecutionError(error.message);
    throw error;
  }
}
