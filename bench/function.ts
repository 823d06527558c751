/**
 * `npx tsx bench/function.ts`: the reactor function as it is deployed: its bytes, how many of them are not AWS's clients, and its import beside that of
 * the bare clients, bundled alike, in fresh processes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLING } from '../infra/bundle.ts';

const root = join(import.meta.dirname, '..');
const rounds = Number(process.env.ROUNDS ?? 15);
const dir = mkdtempSync(join(tmpdir(), 'brine-function-'));
/** AWS's, and what only they bring. */
const CLIENTS =
  /node_modules\/(@aws-sdk|@smithy|@aws-crypto|@aws\/|fast-xml-parser|strnum|bowser|tslib|uuid|mnemonist|obliterator)/;

async function bundled(
  name: string,
  contents: string,
): Promise<{ readonly file: string; readonly bytes: number; readonly ours: number }> {
  const file = join(dir, `${name}.mjs`);
  const { metafile } = await build({
    ...BUNDLING,
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile: file,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const ours = Object.entries(output?.inputs ?? {}).filter(([path]) => !CLIENTS.test(path));
  return { file, bytes: statSync(file).size, ours: ours.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0) };
}

/** Milliseconds of CPU of one import, in a process of its own. */
function imported(file: string): number {
  const code = `const from = process.cpuUsage(); await import(${JSON.stringify(file)}); const { user, system } = process.cpuUsage(from); console.log((user + system) / 1000)`;
  const env = { PATH: process.env.PATH, BRINE_STACK: '000000000000/us-east-1/brine', AWS_REGION: 'us-east-1' };
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return Number(run.stdout);
}

try {
  const reactor = await bundled(
    'reactor',
    "export { create } from './functions/reactor/reactor.ts'; export { createPorts } from './aws/ports.ts';",
  );
  const clients = await bundled('clients', "export * as clients from './aws/clients.ts';");
  // In turns, so that both meet the same noise.
  const took = Array.from({ length: rounds }, () => [imported(reactor.file), imported(clients.file)] as const);
  const middle = (of: 0 | 1) => took.map((pair) => pair[of]).sort((a, b) => a - b)[Math.floor(rounds / 2)] as number;
  const engine = await build({
    ...BUNDLING,
    alias: {},
    stdin: { contents: "export { RE2JS } from 're2js';", resolveDir: root },
    write: false,
  });
  const beside = (engine.outputFiles[0]?.contents.length ?? 0) / 1000;
  console.log(
    `${(reactor.bytes / 1000).toFixed(0)} KB bundled (bar: 1,100), of which ${(reactor.ours / 1000).toFixed(0)} KB are not AWS's clients (bar: 450); ${beside.toFixed(0)} KB beside them are read at the first regular expression`,
  );
  console.log(
    `import: ${middle(0).toFixed(0)} ms of CPU, its bare clients ${middle(1).toFixed(0)} ms: ${(middle(0) / middle(1)).toFixed(2)} times as long (bar: 1.4)`,
  );
} finally {
  rmSync(dir, { recursive: true });
}
