/** `grains.*`: rows are what Salt 3008.5 gave for the same calls, in this order. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
beforeAll(() => {
  host = createHost({
    grains: { id: 'web1', os: 'Debian', os_family: 'Debian', locale_info: { timezone: 'UTC' }, serialnumber: 'ABCDEFGH' },
  });
});
afterAll(() => host.close());

const complex = (key: string) => `The key '${key}' exists but is a dict or a list. Use 'force=True' to overwrite.`;
const set = (changes: object, result = true, comment = '') => ({ comment, changes, result });

const rows: readonly (readonly [string, readonly unknown[], object, unknown])[] = [
  ['setval', ['roles', ['web', 'db']], {}, { roles: ['web', 'db'] }],
  ['get', ['roles'], {}, ['web', 'db']],
  ['get', ['roles:0'], {}, 'web'],
  ['get', ['nope'], {}, ''],
  ['get', ['nope', 'd'], {}, 'd'],
  ['get', ['locale_info:timezone'], {}, 'UTC'],
  ['get', ['locale_info|timezone'], { delimiter: '|' }, 'UTC'],
  ['has_value', ['roles'], {}, true],
  ['has_value', ['nope'], {}, false],
  ['equals', ['roles', 'web'], {}, false],
  ['equals', ['os', 'Debian'], {}, true],
  ['item', ['os', 'nope'], {}, { os: 'Debian', nope: '' }],
  ['append', ['roles', 'cache'], {}, { roles: ['web', 'db', 'cache'] }],
  ['append', ['roles', 'cache'], {}, 'The val cache was already in the list roles'],
  ['append', ['os', 'x'], {}, 'The key os is not a valid list'],
  ['append', ['newlist', 'x'], {}, { newlist: ['x'] }],
  ['append', ['newlist2', 'x'], { convert: true }, { newlist2: ['x'] }],
  ['remove', ['roles', 'db'], {}, { roles: ['web', 'cache'] }],
  ['remove', ['roles', 'db'], {}, 'The val db was not in the list roles'],
  ['remove', ['os', 'x'], {}, 'The key os is not a valid list'],
  ['set', ['apps:mail:port', 25], {}, set({ apps: { mail: { port: 25 } } })],
  ['set', ['apps:mail:port', 25], {}, set({}, true, 'Grain is already set')],
  ['set', ['apps:mail', 'x'], {}, set({}, false, complex('apps:mail'))],
  ['set', ['apps:mail', 'x'], { force: true }, set({ apps: { mail: 'x' } })],
  ['get', ['apps'], {}, { mail: 'x' }],
  ['setvals', [{ a: 1, b: 2 }], {}, { a: 1, b: 2 }],
  ['setvals', ['x'], {}, 'The minion function caused an exception: SaltException: setvals grains must be a dictionary.'],
  ['delval', ['a'], {}, set({ a: null })],
  ['get', ['a', 'other'], {}, null],
  ['delval', ['a'], { destructive: true }, set({ a: null })],
  ['delkey', ['b'], {}, set({ b: null })],
  ['delkey', ['roles'], {}, set({}, false, complex('roles'))],
  ['delkey', ['roles'], { force: true }, set({ roles: null })],
  ['has_value', ['roles'], {}, false],
  ['filter_by', [{ Debian: { p: 1 }, default: { p: 2 } }], {}, { p: 1 }],
  ['filter_by', [{ RedHat: { p: 1 }, default: { p: 2 } }], { merge: { q: 3 } }, { p: 2, q: 3 }],
  ['ls', [], {}, ['apps', 'id', 'locale_info', 'newlist', 'newlist2', 'os', 'os_family', 'serialnumber']],
];

it('gives what Salt gives, call after call', async () => {
  for (const [fun, arg, kwarg, expected] of rows) {
    const { return: value } = await host.call(`grains.${fun}`, arg, kwarg as Record<string, unknown>);
    expect(toPlain(value), `grains.${fun} ${JSON.stringify(arg)} ${JSON.stringify(kwarg)}`).toEqual(expected);
  }
});

it('a set that was refused has failed', async () => {
  expect(await host.call('grains.set', ['locale_info', 'x'])).toMatchObject({ retcode: 1, success: false });
});

it('items shows strangers no names of the host', async () => {
  const shown = toPlain((await host.call('grains.items', [], { sanitize: true })).return);
  expect(shown).toMatchObject({ id: 'MINION.DOMAINNAME', serialnumber: 'ABCDEFXX', os: 'Debian' });
});
