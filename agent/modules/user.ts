/** `user.*`: the users of this machine. */
import { pyStr } from '../../core/python/print.ts';
import { Dict } from '../../core/value.ts';
import { findUser, groupsOf, listGroups, listUsers, type User } from './accounts.ts';
import { CommandExecutionError, type Module, type Parameter } from './module.ts';
import { flag, nothing, text } from './schemas.ts';

const name: Parameter = { name: 'name', is: text };
/** Salt looks into another system's tree. */
const root: Parameter = { name: 'root', value: null, is: nothing };

export const user: Module = {
  info: {
    doc: 'A user by name: ids, groups, home, shell and full name; an empty mapping where there is none.',
    example: 'root',
    parameters: [name, root],
    run: (_it, { name: wanted = '' }) => {
      const found = findUser(pyStr(wanted));
      return found ? shown(found) : new Dict();
    },
  },
  list_users: {
    doc: 'The names of all users.',
    parameters: [root],
    run: () =>
      listUsers()
        .map((one) => one.name)
        .sort(),
  },
  getent: {
    doc: 'All users, as user.info shows them.',
    parameters: [{ name: 'refresh', value: false, is: flag }, root],
    run: () => listUsers().map(shown),
  },
  list_groups: {
    doc: 'The names of the groups that a user is in.',
    example: 'root',
    parameters: [name],
    run: (_it, { name: wanted = '' }) => {
      const found = findUser(pyStr(wanted));
      return found ? groupsOf(found) : [];
    },
  },
  primary_group: {
    doc: "The name of a user's own group.",
    example: 'root',
    parameters: [name],
    run: (_it, { name: wanted = '' }) => {
      const found = findUser(pyStr(wanted));
      if (!found) throw new CommandExecutionError(`User '${pyStr(wanted)}' does not exist`);
      return listGroups().find((group) => group.gid === found.gid)?.name ?? '';
    },
  },
};

/** The full name and what else finger(1) shows, between commas. */
function shown(found: User): Dict {
  const [fullname = '', roomnumber = '', workphone = '', homephone = '', ...other] = found.gecos.split(',');
  return Dict.of({
    gid: BigInt(found.gid),
    groups: groupsOf(found),
    home: found.home,
    name: found.name,
    passwd: found.password,
    shell: found.shell,
    uid: BigInt(found.uid),
    fullname,
    roomnumber,
    workphone,
    homephone,
    other: other.join(','),
  });
}
