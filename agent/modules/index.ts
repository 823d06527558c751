/** Every execution module by Salt's name. */
import { cmd } from './cmd.ts';
import { event } from './event.ts';
import { grains } from './grains.ts';
import type { Module, ModuleFunction } from './module.ts';
import { saltutil } from './saltutil.ts';
import { sys } from './sys.ts';
import { test } from './test.ts';

const MODULES: Readonly<Record<string, Module>> = { cmd, event, grains, saltutil, sys, test };

export function allFunctions(): ReadonlyMap<string, ModuleFunction> {
  const functions = new Map<string, ModuleFunction>();
  for (const [module, table] of Object.entries(MODULES))
    for (const [name, spec] of Object.entries(table)) functions.set(`${module}.${name}`, spec);
  return functions;
}
