/** `group.*`: the groups of this machine. */
import { pyStr } from '../../core/python/print.ts';
import { Dict } from '../../core/value.ts';
import { findGroup, type Group, listGroups } from './accounts.ts';
import type { Module, Parameter } from './module.ts';
import { flag, nothing, text } from './schemas.ts';

/** Salt looks into another system's tree. */
const root: Parameter = { name: 'root', value: null, is: nothing };

export const group: Module = {
  info: {
    doc: 'A group by name: number and members; an empty mapping where there is none.',
    example: 'adm',
    parameters: [{ name: 'name', is: text }, root],
    run: (_it, { name = '' }) => {
      const found = findGroup(pyStr(name));
      return found ? shown(found) : new Dict();
    },
  },
  getent: {
    doc: 'All groups, as group.info shows them.',
    parameters: [{ name: 'refresh', value: false, is: flag }, root],
    run: () => listGroups().map(shown),
  },
  list_groups: {
    doc: 'The names of all groups.',
    parameters: [],
    run: () =>
      listGroups()
        .map((one) => one.name)
        .sort(),
  },
};

function shown({ name, gid, members }: Group): Dict {
  return Dict.of({ name, passwd: 'x', gid: BigInt(gid), members: [...members] });
}
