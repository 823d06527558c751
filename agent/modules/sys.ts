/** `sys.*`: what functions there are, and how they are called. */
import { matchGlob } from '../../core/glob.ts';
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { positionalOf } from './bind.ts';
import { docOf } from './doc.ts';
import type { Module, ModuleContext, ModuleFunction } from './module.ts';

const rest = { parameters: [], varargs: true };

export const sys: Module = {
  list_modules: {
    doc: 'The names of all modules, or of those that fit a glob.',
    example: "'gra*'",
    ...rest,
    run: async (it, { args = [] }) => {
      const names = [...new Set([...(await it.modules.all()).keys()].map((name) => name.split('.')[0] as string))].sort();
      const globs = (args as Value[]).map((glob) => pyStr(glob));
      return globs.length === 0 ? names : names.filter((name) => globs.some((glob) => matchGlob(name, glob)));
    },
  },
  list_functions: {
    doc: 'The names of all functions, or of those of some modules, or of those that fit a glob.',
    example: "cmd 'grains.set*'",
    ...rest,
    keywords: true,
    run: async (it, { args = [] }) => (await select(it, args as Value[])).map(([name]) => name).sort(),
  },
  doc: {
    doc: 'What functions do, and how they are called.',
    example: 'cmd.run grains',
    ...rest,
    run: async (it, { args = [] }) =>
      Dict.from((await select(it, args as Value[])).map(([name, spec]) => [name, docOf(name, spec, false)] as const)),
  },
  argspec: {
    doc: 'The parameters of functions, with their defaults.',
    example: 'cmd.run',
    parameters: [{ name: 'module', value: '' }],
    run: async (it, { module = '' }) =>
      Dict.from((await select(it, module === '' ? [] : [module])).map(([name, spec]) => [name, argspec(spec)] as const)),
  },
  reload_modules: {
    doc: "Reads the host's own modules anew.",
    parameters: [],
    run: () => null,
  },
};

/** By module, by full name, or by glob of full names. */
async function select(it: ModuleContext, wanted: readonly Value[]): Promise<[string, ModuleFunction][]> {
  const names = wanted.map((name) => pyStr(name));
  const fits = (name: string) =>
    names.some((want) => name === want || name.startsWith(`${want}.`) || (/[*?[]/.test(want) && matchGlob(name, want)));
  return [...(await it.modules.all())].filter(([name]) => names.length === 0 || fits(name)).sort(([a], [b]) => (a < b ? -1 : 1));
}

function argspec(spec: ModuleFunction): Dict {
  const { varargs, keywords } = spec;
  const parameters = positionalOf(spec);
  const defaults = parameters.filter((parameter) => parameter.value !== undefined).map((parameter) => parameter.value as Value);
  return Dict.of({
    args: parameters.length > 0 ? parameters.map((parameter) => parameter.name) : null,
    defaults: defaults.length > 0 ? defaults : null,
    varargs: varargs ? true : null,
    kwargs: keywords ? true : null,
  });
}
