/** `sys.*`: what functions there are, and how they are called. */
import { Dict, type Value } from '../../core/value.ts';
import type { Module, ModuleContext, ModuleFunction } from './module.ts';

export const sys: Module = {
  list_modules: {
    doc: 'The names of all modules.',
    parameters: [],
    varargs: true,
    run: (it) => [...new Set([...it.modules().keys()].map((name) => name.split('.')[0] as string))].sort(),
  },
  list_functions: {
    doc: 'The names of all functions, or of those of some modules.',
    parameters: [],
    varargs: true,
    run: (it, { args = [] }) =>
      select(it, args)
        .map(([name]) => name)
        .sort(),
  },
  doc: {
    doc: 'What functions do.',
    parameters: [],
    varargs: true,
    run: (it, { args = [] }) => Dict.from(select(it, args).map(([name, spec]) => [name, spec.doc] as const)),
  },
  argspec: {
    doc: 'The parameters of functions.',
    parameters: [{ name: 'module', value: '' }],
    run: (it, { module = '' }) =>
      Dict.from(select(it, module === '' ? [] : [module]).map(([name, spec]) => [name, argspec(spec)] as const)),
  },
};

function select(it: ModuleContext, wanted: Value): [string, ModuleFunction][] {
  const names = (wanted as Value[]).map(String);
  return [...it.modules()].filter(
    ([name]) => names.length === 0 || names.some((want) => name === want || name.startsWith(`${want}.`)),
  );
}

function argspec({ parameters, varargs, keywords }: ModuleFunction): Dict {
  const defaults = parameters.filter((parameter) => parameter.value !== undefined).map((parameter) => parameter.value as Value);
  return Dict.of({
    args: parameters.map((parameter) => parameter.name),
    defaults: defaults.length > 0 ? defaults : null,
    kwargs: keywords ? true : null,
    varargs: varargs ? true : null,
  });
}
