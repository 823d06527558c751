/** `npm run bench`: what can be measured, and how long it takes; `npm run bench NAME …` runs those, `npm run bench all` each of them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** By name: what it measures, and about how many minutes it takes on an idle machine with two cores. */
const BENCHES: Readonly<Record<string, readonly [about: string, minutes: number]>> = {
  match: ['one tag against 1,000 entries, beside fnmatch of Python', 0.1],
  render: ['one SLS of 300 bytes, cached, beside nunjucks and, where they are, jinja2 and PyYAML', 0.3],
  check: ['brine reactor check of 200 files and entries', 0.1],
  function: ['the reactor function: size, and import beside its bare clients', 0.2],
  relay: ['signed batches through a relay to a sink, events a second and core', 0.3],
  reaction: ['from an event to its command, in turns with Salt where SALT_DIR names one', 0.5],
  fanout: ['one job to 10,000 hosts, beside plain SendMessage calls', 2],
  events: ['a million events past one brine events: its memory', 2],
  cli: ['start of brine run to its first output, in turns with salt where SALT_DIR names one', 0.5],
  install: ['the package as it is installed: sizes and times to start', 1],
  agent: ['an agent that has nothing to do: memory, CPU, requests to SQS, beside bare Node and plain polling', 7],
  steady: ['twenty minutes of steady load: memory of every process', 21],
};

const asked = process.argv.slice(2);
const names = asked[0] === 'all' ? Object.keys(BENCHES) : asked;
const unknown = names.find((name) => BENCHES[name] === undefined);
if (names.length === 0 || unknown !== undefined) {
  if (unknown !== undefined) console.error(`there is no bench ${unknown}`);
  for (const [name, [about, minutes]] of Object.entries(BENCHES))
    console.log(`${name.padEnd(9)} ${`${minutes} min`.padStart(8)}  ${about}`);
  process.exit(unknown === undefined ? 0 : 64);
}
const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
for (const name of names) {
  console.log(`# ${name}: ${BENCHES[name]?.[0]}`);
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
    env,
  });
  if (run.status !== 0) process.exitCode = 1;
}
