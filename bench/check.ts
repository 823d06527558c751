/** `npx tsx bench/check.ts`: check, compile and test of a tree of 200 SLS files and 200 entries, without the start of the process; milliseconds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkProject } from '../core/author/check.ts';
import { compileRules } from '../core/reactor/pattern.ts';
import { loadProject } from '../project/load.ts';

const count = Number(process.env.FILES ?? 200);
const dir = mkdtempSync(join(tmpdir(), 'brine-check-bench-'));
try {
  mkdirSync(join(dir, 'srv/reactor'), { recursive: true });
  mkdirSync(join(dir, 'srv/salt'), { recursive: true });
  writeFileSync(
    join(dir, 'reactor.conf'),
    `reactor:\n${Array.from({ length: count }, (_, i) => `  - 'site${i}/*/up':\n    - /srv/reactor/file${i}.sls\n`).join('')}`,
  );
  writeFileSync(
    join(dir, 'srv/salt/lib.jinja'),
    "{% macro tgt(id) %}- tgt: {{ id }}{% endmacro %}\n{% set limits = {'load': 20} %}\n",
  );
  for (let i = 0; i < count; i += 1)
    writeFileSync(
      join(dir, `srv/reactor/file${i}.sls`),
      `{% from 'lib.jinja' import tgt, limits %}\n{% if data.data.load > limits.load %}\nrun_${i}:\n  local.cmd.run:\n    {{ tgt(data.id) }}\n    - arg:\n      - echo {{ data.data.name | quote }}\n{% elif data.data.kind in ['a', 'b'] %}\n{% for one in data.data.list %}\nx_${i}_{{ loop.index }}:\n  local.test.arg:\n    - tgt: {{ data.id }}\n    - arg: [{{ one }}]\n{% endfor %}\n{% endif %}\n`,
    );
  const timed = <T>(name: string, run: () => T): T => {
    const from = process.cpuUsage();
    const result = run();
    const { user, system } = process.cpuUsage(from);
    console.log(`${name}: ${((user + system) / 1000).toFixed(0)} ms of the processor`);
    return result;
  };
  const { project } = timed(`loading ${count} files`, () => loadProject(dir));
  const findings = timed('check', () => checkProject(project));
  timed('compile', () => compileRules(project.entries, {}));
  console.log(`${findings.length} findings`);
} finally {
  rmSync(dir, { recursive: true });
}
