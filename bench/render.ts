/**
 * `npx tsx bench/render.ts`: one reactor SLS of 300 bytes, event → reactions; microseconds of the processor an event, so that other programs on the
 * machine do not count. Beside it nunjucks' front end, and Python's jinja2 with PyYAML where they are installed (PYTHON=…/python).
 */
import { spawnSync } from 'node:child_process';
import nunjucks from 'nunjucks';
import { makeProject } from '../core/bundle.ts';
import type { Event } from '../core/event.ts';
import { parseUid } from '../core/ids.ts';
import { parseReactorConfig } from '../core/reactor/config.ts';
import { react } from '../core/reactor/react.ts';
import { defaultSettings } from '../core/settings.ts';
import { parseTemplate } from '../core/sls/jinja/parser.ts';
import { parseTag } from '../core/tag.ts';
import { Dict, fromPlain } from '../core/value.ts';

const rounds = Number(process.env.ROUNDS ?? 12_000);
const SLS = `{% set build = data.data %}
{% if build.branch == 'main' and build.ok %}
deploy_{{ data.id }}:
  local.cmd.run:
    - tgt: 'G@role:web and not L@web9'
    - tgt_type: compound
    - arg:
      - ./deploy {{ build.version | quote }}
    - queue_ttl: 600
{% else %}
report:
  runner.event.send:
    - tag: ops/skipped
{% endif %}
`;
const data = { id: 'ci1', cmd: '_minion_event', data: { branch: 'main', ok: true, version: '1.4.2' } };

const { entries } = parseReactorConfig([{ path: 'reactor.conf', text: "reactor:\n  - 'ci/*':\n    - /srv/a.sls\n" }]);
const project = makeProject({ settings: defaultSettings, entries, files: new Map([['/srv/a.sls', { text: SLS }]]) });
const event: Event = {
  tag: parseTag('ci/build'),
  data: fromPlain(data) as Dict,
  uid: parseUid('operator:01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  stamp: 0,
  origin: { kind: 'platform', role: 'bench' },
};
const world = { grains: new Dict(), now: 0, random: () => 0.5 };

/** Microseconds a round: the median of ten batches, after a warm-up. */
function micros(run: () => void): number {
  for (let i = 0; i < rounds; i += 1) run();
  const batches = Array.from({ length: 10 }, () => {
    const from = process.cpuUsage();
    for (let i = 0; i < rounds / 10; i += 1) run();
    const { user, system } = process.cpuUsage(from);
    return ((user + system) / rounds) * 10;
  });
  return batches.sort((a, b) => a - b)[5] as number;
}

const shown = (name: string, time: number, ours?: number) =>
  console.log(`${name}: ${time.toFixed(1)} µs${ours === undefined ? '' : `, ${(time / ours).toFixed(1)} times ours`}`);

const result = react(project, event, world);
if (result.reactions.length !== 1 || result.problems.length > 0) throw new Error('the file does not give its reaction');
const whole = micros(() => void react(project, event, world));
const front = micros(() => void parseTemplate(SLS, 'a.sls'));
console.log(`an SLS file of ${SLS.length} bytes`);
shown('brine, event → reactions, template cached (bar: 150)', whole);
shown('brine, reading the template alone', front);

const environment = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: false });
environment.addFilter('quote', (text: string) => text);
const { parser } = nunjucks;
shown(
  'nunjucks, reading the template alone',
  micros(() => void parser.parse(SLS)),
  front,
);
shown(
  'nunjucks, reading and rendering it from text, no YAML',
  micros(() => void environment.renderString(SLS, { data })),
  whole,
);

const python = spawnSync(
  process.env.PYTHON ?? 'python3',
  [
    '-c',
    `
import json, shlex, sys, time
import jinja2, jinja2.sandbox, yaml
source, data = json.load(sys.stdin)
env = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined)
env.filters['quote'] = shlex.quote
template = env.from_string(source)
Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
def measure(run, rounds):
    for _ in range(rounds // 3): run()
    best = []
    for _ in range(10):
        t = time.process_time()
        for _ in range(rounds // 10): run()
        best.append((time.process_time() - t) * 1e6 / (rounds // 10))
    return sorted(best)[5]
print(json.dumps([measure(lambda: env.parse(source), 600), measure(lambda: yaml.load(template.render(data=data), Loader), 600), measure(lambda: yaml.load(env.from_string(source).render(data=data), Loader), 300), Loader.__name__]))
`,
  ],
  { input: JSON.stringify([SLS, data]), encoding: 'utf8' },
);
if (python.status === 0) {
  const [parse, fast, each, loader] = JSON.parse(python.stdout) as [number, number, number, string];
  shown("Python's jinja2, reading the template alone", parse, front);
  shown(`Python's jinja2, template cached, and PyYAML's ${loader}, without reactions`, fast, whole);
  shown("Python's jinja2, reading the template for each event as Salt does, and the same loader", each, whole);
} else console.log('Python with jinja2 and yaml is not installed: PYTHON=…/python npx tsx bench/render.ts');
