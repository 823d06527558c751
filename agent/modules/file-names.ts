/** `file.*` about paths and ids alone. */
import { basename, dirname, join, normalize } from 'node:path';
import { pyStr } from '../../core/python/print.ts';
import type { Value } from '../../core/value.ts';
import { findGroup, findUser, listGroups, listUsers } from './accounts.ts';
import type { Module, Parameter } from './module.ts';
import { text, whole } from './schemas.ts';

const path: Parameter = { name: 'path', is: text };

/** The number itself where nobody has it. */
export const userOf = (uid: number) => listUsers().find((one) => one.uid === uid)?.name ?? String(uid);
export const groupOf = (gid: number) => listGroups().find((one) => one.gid === gid)?.name ?? String(gid);

export const fileNames: Module = {
  basename: {
    doc: 'The last part of a path.',
    example: '/a/b',
    parameters: [path],
    run: (_it, { path = '' }) => basename(pyStr(path)),
  },
  dirname: {
    doc: 'The path without its last part.',
    example: '/a/b',
    parameters: [path],
    run: (_it, { path = '' }) => dirname(pyStr(path)),
  },
  normpath: {
    doc: 'The path without `.`, `..` and double slashes.',
    example: '/a/../b',
    parameters: [path],
    run: (_it, { path = '' }) => normalize(pyStr(path)),
  },
  join: {
    doc: 'Parts of a path, joined.',
    example: '/a b',
    parameters: [],
    varargs: true,
    run: (_it, { args = [] }) => join(...(args as Value[]).map((part) => pyStr(part))),
  },
  user_to_uid: {
    doc: 'The number of a user; empty text for none.',
    example: 'root',
    parameters: [{ name: 'user', is: text }],
    run: (_it, { user: name = '' }) => numberOf(findUser(pyStr(name))?.uid),
  },
  group_to_gid: {
    doc: 'The number of a group; empty text for none.',
    example: 'root',
    parameters: [{ name: 'group', is: text }],
    run: (_it, { group: name = '' }) => numberOf(findGroup(pyStr(name))?.gid),
  },
  uid_to_user: {
    doc: 'The name of a user by its number.',
    example: '0',
    parameters: [{ name: 'uid', is: whole }],
    run: (_it, { uid = 0n }) => userOf(Number(uid)),
  },
  gid_to_group: {
    doc: 'The name of a group by its number.',
    example: '0',
    parameters: [{ name: 'gid', is: whole }],
    run: (_it, { gid = 0n }) => groupOf(Number(gid)),
  },
};

function numberOf(id: number | undefined): Value {
  return id === undefined ? '' : BigInt(id);
}
