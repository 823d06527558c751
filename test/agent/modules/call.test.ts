/** How a function is called, and what is said when that goes wrong: Salt's texts to the byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dict, toPlain, type Value } from '../../../core/value.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
const circle: Value[] = [];
circle.push(circle);
beforeAll(() => {
  const odd = { doc: 'Odd.', parameters: [] };
  const functions = new Map([
    [
      'odd.throws',
      {
        ...odd,
        run: () => {
          throw new RangeError('out of reach');
        },
      },
    ],
    [
      'odd.throws_text',
      {
        ...odd,
        run: () => {
          throw 'only text';
        },
      },
    ],
    ['odd.circle', { ...odd, run: () => circle }],
    ['odd.hangs', { ...odd, run: () => new Promise<Value>(() => {}) }],
    ['odd.failed', { ...odd, run: () => Dict.of({ result: false, comment: 'no' }) }],
    ['odd.unsuccessful', { ...odd, run: () => Dict.of({ success: false }) }],
  ]);
  host = createHost({ custom: { find: async (name) => functions.get(name), all: async () => functions } });
});
afterAll(() => host.close());

const ECHO_DOC = (example: string) => `
    Gives back the text that it was given.

    CLI Example:

    .. code-block:: bash

        brine run '*' test.echo ${example}
    `;

const cases: readonly (readonly [string, readonly unknown[], Record<string, unknown>, string])[] = [
  ['nope.nope', [], {}, "'nope.nope' is not available."],
  ['test.nope', [], {}, "'test.nope' is not available."],
  ['test.ping.more', [], {}, "'test.ping.more' is not available."],
  ['__proto__.x', [], {}, "'__proto__.x' is not available."],
  ['tets', [], {}, "'tets' is not available."],
  ['test.constructor', [], {}, "'test.constructor' is not available."],
  [
    'test.echo',
    [],
    {},
    `Passed invalid arguments to test.echo: echo() missing 1 required positional argument: 'text'\n${ECHO_DOC("'hello there'")}`,
  ],
  [
    'test.echo',
    ['a', 'b'],
    {},
    `Passed invalid arguments to test.echo: echo() takes 1 positional argument but 2 were given\n${ECHO_DOC("'hello there'")}`,
  ],
  [
    'test.echo',
    ['a'],
    { text: 'b' },
    `Passed invalid arguments to test.echo: echo() got multiple values for argument 'text'\n${ECHO_DOC("'hello there'")}`,
  ],
  [
    'test.echo',
    [],
    { text: 'a', nosuch: 1 },
    "ERROR executing 'test.echo': The following keyword arguments are not valid: nosuch=1",
  ],
  [
    'test.echo',
    [],
    { text: 'a', nosuch: true, more: [1] },
    "ERROR executing 'test.echo': The following keyword arguments are not valid: nosuch=True, more=[1]",
  ],
  ['test.exception', ['went wrong'], {}, 'The minion function caused an exception: Exception: went wrong'],
  ['test.assertion', [false], {}, 'The minion function caused an exception: AssertionError'],
  ['test.raise_exception', ['ValueError', 'bad thing'], {}, 'The minion function caused an exception: ValueError: bad thing'],
  ['test.raise_exception', ['salt.exceptions.CommandExecutionError', 'x y'], {}, 'ERROR: x y'],
  ['test.raise_exception', ['salt.exceptions.SaltInvocationError', 'x'], {}, "ERROR executing 'test.raise_exception': x"],
  [
    'test.raise_exception',
    ['salt.exceptions.CommandNotFoundError', 'x'],
    {},
    "Command required for 'test.raise_exception' not found: x",
  ],
  ['odd.throws', [], {}, 'The minion function caused an exception: RangeError: out of reach'],
  ['odd.throws_text', [], {}, 'The minion function caused an exception: only text'],
  ['test.sleep', ['abc'], {}, "ERROR executing 'test.sleep': length: expected a number of seconds, found 'abc'"],
];

it.each(cases)('%s %j %j', async (fun, arg, kwarg, text) => {
  const result = await host.call(fun, arg, kwarg);
  expect(result).toMatchObject({ return: text, retcode: 1, success: false, out: 'nested' });
});

it.each([
  ['test.ping', 0, ['x'], 'ping() takes 0 positional arguments but 1 was given'],
  ['grains.setval', 1, ['k'], "setval() missing 1 required positional argument: 'val'"],
  ['grains.setval', 1, [], "setval() missing 2 required positional arguments: 'key' and 'val'"],
  ['grains.has_value', 1, ['a', 'b', 'c'], 'has_value() takes 1 positional argument but 3 were given'],
  ['test.retcode', 1, [1, 2], 'retcode() takes from 0 to 1 positional arguments but 2 were given'],
])('%s with a wrong count of arguments', async (fun, _i, arg, text) => {
  expect(String((await host.call(fun, arg)).return).split('\n')[0]).toBe(`Passed invalid arguments to ${fun}: ${text}`);
});

it('a return that has no form in an event is an error of the job', async () => {
  const { return: text, retcode } = await host.call('odd.circle');
  expect(text).toMatch(/^ERROR: /);
  expect(retcode).toBe(1);
});

it.each(['odd.failed', 'odd.unsuccessful'])('%s: a mapping that says so has failed', async (fun) => {
  expect((await host.call(fun)).retcode).toBe(1);
});

it('False is no failure', async () => {
  expect(await host.call('test.false')).toMatchObject({ return: false, retcode: 0, success: true });
});

it('text positionals of the form name=value are keywords, of the form name==value are not', async () => {
  const { return: value } = await host.call('test.arg', ['a=1', 'b==2', 'c d=3', 'x="y"']);
  expect(toPlain(value)).toEqual({ args: ['b==2', 'c d=3'], kwargs: { a: 1, x: 'y' } });
});

describe('several functions at once', () => {
  it('give a mapping by function, each with its own arguments', async () => {
    const result = await host.call('test.ping,test.echo,test.kwarg', [[], ['hello'], [{ __kwarg__: true, a: 1 }]]);
    expect(toPlain(result.return)).toEqual({ 'test.ping': true, 'test.echo': 'hello', 'test.kwarg': { a: 1 } });
    expect(result.retcode).toBe(0);
  });
  it('have failed when one has, and the others run all the same', async () => {
    const result = await host.call('nope.nope,test.ping,test.retcode', [[], [], [3]]);
    expect(toPlain(result.return)).toEqual({
      'nope.nope': "'nope.nope' is not available.",
      'test.ping': true,
      'test.retcode': true,
    });
    expect(result.retcode).toBe(1);
  });
  it('are not run a second time after a crash', async () => {
    const left = { pid: 7, code: 0, timedOut: false, unread: 0, stdout: Buffer.from(''), stderr: Buffer.from('') };
    expect(await host.call('cmd.run,test.ping', [['true'], []], {}, { left })).toMatchObject({ retcode: 1 });
  });
});

it('the beginning of other functions is answered with their documentation, as Salt does', async () => {
  const host = createHost();
  const { return: docs, retcode } = await host.call('test.r');
  expect(retcode).toBe(1);
  expect(docs instanceof Dict && [...docs.keys()].sort()).toEqual([
    'test.r',
    ...['test.raise_exception', 'test.rand_sleep', 'test.rand_str', 'test.random_hash', 'test.retcode'],
  ]);
  expect(docs instanceof Dict && docs.get('test.r')).toBe("'test.r' is not available.");
  host.close();
});
