// `brine/events`: the packed bundle where there is one, else the checkout's TypeScript through tsx.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/client/events.js', import.meta.url);
const load = async () => {
  if (existsSync(fileURLToPath(bundle))) return import(bundle.href);
  const { register } = await import('tsx/esm/api');
  register();
  return import(new URL('../client/events.ts', import.meta.url).href);
};

export const { iterEvents } = await load();
