/** A secret that the settings name never leaves the host: not in a return, an error, an event, a grain, a log line, nor what a custom module gives. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedact, hideSecrets, MASK, redactFields } from '../../agent/redact.ts';
import type { Emitted } from '../../core/event.ts';
import { Bytes, Dict, fromPlain, Tuple, toPlain, type Value } from '../../core/value.ts';
import { createHost, type Host } from '../support/host.ts';

const SECRET = 'hunter2-hunter2';
const rules = { names: ['*TOKEN', 'password'], values: ['line-one-secret\nline-two-secret\n'], patterns: ['AKIA[A-Z0-9]{8,}'] };
const redact = createRedact(rules, { API_TOKEN: SECRET, HOME: '/root' });

const shown = (value: unknown) => JSON.stringify(toPlain(redact.value(fromPlain(value))));

it.each([
  ['the value of a named variable', `a ${SECRET} b`],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['in a URL', encodeURIComponent(SECRET)],
  ['as a key of a mapping', { [SECRET]: 1 }],
  ['deep inside', { a: [{ b: [`x${SECRET}`] }] }],
  ['a line of a named file', 'line-two-secret'],
  ['what fits a pattern', 'key AKIAABCDEFGH1234'],
  ['under a named key, however short', { password: 'x' }],
])('%s is masked', (_name, value) => {
  const text = shown(value);
  expect(text).toContain(MASK);
  expect(text).not.toMatch(/hunter2|two-secret|AKIAABCD|"x"/);
});

it('tuples and bytes too, and nothing else', () => {
  const value = redact.value(new Tuple([SECRET, new Bytes(Buffer.from(SECRET)), 7n, null])) as Tuple;
  expect(value.items[0]).toBe(MASK);
  expect(Buffer.from((value.items[1] as Bytes).bytes).toString()).toBe(MASK);
  expect(value.items.slice(2)).toEqual([7n, null]);
  expect(shown({ plain: ['text', 1, true] })).toBe('{"plain":["text",1,true]}');
});

it('events and returns are written without it, and so are lines of the log', async () => {
  const written: unknown[] = [];
  const log = hideSecrets(
    {
      append: async (event: Emitted) => written.push(toPlain(event.data)),
      done: async (_jid: string, _outcome: string, event: Emitted) => void written.push(toPlain(event.data)),
    },
    redact,
  );
  const event = { tag: 'a', stamp: 0, data: Dict.of({ said: SECRET }) } as unknown as Emitted;
  await log.append(event);
  await log.done('1', 'done', event);
  expect(written).toEqual([{ said: MASK }, { said: MASK }]);
  expect(redactFields(redact, { text: `x ${SECRET}`, count: 3 })).toEqual({ text: `x ${MASK}`, count: 3 });
});

let host: Host;
beforeAll(() => {
  const custom = {
    doc: 'x',
    parameters: [],
    varargs: true,
    keywords: true,
    run: async (): Promise<Value> => Dict.of({ found: SECRET, password: 'y' }),
  };
  const functions = new Map([['leaky.run', custom]]);
  host = createHost({
    redact,
    env: { API_TOKEN: SECRET },
    grains: { id: 'web1', os: SECRET },
    custom: { find: async (fun) => functions.get(fun), all: async () => functions },
  });
});
afterAll(() => host.close());

it.each<[string, unknown[], Record<string, unknown>]>([
  ['cmd.run', ['echo $API_TOKEN; env'], {}],
  ['cmd.run', ['echo $API_TOKEN; exit 3'], {}],
  ['cmd.run', ['exit 3'], { env: { password: 'typed-by-hand' }, raise_err: true }],
  ['cmd.run', ['echo $password'], { env: { password: 'typed-by-hand' } }],
  ['cmd.run_all', ['echo $API_TOKEN >&2'], {}],
  ['cmd.run', ['$API_TOKEN-is-no-command'], {}],
  ['test.exception', [SECRET], {}],
  ['test.arg', [SECRET], { password: 'typed-by-hand' }],
  ['grains.items', [], {}],
  ['leaky.run', [], {}],
  ['file.read', ['/proc/self/nowhere'], { [SECRET]: 1 }],
])('%s %j: its return', async (fun, arg, kwarg) => {
  const { return: value } = await host.call(fun, arg, kwarg);
  expect(JSON.stringify(toPlain(value))).not.toMatch(/hunter2|typed-by-hand|"y"/);
});
