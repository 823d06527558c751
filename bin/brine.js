#!/usr/bin/env node
// Starts the command line: the packed bundle where there is one, else the checkout's TypeScript through tsx.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Node 20 is supported until the SDK ends it; its six lines of warning per process would drown our own output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const bundle = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(bundle))) {
  const { main } = await import(bundle.href);
  await main(process.argv.slice(2));
} else {
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import(new URL('../cli/main.ts', import.meta.url).href);
  await main(process.argv.slice(2));
}
