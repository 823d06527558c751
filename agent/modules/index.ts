/** Every execution module by Salt's name. One is loaded when it is first called, so that an idle agent stays small. */
import type { Module, ModuleFunction, ModuleTable } from './module.ts';

const MODULES: Readonly<Record<string, () => Promise<Module>>> = {
  cmd: async () => (await import('./cmd.ts')).cmd,
  config: async () => (await import('./config.ts')).config,
  disk: async () => (await import('./disk.ts')).disk,
  event: async () => (await import('./event.ts')).event,
  file: async () => (await import('./file.ts')).file,
  grains: async () => (await import('./grains.ts')).grains,
  group: async () => (await import('./group.ts')).group,
  match: async () => (await import('./match.ts')).match,
  network: async () => (await import('./network.ts')).network,
  pkg: async () => (await import('./pkg.ts')).pkg,
  ps: async () => (await import('./ps.ts')).ps,
  saltutil: async () => (await import('./saltutil.ts')).saltutil,
  service: async () => (await import('./service.ts')).service,
  status: async () => (await import('./status.ts')).status,
  sys: async () => (await import('./sys.ts')).sys,
  system: async () => (await import('./system.ts')).system,
  test: async () => (await import('./test.ts')).test,
  user: async () => (await import('./user.ts')).user,
};

/** Functions that a host has beside the built-in ones; they stand before those of the same name. */
export interface CustomFunctions {
  find(fun: string): Promise<ModuleFunction | undefined>;
  all(): Promise<ReadonlyMap<string, ModuleFunction>>;
}

export function createModules(custom?: CustomFunctions): ModuleTable {
  const find = async (fun: string) => {
    const [module = '', name = ''] = fun.split('.');
    const load = Object.hasOwn(MODULES, module) ? MODULES[module] : undefined;
    const table = load && fun === `${module}.${name}` ? await load() : {};
    return (await custom?.find(fun)) ?? (Object.hasOwn(table, name) ? table[name] : undefined);
  };
  const all = async () => {
    const functions = new Map<string, ModuleFunction>();
    for (const [module, load] of Object.entries(MODULES))
      for (const [name, spec] of Object.entries(await load())) functions.set(`${module}.${name}`, spec);
    for (const [name, spec] of (await custom?.all()) ?? []) functions.set(name, spec);
    return functions;
  };
  return { find, all };
}
