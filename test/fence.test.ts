/** The import directions of the design, as Biome enforces them: a planted violation per rule shows that each can fail. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const violations: readonly [file: string, source: string, rule: string][] = [
  ['core/a.ts', "import '../aws/ports.ts';", 'noRestrictedImports'],
  ['core/b.ts', "import 'node:fs';", 'noNodejsModules'],
  ['core/c.ts', "import 'node:crypto';", 'noRestrictedImports'],
  ['core/reactor/d.ts', "import '../../project/load.ts';", 'noRestrictedImports'],
  ['project/a.ts', "import '../trust/keys.ts';", 'noRestrictedImports'],
  ['project/b.ts', "import 'node:crypto';", 'noRestrictedImports'],
  ['trust/a.ts', "import '../wire/frames.ts';", 'noRestrictedImports'],
  ['wire/a.ts', "import '../trust/keys.ts';", 'noRestrictedImports'],
  ['wire/b.ts', "import 'zeromq';", 'noRestrictedImports'],
  ['aws/a.ts', "import '../functions/context.ts';", 'noRestrictedImports'],
  ['client/a.ts', "import '../cli/main.ts';", 'noRestrictedImports'],
  ['agent/a.ts', "import '../aws/ports.ts';", 'noRestrictedImports'],
  ['agent/link/b.ts', "import '../../core/reactor/react.ts';", 'noRestrictedImports'],
  ['agent/c.ts', "import '../core/sls/render.ts';", 'noRestrictedImports'],
  ['agent/main.ts', "import '../functions/context.ts';", 'noRestrictedImports'],
  ['relay/a.ts', "import '../aws/ports.ts';", 'noRestrictedImports'],
  ['relay/b.ts', "import '../core/reactor/react.ts';", 'noRestrictedImports'],
  ['functions/reactor/a.ts', "import '../../aws/ports.ts';", 'noRestrictedImports'],
  ['functions/reactor/handler.ts', "import '../../local/aws.ts';\nimport '../../agent/agent.ts';", 'noRestrictedImports'],
  ['infra/a.ts', "import '../functions/context.ts';", 'noRestrictedImports'],
  ['local/a.ts', "import '../infra/app.ts';", 'noRestrictedImports'],
  ['local/b.ts', "import '../cli/main.ts';", 'noRestrictedImports'],
  ['cli/a.ts', "import '../local/aws.ts';", 'noRestrictedImports'],
  ['cli/commands/dev.ts', "import '../../infra/app.ts';", 'noRestrictedImports'],
  ['client/b.ts', "import './c.ts';\nexport const b = 1;", 'noImportCycles'],
  ['client/c.ts', "import './b.ts';\nexport const c = 1;", 'noImportCycles'],
  ['relay/c.ts', "import 'zeromq';", 'noRestrictedImports'],
];

/** What the design allows, beside them, so that the fence is not simply a wall. */
const allowed: readonly [file: string, source: string][] = [
  ['agent/good.ts', "import '../core/event.ts';\nimport '../trust/keys.ts';\nimport '../wire/frames.ts';"],
  ['relay/main.ts', "import '../aws/ports.ts';"],
  ['functions/enroll/handler.ts', "import '../../aws/ports.ts';\nimport '../../trust/keys.ts';"],
  ['wire/socket.ts', "import 'zeromq';"],
  ['trust/good.ts', "import 'node:crypto';"],
  ['cli/commands/demo.ts', "import '../../local/aws.ts';\nimport '../../agent/agent.ts';"],
  ['client/good.ts', "import '../aws/topology.ts';\nimport '../core/reactor/reactions.ts';"],
];

const root = join(import.meta.dirname, '..');
let found: Map<string, Set<string>>;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-fence-'));
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(dir, 'biome.json'), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
  cpSync(join(root, 'package.json'), join(dir, 'package.json'));
  for (const [file, source] of [...violations, ...allowed]) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), `${source}\n`);
  }
  found = lint(dir);
});

afterAll(() => rmSync(dir, { recursive: true }));

it.each(violations)('%s may not say %s', (file, _source, rule) => {
  expect([...(found.get(file) ?? [])]).toContain(rule);
});

it.each(allowed)('%s may', (file) => {
  expect([...(found.get(file) ?? [])]).toEqual([]);
});

/** File → names of the import rules that it breaks. */
function lint(cwd: string): Map<string, Set<string>> {
  const rules = new Map<string, Set<string>>();
  for (const { category, location } of diagnostics(cwd)) {
    const rule = category.split('/').at(-1) as string;
    if (!/^no(RestrictedImports|NodejsModules|ImportCycles)$/.test(rule)) continue;
    const file = location.path.replace(`${cwd}/`, '');
    rules.set(file, (rules.get(file) ?? new Set()).add(rule));
  }
  return rules;
}

function diagnostics(cwd: string): { category: string; location: { path: string } }[] {
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  try {
    return JSON.parse(execFileSync(biome, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).diagnostics;
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout).diagnostics; // biome ends with 1 when it finds something
  }
}
