/** `npx tsx bench/match.ts`: one tag against 1,000 entries of reactor.conf; microseconds an event, with Python's own fnmatch beside it where there is one. */
import { spawnSync } from 'node:child_process';
import { matchEntries } from '../core/reactor/match.ts';
import type { ReactorEntry } from '../core/reactor/reactions.ts';

const count = Number(process.env.ENTRIES ?? 1000);
const rounds = Number(process.env.ROUNDS ?? 20_000);
const shapes = ['salt/minion/web*/start', 'salt/job/*/ret/db*', 'salt/beacon/*/inotify/*', 'app*/deploy/?', 'site/[a-f]*/up'];
const globs = Array.from({ length: count }, (_, i) => (shapes[i % shapes.length] as string).replace('*', `${i}*`));
const tags = [
  'salt/minion/web5x/start',
  'salt/job/20261124141500123456/ret/web1',
  'app13/deploy/7',
  'nothing/at/all',
  'site/4/up',
];
const entries: ReactorEntry[] = globs.map((glob, index) => ({ index, glob, paths: [], where: {} }));

matchEntries({ entries }, 'warm');
let found = 0;
for (let i = 0; i < rounds / 10; i += 1) found += matchEntries({ entries }, tags[i % tags.length] as string).length;
const from = process.hrtime.bigint();
for (let i = 0; i < rounds; i += 1) found += matchEntries({ entries }, tags[i % tags.length] as string).length;
const micros = Number(process.hrtime.bigint() - from) / 1000 / rounds;
console.log(`brine: ${micros.toFixed(1)} µs an event against ${count} entries (bar: 50), ${found} matches`);

const python = spawnSync(
  'python3',
  [
    '-c',
    `
import fnmatch, json, sys, time
globs, tags = json.load(sys.stdin)
rounds = 200
for tag in tags: [g for g in globs if fnmatch.fnmatch(tag, g)]
t = time.perf_counter()
for i in range(rounds):
    tag = tags[i % len(tags)]
    [g for g in globs if fnmatch.fnmatch(tag, g)]
print((time.perf_counter() - t) * 1e6 / rounds)
`,
  ],
  { input: JSON.stringify([globs, tags]), encoding: 'utf8' },
);
if (python.status === 0) {
  const beside = Number(python.stdout);
  console.log(`python3 fnmatch: ${beside.toFixed(1)} µs an event, ${(beside / micros).toFixed(1)} times as long`);
} else console.log('python3 is not installed: nothing to hold it against');
