/** `test.*`: for trying things out; the names that Salt has. */
import { pyRepr, pyStr } from '../../core/python/print.ts';
import { Dict, Tuple, typeName, type Value } from '../../core/value.ts';
import { VERSION } from '../version.ts';
import type { Module, ModuleContext, ModuleFunction } from './module.ts';
import { raise } from './raise.ts';
import { randomHash } from './random-hash.ts';
import { flag, list, seconds, text, whole } from './schemas.ts';

const withPub = (it: ModuleContext, kwargs: Value): Dict => {
  const all = kwargs instanceof Dict ? kwargs.copy() : new Dict();
  for (const [key, value] of it.pub) all.set(key, value);
  return all;
};

const constant = (doc: string, value: Value): ModuleFunction => ({ doc, parameters: [], run: () => value });
const rest = { parameters: [], varargs: true, keywords: true };
const className = (value: Value): string => `<class '${typeName(value)}'>`;
const sleepFor = (length: number) => new Promise((resolve) => setTimeout(resolve, Math.min(length, 604_800) * 1000));
const hash: ModuleFunction = {
  doc: 'A random digest in hexadecimal: sha224, sha256 (unless said), sha384 or sha512.',
  example: 'hash_type=sha512',
  parameters: [
    { name: 'size', value: 9_999_999_999n, is: whole },
    { name: 'hash_type', value: null, is: text },
  ],
  run: (_it, { hash_type = null }) => randomHash(hash_type === null ? 'sha256' : (hash_type as string)),
};
const versions: ModuleFunction = {
  doc: 'The versions of Brine, Node and the libraries in it, as text.',
  parameters: [],
  run: () =>
    [...information()]
      .map(
        ([title, table]) =>
          `${String(title)}:\n${[...(table as Dict)].map(([name, value]) => `${String(name).padStart(15)}: ${String(value)}`).join('\n')}\n`,
      )
      .join('\n'),
};

function information(): Dict {
  const { node = '', v8 = '', uv = '', openssl = '' } = process.versions;
  return Dict.of({
    'Brine Version': Dict.of({ Brine: VERSION }),
    'Dependency Versions': Dict.of({ Node: node, V8: v8, libuv: uv, OpenSSL: openssl }),
    'System Versions': Dict.of({ machine: process.arch, system: process.platform }),
  });
}

