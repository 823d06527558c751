/** `test.*`: for trying things out. */

import { pyRepr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { CommandExecutionError, type Module } from './module.ts';

const withPub = (kwargs: Value, pub: Dict): Dict => {
  const all = kwargs instanceof Dict ? kwargs.copy() : new Dict();
  for (const [key, value] of pub) all.set(key, value);
  return all;
};

export const test: Module = {
  ping: { doc: 'Says that the minion is there. Returns True.', parameters: [], run: () => true },
  echo: { doc: 'Gives back a text.', parameters: [{ name: 'text' }], run: (_it, { text = null }) => text },
  version: { doc: 'The version of Brine.', parameters: [], run: () => '0.1.0' },
  sleep: {
    doc: 'Waits so many seconds, then returns True.',
    parameters: [{ name: 'length' }],
    run: async (_it, { length = 0n }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.min(Number(length), 604_800) * 1000));
      return true;
    },
  },
  arg: {
    doc: 'Shows the arguments that it was given.',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (it, { args = [], kwargs = null }) => Dict.of({ args, kwargs: withPub(kwargs, it.pub) }),
  },
  kwarg: {
    doc: 'Shows the keyword arguments that it was given.',
    parameters: [],
    keywords: true,
    run: (it, { kwargs = null }) => withPub(kwargs, it.pub),
  },
  arg_repr: {
    doc: 'Shows the arguments as Python prints them.',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (_it, { args = [], kwargs = null }) =>
      Dict.of({
        args: `(${(args as Value[]).map((value) => pyRepr(value)).join(', ')}${(args as Value[]).length === 1 ? ',' : ''})`,
        kwargs: pyRepr(kwargs),
      }),
  },
  true: { doc: 'Returns True.', parameters: [], run: () => true },
  false: { doc: 'Returns False.', parameters: [], run: () => false },
  retcode: {
    doc: 'Ends with this return code.',
    parameters: [{ name: 'code', value: 42n }],
    run: (it, { code = 0n }) => {
      it.setRetcode(Number(code));
      return true;
    },
  },
  exception: {
    doc: 'Fails with this message.',
    parameters: [{ name: 'message', value: 'Test Exception' }],
    run: (_it, { message = '' }) => {
      throw new CommandExecutionError(String(message));
    },
  },
  fib: {
    doc: 'A Fibonacci number, and the seconds that it took.',
    parameters: [{ name: 'num' }],
    run: (_it, { num = 0n }) => {
      const start = performance.now();
      let [a, b] = [0n, 1n];
      for (let i = 0n; i < BigInt(Math.min(Number(num), 10_000)); i += 1n) [a, b] = [b, a + b];
      return [a, (performance.now() - start) / 1000];
    },
  },
};
