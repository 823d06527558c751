/** Users and groups of this machine, as `/etc/passwd` and `/etc/group` have them; names that only a directory service knows are asked of `getent`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  readonly password: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function listUsers(): readonly User[] {
  return linesOf('/etc/passwd').map(parseUser);
}

export function findUser(name: string): User | undefined {
  return listUsers().find((user) => user.name === name) ?? asked('passwd', name, parseUser);
}

export function listGroups(): readonly Group[] {
  return linesOf('/etc/group').map(parseGroup);
}

export function findGroup(name: string): Group | undefined {
  return listGroups().find((group) => group.name === name) ?? asked('group', name, parseGroup);
}

/** A group's name by its number; empty where it has none. */
export function findGroupOf(gid: number): string {
  return listGroups().find((group) => group.gid === gid)?.name ?? '';
}

/** Names of a user's groups, sorted; its primary one among them. */
export function groupsOf(user: User): string[] {
  return listGroups()
    .filter((group) => group.gid === user.gid || group.members.includes(user.name))
    .map((group) => group.name)
    .sort();
}

function parseUser(line: string): User {
  const [name = '', password = '', uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
  return { name, password, uid: Number(uid), gid: Number(gid), gecos, home, shell };
}

function parseGroup(line: string): Group {
  const [name = '', , gid = '', members = ''] = line.split(':');
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') };
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'));
}

function asked<T>(database: string, name: string, parse: (line: string) => T): T | undefined {
  if (!/^[A-Za-z0-9_.@\\-]+$/.test(name) || name.startsWith('-')) return undefined;
  try {
    const line = execFileSync('getent', [database, name], {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return parse(line.trim());
  } catch {
    return undefined; // it is nowhere
  }
}