export const test: Module = {
  ping: constant('Is the minion there? Returns True. No ICMP is involved.', true),
  echo: {
    doc: 'Gives back the text that it was given.',
    example: "'hello there'",
    parameters: [{ name: 'text' }],
    run: (_it, { text: it = null }) => it,
  },
  true: constant('Returns True.', true),
  false: constant('Returns False, which is no failure.', false),
  version: constant('The version of Brine.', VERSION),
  versions_information: { doc: 'The versions of Brine, Node and the libraries in it.', parameters: [], run: information },
  versions_report: versions,
  versions,
  sleep: {
    doc: 'Waits so many seconds, then returns True.',
    example: '20',
    parameters: [{ name: 'length', is: seconds }],
    run: async (_it, { length = 0n }) => {
      await sleepFor(Number(length));
      return true;
    },
  },
  rand_sleep: {
    doc: 'Waits a random number of whole seconds, at most `max`, then returns True.',
    example: '60',
    parameters: [{ name: 'max', value: 60n, is: whole }],
    run: async (_it, { max = 60n }) => {
      await sleepFor(Math.floor(Math.random() * (Number(max) + 1)));
      return true;
    },
  },
  arg: {
    doc: 'Shows the arguments that it was given, with what the platform adds.',
    example: '1 two a=1',
    ...rest,
    // A job's return travels as msgpack in Salt, which has no tuples; `salt-call` shows one.
    run: (it, { args = [], kwargs = null }) =>
      Dict.of({
        args: it.pub.get('__pub_tgt') === 'salt-call' && Array.isArray(args) ? new Tuple(args) : args,
        kwargs: withPub(it, kwargs),
      }),
  },
  arg_clean: {
    doc: 'Shows the arguments that it was given, without what the platform adds.',
    example: '1 two a=1',
    ...rest,
    run: (_it, { args = [], kwargs = null }) => Dict.of({ args, kwargs }),
  },
  arg_type: {
    doc: "Shows the types of the arguments, by Python's names.",
    example: '1 two 2.5 a=1',
    ...rest,
    run: (it, { args = [], kwargs = null }) =>
      Dict.of({
        args: (args as Value[]).map(className),
        kwargs: Dict.from([...withPub(it, kwargs)].map(([key, value]) => [key, className(value)])),
      }),
  },
  arg_repr: {
    doc: 'Shows the arguments as Python writes them.',
    example: '1 two a=1',
    ...rest,
    run: (it, { args = [], kwargs = null }) =>
      Dict.of({ args: pyRepr(new Tuple(args as Value[])), kwargs: pyRepr(withPub(it, kwargs)) }),
  },
  kwarg: {
    doc: 'Shows the keyword arguments that it was given, with what the platform adds.',
    example: 'num=1 txt=two',
    parameters: [],
    keywords: true,
    run: (it, { kwargs = null }) => withPub(it, kwargs),
  },
  outputter: {
    doc: 'Gives back what it was given, to try an outputter on.',
    example: "'{a: [1, 2]}' --out yaml",
    parameters: [{ name: 'data' }],
    run: (_it, { data = null }) => data,
  },
  retcode: {
    doc: 'Ends with this return code; the return is True.',
    example: '3',
    parameters: [{ name: 'code', value: 42n, is: whole }],
    run: (it, { code = 0n }) => {
      it.setRetcode(Number(code));
      return true;
    },
  },
  exception: {
    doc: 'Ends in an exception with this message.',
    example: "'Oh no!'",
    parameters: [{ name: 'message', value: 'Test Exception' }],
    run: (_it, { message = '' }) => raise('Exception', [message]),
  },
  raise_exception: {
    doc: "Ends in an exception by its Python name, or one of Salt's as salt.exceptions.NAME.\nWhat is none gives False.",
    example: "TypeError 'an integer is wanted'",
    parameters: [{ name: 'name', is: text }],
    varargs: true,
    keywords: true,
    run: (_it, { name = '', args = [] }) => raise(name as string, args as Value[]),
  },
  assertion: {
    doc: 'Ends in an AssertionError unless it is given something true.',
    example: 'False',
    parameters: [{ name: 'assertion' }],
    run: (_it, { assertion = null }) =>
      assertion === false || assertion === null || assertion === '' || assertion === 0n ? raise('AssertionError', []) : null,
  },
  try: {
    doc: 'Calls a function; where it fails the return is None, or its error with return_try_exception.',
    example: 'cmd.run cmd=false',
    parameters: [
      { name: 'module', is: text },
      { name: 'return_try_exception', value: false, is: flag },
    ],
    keywords: true,
    run: async (it, { module = '', return_try_exception = false, kwargs = null }) => {
      const result = await it.call(module as string, [], kwargs as Dict);
      return result.failed !== true ? result.return : return_try_exception === true ? result.return : null;
    },
  },
  cross_test: {
    doc: 'Calls another function with a list of arguments.',
    example: "test.echo '[hello]'",
    parameters: [
      { name: 'func', is: text },
      { name: 'args', value: null, is: list },
    ],
    run: async (it, { func = '', args = null }) => (await it.call(func as string, (args ?? []) as Value[], new Dict())).return,
  },
  fib: {
    doc: 'A Fibonacci number, and the seconds that it took.',
    example: '30',
    parameters: [{ name: 'num', is: whole }],
    run: (_it, { num = 0n }) => {
      if ((num as bigint) < 0n) return raise('ValueError', ['Negative number is not allowed!']);
      const start = performance.now();
      let [a, b] = [0n, 1n];
      for (let i = 0n; i < (num as bigint) && i < 10_000n; i += 1n) [a, b] = [b, a + b];
      return new Tuple([a, (performance.now() - start) / 1000]);
    },
  },
  collatz: {
    doc: 'The way of a number down to 1 (halved when even, else times three plus one), and the seconds that it took.',
    example: '27',
    parameters: [{ name: 'start', is: whole }],
    run: (_it, { start = 1n }) => collatz(start as bigint),
  },
  random_hash: hash,
  rand_str: hash,
  get_opts: { doc: 'The settings of the minion.', parameters: [], run: (it) => it.shown },
  opts_pkg: {
    doc: 'The settings of the minion, and its grains.',
    parameters: [],
    run: (it) => it.shown.copy().set('grains', it.grains()),
  },
  conf_test: { doc: 'The setting test.foo.', parameters: [], run: (it) => it.shown.get('test.foo') ?? 'unconfigured' },
  attr_call: { doc: 'All grains.', parameters: [], run: (it) => it.grains() },
  module_report: {
    doc: 'What functions and modules there are.',
    parameters: [],
    run: async (it) => {
      const functions = [...(await it.modules.all()).keys()];
      return Dict.of({
        functions,
        modules: [...new Set(functions.map((name) => name.split('.')[0] as string))],
        missing_attrs: [],
        missing_subs: [],
      });
    },
  },
  provider: {
    doc: 'The file that a module comes from.',
    example: 'pkg',
    parameters: [{ name: 'module', is: text }],
    run: async (it, { module = '' }) =>
      [...(await it.modules.all()).keys()].some((name) => name.startsWith(`${module as string}.`)) ? module : '',
  },
  providers: {
    doc: 'Modules by the file that they come from.',
    parameters: [],
    run: async (it) =>
      Dict.from(
        [...(await it.modules.all()).keys()].map((name) => name.split('.')[0] as string).map((name) => [name, name] as const),
      ),
  },
  not_loaded: constant('Modules that cannot be used here.', []),
  stack: {
    doc: 'Where the code is that runs this function.',
    parameters: [],
    run: (it) => `  in ${it.fun}, called by the agent of ${it.id}\n`,
  },
  tty: { doc: 'Moved: see cmd.tty.', ...rest, run: () => 'ERROR: This function has been moved to cmd.tty' },
  deprecation_warning: {
    doc: "Writes a line about something outdated into the agent's log.",
    parameters: [],
    run: (it) => {
      it.report('deprecated', { fun: it.fun });
      return true;
    },
  },
};

/** As Python divides: what was halved is a float, and so is all that comes after. */
function collatz(start: bigint): Value {
  if (start < 1n) return raise('ValueError', [`a number above 0 is wanted, found ${pyStr(start)}`]);
  const begun = performance.now();
  const steps: Value[] = [];
  let [number, isFloat] = [start, false];
  for (; number !== 1n && steps.length < 10_000; ) {
    steps.push(isFloat ? Number(number) : number);
    if (number % 2n === 0n) [number, isFloat] = [number / 2n, true];
    else number = number * 3n + 1n;
  }
  return new Tuple([steps, (performance.now() - begun) / 1000]);
}
