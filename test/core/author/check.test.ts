/** One row for each thing that `brine reactor check` finds: the place, the level, the code, and words that must be said. And what it must not find. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProject } from '../../../core/author/check.ts';
import { customFunctions } from '../../../core/author/custom-modules.ts';
import { overlap } from '../../../core/author/glob-overlap.ts';
import { isSlowRegex } from '../../../core/author/slow-regex.ts';
import { makeProject } from '../../../core/bundle.ts';
import { formatWhere } from '../../../core/errors.ts';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { defaultSettings } from '../../../core/settings.ts';

const FUNCTIONS = new Set(['test.ping', 'test.arg', 'cmd.run', 'cmd.shell', 'cmd.script', 'event.send', 'event.fire_master']);

/** `reactor.conf` and files below /srv; without a configuration the one file a.sls is named for 'a/*'. */
function check(files: Readonly<Record<string, string>>, custom: ReadonlySet<string> = new Set()) {
  const text = files['reactor.conf'] ?? "reactor:\n  - 'a/*':\n    - /srv/a.sls\n";
  const { entries } = parseReactorConfig([{ path: 'reactor.conf', text }]);
  const rest = Object.entries(files).filter(([name]) => name !== 'reactor.conf');
  const project = makeProject({
    settings: defaultSettings,
    entries,
    files: new Map(rest.map(([name, content]) => [`/srv/${name}`, { text: content }] as const)),
  });
  return checkProject(project, { functions: FUNCTIONS, custom });
}

const call = (fun: string, ...keys: string[]) => `x:\n  ${fun}:\n${keys.map((key) => `    - ${key}\n`).join('')}`;
const conf = (...entries: [string, ...string[]][]) =>
  `reactor:\n${entries.map(([tag, ...paths]) => `  - '${tag}':\n${paths.map((path) => `    - ${path}\n`).join('')}`).join('')}`;
const PING = call('local.test.ping', 'tgt: web1');
const fire = (tag: string) => call('runner.event.send', `tag: ${tag}`);

describe('each finding with its place', () => {
  it.each<[name: string, files: Record<string, string>, found: string, words: RegExp]>([
    // what cannot work
    ['no target', { 'a.sls': call('local.test.ping', 'arg: [1]') }, '/srv/a.sls:2:3 error reactor.target', /has no target/],
    ['no mapping', { 'a.sls': '- x\n' }, '/srv/a.sls:1:1 error reactor.shape', /mapping of IDs/],
    [
      'arguments that are no list',
      { 'a.sls': 'x:\n  local.test.ping:\n    tgt: a\n' },
      '/srv/a.sls:3:5 error reactor.shape',
      /list/,
    ],
    ['an unknown type', { 'a.sls': call('locl.test.ping', 'tgt: a') }, '/srv/a.sls:2:3 error reactor.function', /no type/],
    [
      'YAML below a branch',
      { 'a.sls': `{% if data.x %}\nx:\n  local.test.ping:\n   - tgt: a\n    - arg: 1\n{% endif %}\n` },
      '/srv/a.sls:5:5 error yaml.syntax',
      /./,
    ],
    ['Jinja', { 'a.sls': `x: {{ data. }}\n` }, '/srv/a.sls:1:13 error jinja.syntax', /./],
    [
      'a filter',
      { 'a.sls': call('local.test.arg', 'tgt: a', 'arg: [{{ data.x | uper }}]') },
      '/srv/a.sls:4:23 error jinja.missing',
      /'uper'/,
    ],
    ['a template', { 'a.sls': `{% import 'gone' as x %}${PING}` }, '/srv/a.sls:1:4 error jinja.missing', /no template gone/],
    [
      'a name',
      { 'a.sls': call('local.test.ping', 'tgt: {{ minion }}') },
      '/srv/a.sls:3:15 error jinja.undefined',
      /'minion' is undefined/,
    ],
    [
      'a name in a macro',
      { 'a.sls': `{% macro m(a) %}\n{{ b }}: 1\n{% endmacro %}\n${PING}#{{ m(1) }}\n` },
      '/srv/a.sls:2:4 error jinja.undefined',
      /'b'/,
    ],
    ['a runner', { 'a.sls': call('runner.jobs.activ', 'x: 1') }, '/srv/a.sls:2:3 error reactor.function', /jobs.activ/],
    ['a wheel function', { 'a.sls': call('wheel.key.acept', 'match: a') }, '/srv/a.sls:2:3 error reactor.function', /key.acept/],
    [
      'an argument of a runner',
      { 'a.sls': call('runner.event.send', 'tagg: a') },
      '/srv/a.sls:2:3 error reactor.arguments',
      /at least 1/,
    ],
    [
      'args without arguments',
      { 'a.sls': call('local.test.ping', 'tgt: a', 'args: []') },
      '/srv/a.sls:4:13 error reactor.arguments',
      /nothing/,
    ],
    [
      'a requisite',
      { 'a.sls': call('local.test.ping', 'tgt: a', 'require: [{local: y}]') },
      '/srv/a.sls:4:18 error reactor.requisite',
      /does not exist/,
    ],
    ['one ID twice', { 'a.sls': PING + PING }, '/srv/a.sls:4:1 error yaml.duplicate_key', /'x'/],
    ['white space alone', { 'a.sls': '  \n' }, '/srv/a.sls:1:1 error sls.empty', /./],
    ['another renderer', { 'a.sls': '#!py\nx = 1\n' }, '/srv/a.sls:1:1 error sls.renderer', /py/],
    [
      'a function of the host',
      { 'a.sls': call("local.{{ data['fun'] }}", 'tgt: a') },
      '/srv/a.sls:2:3 error reactor.tainted',
      /names a function/,
    ],
    [
      'a path of the host',
      { 'a.sls': call('local.cmd.script', 'tgt: a', 'queue_ttl: 9', 'arg: ["salt://{{ data.s }}"]') },
      '/srv/a.sls:5:13 error reactor.tainted',
      /salt:/,
    ],
    [
      'a tag under salt/ of the host',
      { 'a.sls': fire('salt/x/{{ data.s }}') },
      '/srv/a.sls:3:12 error reactor.tainted',
      /under salt/,
    ],
    [
      "salt['cmd.run']",
      { 'a.sls': call('local.test.arg', 'tgt: a', "arg: [{{ salt['cmd.run']('id') }}]") },
      '/srv/a.sls:4:16 error jinja.missing',
      /master/,
    ],
    [
      'salt.test.pingg',
      { 'a.sls': call('local.test.arg', 'tgt: a', 'arg: [{{ salt.test.pingg() }}]') },
      '/srv/a.sls:4:16 error jinja.missing',
      /not there/,
    ],
    // what Salt does in silence
    [
      'two functions under an ID',
      { 'a.sls': `${PING}  local.test.arg:\n    - tgt: a\n` },
      '/srv/a.sls:4:3 warning lint.silent',
      /alphabetically/,
    ],
    [
      'a compound target without its type',
      { 'a.sls': call('local.test.ping', "tgt: 'G@os:Debian and web*'") },
      '/srv/a.sls:3:12 warning lint.silent',
      /glob of ids/,
    ],
    [
      'a list without its type',
      { 'a.sls': call('local.test.ping', 'tgt: web1,web2') },
      '/srv/a.sls:3:12 warning lint.silent',
      /glob of ids/,
    ],
    [
      'test: of a runner',
      { 'a.sls': call('runner.event.send', 'tag: b/c', 'test: true') },
      '/srv/a.sls:4:7 warning lint.silent',
      /for real/,
    ],
    [
      'a key that means nothing',
      { 'a.sls': call('local.test.ping', 'tgt: a', 'batch: 1') },
      '/srv/a.sls:4:7 warning lint.ignored',
      /batch/,
    ],
    [
      'a misspelt key',
      { 'a.sls': call('local.test.ping', 'tgt: a', 'tgt_typ: list') },
      '/srv/a.sls:4:7 warning lint.ignored',
      /tgt_typ/,
    ],
    [
      'arg beside args',
      { 'a.sls': call('local.test.ping', 'tgt: a', 'args: {x: 1}', 'arg: [1]') },
      '/srv/a.sls:5:7 warning lint.ignored',
      /args/,
    ],
    ['expr_form', { 'a.sls': call('local.test.ping', 'tgt: a', 'expr_form: list') }, '/srv/a.sls:4:7 warning lint.old', /2019/],
    [
      'prereq',
      { 'a.sls': `${call('local.test.ping', 'tgt: a', 'prereq: [{local: y}]')}y:\n  local.test.ping: [{tgt: a}]\n` },
      '/srv/a.sls:4:7 warning lint.ignored',
      /twice/,
    ],
    ['arg as a text', { 'a.sls': call('local.test.arg', 'tgt: a', 'arg: one') }, '/srv/a.sls:4:7 warning lint.arg', /letters/],
    [
      'texts under args',
      { 'a.sls': call('local.test.arg', 'tgt: a', 'args: [one, two]') },
      '/srv/a.sls:4:14 warning lint.arg',
      /'one'/,
    ],
    [
      'two arguments in one text',
      { 'a.sls': call('local.state.apply', 'tgt: a', 'arg: [web test=True]') },
      '/srv/a.sls:4:13 warning lint.arg',
      /one argument/,
    ],
    [
      'a word of the reactor itself',
      { 'a.sls': call('runner.salt.cmd', 'fun: test.ping') },
      '/srv/a.sls:3:7 warning lint.ignored',
      /own word/,
    ],
    [
      'a named argument of a caller',
      { 'a.sls': call('caller.test.echo', 'text: a') },
      '/srv/a.sls:3:7 warning lint.ignored',
      /caller/,
    ],
    [
      'a name twice under args',
      { 'a.sls': call('local.test.arg', 'tgt: a', 'args: [{x: 1}, {x: 2}]') },
      '/srv/a.sls:4:23 warning lint.silent',
      /later/,
    ],
    [
      'an ID that is passed over',
      { 'a.sls': PING.replace('x:', '__x:') },
      '/srv/a.sls:1:1 error reactor.shape',
      /two underscores/,
    ],
    [
      'what the sandbox closes',
      { 'a.sls': call('local.test.arg', 'tgt: a', 'arg: [{{ data.x.__class__ }}]') },
      '/srv/a.sls:4:16 error jinja.security',
      /unsafe/,
    ],
    [
      'data that chooses keys',
      { 'a.sls': call('wheel.key.delete', 'match: {{ data.name }}') },
      '/srv/a.sls:3:14 warning lint.data',
      /all of them/,
    ],
    ['a comment that runs', { 'a.sls': `# {{ data.x }}\n${PING}` }, '/srv/a.sls:1:1 warning lint.comment', /Jinja/],
    // what hosts can do
    [
      'data in a command',
      { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [run {{ data.data.x }}]') },
      '/srv/a.sls:5:17 warning lint.quote',
      /data.data.x/,
    ],
    [
      'data in a command, through set, a filter and a macro',
      {
        'a.sls': `{% set a = data.x|upper %}\n{% macro m(t) %}\n-x {{ t }}{% endmacro %}\n${call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [run {{ m(a) }}]')}`,
      },
      '/srv/a.sls:3:4 warning lint.quote',
      /shell/,
    ],
    [
      'data in a command of a keyword',
      { 'a.sls': call('local.cmd.shell', 'tgt: a', 'queue_ttl: 9', 'kwarg: {cmd: "run {{ data.x }}"}') },
      '/srv/a.sls:5:25 warning lint.quote',
      /shell/,
    ],
    [
      'data that is quoted inside quotes',
      { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', `arg: ["echo '{{ data.x | quote }}'"]`) },
      '/srv/a.sls:5:13 error reactor.tainted',
      /inside quotes/,
    ],
    [
      'data in a target',
      { 'a.sls': call('local.test.ping', 'tgt: {{ data.data.hosts }}') },
      '/srv/a.sls:3:12 warning lint.data',
      /every host/,
    ],
    [
      'every key',
      { 'a.sls': call('wheel.key.accept', 'match: {{ data.id }}') },
      '/srv/a.sls:3:14 warning lint.accept',
      /every host/,
    ],
    // hosts that are away
    [
      'a command without queue_ttl',
      { 'a.sls': call('local.cmd.run', "tgt: 'web*'", 'arg: [id]') },
      '/srv/a.sls:2:3 note lint.ttl',
      /15 minutes/,
    ],
    // functions
    [
      'a misspelt function',
      { 'a.sls': call('local.test.pingg', 'tgt: a') },
      '/srv/a.sls:2:3 warning lint.function',
      /test.pingg/,
    ],
    ['a misspelt module', { 'a.sls': call('local.servce.restart', 'tgt: a') }, '/srv/a.sls:2:3 warning lint.function', /servce/],
    [
      'a function of Salt alone',
      { 'a.sls': call('local.service.restart', 'tgt: a') },
      '/srv/a.sls:2:3 note lint.function',
      /it is Salt's/,
    ],
    [
      'a module that nobody knows',
      { 'a.sls': call('local.frobnicator3000.go', 'tgt: a') },
      '/srv/a.sls:2:3 note lint.function',
      /no module/,
    ],
    ['state.over', { 'a.sls': 'x:\n  runner.state.over\n' }, '/srv/a.sls:2:3 warning lint.function', /2015/],
    // expressions
    [
      'a slow target',
      { 'a.sls': call('local.test.ping', "tgt: '(a+)+$'", 'tgt_type: pcre') },
      '/srv/a.sls:3:12 warning lint.regex',
      /a\+/,
    ],
    [
      'a slow word of a compound',
      { 'a.sls': call('local.test.ping', "tgt: 'web1 or P@os:(x|x)*y'", 'tgt_type: compound') },
      '/srv/a.sls:3:12 warning lint.regex',
      /x\|x/,
    ],
    [
      'a slow filter',
      { 'a.sls': `{% if data.x | regex_match('(a*)*b') %}\n${PING}{% endif %}` },
      '/srv/a.sls:1:28 warning lint.regex',
      /billion/,
    ],
    // branches
    ['a constant', { 'a.sls': `{% if false %}\n${PING}{% endif %}` }, '/srv/a.sls:1:7 warning lint.unreachable', /constant/],
    [
      'else of a constant',
      { 'a.sls': `{% if true %}\n${PING}{% else %}\ny: 1\n{% endif %}` },
      '/srv/a.sls:5:11 warning lint.unreachable',
      /else/,
    ],
    [
      'the same condition again',
      { 'a.sls': `{% if data.x %}\n${PING}{% elif data['x'] %}\ny:\n  local.test.ping: [{tgt: a}]\n{% endif %}` },
      '/srv/a.sls:5:9 warning lint.unreachable',
      /settled/,
    ],
    [
      'another value of the same',
      { 'a.sls': `{% if data.x == 1 %}\n{% if data.x == 2 %}\n${PING}{% endif %}\n{% endif %}` },
      '/srv/a.sls:2:7 warning lint.unreachable',
      /settled/,
    ],
    [
      'a tag of another entry',
      { 'a.sls': `{% if tag.startswith('b/') %}\n${PING}{% endif %}` },
      '/srv/a.sls:1:7 warning lint.unreachable',
      /'a\/\*'/,
    ],
    [
      'a value that Salt never says',
      { 'reactor.conf': conf(['salt/auth', '/srv/a.sls']), 'a.sls': `{% if data.act == 'pending' %}\n${PING}{% endif %}` },
      '/srv/a.sls:1:7 warning lint.unreachable',
      /'pend'/,
    ],
    // shapes of events
    [
      'data.data of a beacon',
      {
        'reactor.conf': conf(['salt/beacon/*/load/', '/srv/a.sls']),
        'a.sls': call('local.test.arg', 'tgt: a', 'arg: [{{ data.data.x }}]'),
      },
      '/srv/a.sls:4:16 warning lint.shape',
      /flat/,
    ],
    [
      'a field that is not there',
      {
        'reactor.conf': conf(['salt/auth', '/srv/a.sls']),
        'a.sls': call('local.test.arg', 'tgt: a', 'arg: [{{ data.minion_id }}]'),
      },
      '/srv/a.sls:4:16 warning lint.shape',
      /minion_id/,
    ],
    // loops
    ['its own tag', { 'a.sls': fire('a/again') }, '/srv/a.sls:3:12 warning lint.loop', /'a\/again'/],
    [
      'its own tag, some of it data',
      { 'a.sls': fire('{{ data.x }}/again') },
      '/srv/a.sls:3:12 warning lint.loop',
      /so this file again/,
    ],
    [
      'by way of another entry',
      { 'reactor.conf': conf(['a', '/srv/a.sls'], ['b*', '/srv/b.sls']), 'a.sls': fire('b1'), 'b.sls': fire('a') },
      '/srv/a.sls:3:12 warning lint.loop',
      /wakes 'b\*' \(reactor.conf:4:5\), whose runner.event.send \(\/srv\/b.sls:3:12\) fires 'a'/,
    ],
    [
      'by way of two others',
      {
        'reactor.conf': conf(['a', '/srv/a.sls'], ['b', '/srv/b.sls'], ['c', '/srv/c.sls']),
        'a.sls': fire('b'),
        'b.sls': fire('c'),
        'c.sls': fire('a'),
      },
      '/srv/a.sls:3:12 warning lint.loop',
      /'b'.*'c'.*'a'/,
    ],
    [
      'the returns of its own jobs',
      { 'reactor.conf': conf(['salt/job/*/ret/*', '/srv/a.sls']), 'a.sls': PING },
      '/srv/a.sls:2:3 warning lint.loop',
      /the job that local.test.ping sends/,
    ],
    [
      'a loop under a condition',
      { 'a.sls': `{% if data.n < 3 %}\n${fire('a/again')}{% endif %}` },
      '/srv/a.sls:4:12 note lint.loop',
      /unless its conditions/,
    ],
    [
      'restarts of the host',
      { 'reactor.conf': conf(['salt/minion/*/start', '/srv/a.sls']), 'a.sls': call('local.system.reboot', 'tgt: {{ data.id }}') },
      '/srv/a.sls:2:3 warning lint.loop',
      /start/,
    ],
    // reactor.conf
    [
      'a tag that nothing fires',
      { 'reactor.conf': conf(['salt/minions/*/start', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.tag',
      /nothing fires/,
    ],
    [
      'a tag without salt/',
      { 'reactor.conf': conf(['minion/*/start', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.tag',
      /nothing fires/,
    ],
    [
      'a beacon without the slash',
      { 'reactor.conf': conf(['salt/beacon/*/load', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.tag',
      /nothing fires/,
    ],
    ['braces', { 'reactor.conf': conf(['x/{a,b}', '/srv/a.sls']), 'a.sls': PING }, 'reactor.conf:2:5 warning lint.tag', /braces/],
    [
      'a regular expression',
      { 'reactor.conf': conf(['x/\\d+', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.tag',
      /regular/,
    ],
    ['[^', { 'reactor.conf': conf(['x/[^a]', '/srv/a.sls']), 'a.sls': PING }, 'reactor.conf:2:5 warning lint.tag', /negate/],
    [
      'a range that runs backwards',
      { 'reactor.conf': conf(['x[z-a]', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.tag',
      /backwards/,
    ],
    [
      'a file named twice',
      { 'reactor.conf': conf(['x', '/srv/a.sls', '/srv/*.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.duplicate',
      /twice/,
    ],
    [
      'an entry that stands twice',
      { 'reactor.conf': conf(['x', '/srv/a.sls'], ['x', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:4:5 warning lint.duplicate',
      /stands twice/,
    ],
    [
      'a file that two entries of one event name',
      { 'reactor.conf': conf(['x/*', '/srv/a.sls'], ['*/y', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:4:5 warning lint.duplicate',
      /both match/,
    ],
    [
      'an ID in two files',
      { 'reactor.conf': conf(['x', '/srv/a.sls', '/srv/b.sls']), 'a.sls': PING, 'b.sls': PING },
      '/srv/b.sls:1:1 warning lint.duplicate',
      /'x' stands in/,
    ],
    [
      'a spent quota',
      { 'reactor.conf': conf(['*:*:*:*:*:event-bus/*', '/srv/a.sls']), 'a.sls': PING },
      'reactor.conf:2:5 warning lint.widened',
      /complexity/,
    ],
  ])('%s', (_name, files, found, words) => {
    const all = check(files);
    const shown = all.map(({ where, level, code }) => `${formatWhere(where)} ${level} ${code}`);
    expect(shown).toContain(found);
    expect(all[shown.indexOf(found)]?.text).toMatch(words);
  });

  it.each<[typed: string, meant: string]>([
    [call('local.test.pingg', 'tgt: a'), 'did you mean test.ping?'],
    [call('runner.jobs.activ', 'x: 1'), 'did you mean jobs.active?'],
    [call('local.servce.restart', 'tgt: a'), 'did you mean service.restart?'],
    [call('local.test.ping', 'tgt: a', 'tgt_typ: list'), 'did you mean tgt_type?'],
    [call('local.test.ping', 'tgt: {{ event.id }}'), 'did you mean data?'],
  ])('the nearest name: %j', (text, meant) => {
    expect(check({ 'a.sls': text }).map(({ hint }) => hint)).toContain(meant);
  });
});

describe('no false alarm', () => {
  it.each<[string, Record<string, string>]>([
    [
      'the id of the event as target, ID and argument',
      { 'a.sls': 'go_{{ data.id }}:\n  local.test.ping:\n    - tgt: {{ data["id"] }}\n' },
    ],
    ['what was quoted', { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [run {{ data.x | quote }}]') }],
    [
      'a list that was quoted',
      { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', "arg: [run {{ data.x | map('quote') | join(' ') }}]") },
    ],
    [
      'numbers and digests',
      { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [run {{ data.x | int }} {{ data.y | sha256 }}]') },
    ],
    ['an ID in each of two branches', { 'a.sls': `{% if data.x == 1 %}\n${PING}{% else %}\n${PING}{% endif %}` }],
    [
      'an ID under a condition and its denial',
      { 'a.sls': `{% if data.x %}\n${PING}{% endif %}\n{% if not data.x %}\n${PING}{% endif %}` },
    ],
    [
      'an ID under one value and another',
      { 'a.sls': `{% if data.x == 'a' %}\n${PING}{% endif %}\n{% if data.x == 'b' %}\n${PING}{% endif %}` },
    ],
    [
      'a head and its body under the same condition',
      { 'a.sls': `{% if data.x %}\nx:\n  local.test.ping:\n{% endif %}\n{% if data.x %}\n    - tgt: a\n{% endif %}` },
    ],
    [
      'a loop that makes IDs',
      { 'a.sls': `{% for one in ['a', 'b'] %}\nx_{{ one }}:\n  local.test.ping:\n    - tgt: {{ one }}\n{% endfor %}` },
    ],
    [
      'a loop over data',
      {
        'a.sls': `{% for one in data.data.list %}\nx_{{ loop.index }}:\n  local.test.arg:\n    - tgt: a\n    - arg: [{{ one }}]\n{% endfor %}`,
      },
    ],
    [
      'names that are set, looped, imported',
      {
        'a.sls': `{% from 'm' import f with context %}{% set a = 1 %}{% for k, v in data.items() %}{% set b = k %}{% endfor %}{{ f(a) }}`,
        'salt/m': `{% macro f(q) %}${PING.replace('web1', '{{ q }}')}{% endmacro %}`,
      },
    ],
    [
      'names that are asked for',
      { 'a.sls': `{% if nothing is defined %}{{ nothing }}{% endif %}{% set x = other | default(1) %}\n${PING}` },
    ],
    ['keywords as a mapping of data', { 'a.sls': call('local.test.arg', 'tgt: a', 'kwarg: {{ data.data | json }}') }],
    ['new arguments as a mapping of data', { 'a.sls': call('local.test.arg', 'tgt: a', 'args: {{ data.data | json }}') }],
    ['arguments made elsewhere', { 'a.sls': call('local.test.arg', 'tgt: a', 'arg: {{ data.list | yaml }}') }],
    ['lines that a value makes', { 'a.sls': `{{ salt['config.get']('block') }}\n${PING}` }],
    ['a whole file that a value makes', { 'a.sls': `{{ salt['config.get']('block') }}` }],
    ['an inline condition in a target', { 'a.sls': call('local.test.ping', "tgt: {{ 'web1' if data.x else 'web2' }}") }],
    ['a function chosen among known ones', { 'a.sls': `{% set f = 'test.ping' %}${call('local.{{ f }}', 'tgt: a')}` }],
    ['functions of their own', { 'a.sls': call('local.acme.go', 'tgt: a') }],
    [
      'one ID in files of different events',
      { 'reactor.conf': conf(['x', '/srv/a.sls'], ['y', '/srv/b.sls']), 'a.sls': PING, 'b.sls': PING },
    ],
    [
      'a requisite in another branch',
      {
        'a.sls': `{% if data.x %}\ny:\n  local.test.ping: [{tgt: a}]\n{% endif %}\n${call('local.test.ping', 'tgt: a', 'require: [{local: y}]')}`,
      },
    ],
    ['another tag that is fired', { 'a.sls': fire('b/next') }],
    [
      'returns of the function that is asked for',
      {
        'reactor.conf': conf(['salt/job/*/ret/*', '/srv/a.sls']),
        'a.sls': `{% if data.fun == 'state.apply' %}\n${PING}{% endif %}`,
      },
    ],
    [
      'comments of Jinja, a renderer line, options',
      { 'a.sls': `#!jinja|yaml\n{# {{ nothing }} #}\n# plain {% raw %}{{ x }}{% endraw %}\n${PING}` },
    ],
    [
      'tags of ones own',
      {
        'reactor.conf': conf(['acme/*/x', '/srv/a.sls'], ['salt/custom/thing', '/srv/a.sls'], ['deploy.v1/*', '/srv/a.sls']),
        'a.sls': PING,
      },
    ],
    [
      'a key accepted by its id',
      {
        'reactor.conf': conf(['salt/auth', '/srv/a.sls']),
        'a.sls': `{% if data.act == 'pend' and data.id.startswith('web-') %}\n${call('wheel.key.accept', 'match: {{ data.id }}')}{% endif %}`,
      },
    ],
    [
      'data in a command that is a list',
      { 'a.sls': call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [[run, {{ data.x }}]]') },
    ],
    [
      'what data chose of the author’s own',
      { 'a.sls': `{% set m = {'a': 'b*'} %}${call('local.test.ping', 'tgt: {{ m.get(data.x) }}', 'queue_ttl: 9')}` },
    ],
    [
      'what data chose by its key',
      { 'a.sls': `{% set m = {'a': 'b*'} %}${call('local.cmd.run', 'tgt: a', 'queue_ttl: 9', 'arg: [run {{ m[data.x] }}]')}` },
    ],
    [
      'data that a condition compares with a list',
      { 'a.sls': `{% if data.x in ['web*', 'db*'] %}\n${call('local.test.ping', 'tgt: {{ data.x }}')}{% endif %}` },
    ],
    [
      'a requisite to the round before',
      {
        'a.sls': `{% for one in ['a', 'b'] %}\nx_{{ one }}:\n  local.test.ping:\n    - tgt: a\n{% if not loop.first %}\n    - require: [{local: x_{{ loop.previtem }}}]\n{% endif %}{% endfor %}`,
      },
    ],
    [
      'an alert by a job that is not told again',
      {
        'reactor.conf': conf(['salt/job/*/ret/*', '/srv/a.sls'], ['alert', '/srv/b.sls']),
        'a.sls': `{% if data.fun == 'state.apply' %}\n${fire('alert')}{% endif %}`,
        'b.sls': PING.replace('x:', 'y:'),
      },
    ],
    ['an empty file', { 'a.sls': '' }],
    ['a condition on what was set before', { 'a.sls': `{% set n = 0 %}{% if n == 0 %}\n${PING}{% endif %}` }],
    [
      'a reassigned value',
      { 'a.sls': `{% set n = data.a %}{% if n %}{% set n = data.b %}{% if not n %}\n${PING}{% endif %}{% endif %}` },
    ],
  ])('%s', (_name, files) => {
    expect(check(files, new Set(['acme.go']))).toEqual([]);
  });
});

describe('functions that a project brings itself', () => {
  it('are those of Python, of JavaScript and of executables', () => {
    const files: Record<string, string> = {
      '/srv/salt/_modules/pager.py':
        '__virtualname__ = "ops"\n__func_alias__ = {"list_": "list"}\ndef page(who):\n    pass\ndef list_():\n    pass\ndef _own():\n    pass\n',
      '/srv/salt/_modules/backup.ts': 'export const status = {};\nexport async function now() {}\nconst own = 1;\n',
      '/srv/salt/_modules/lib/age.ts': 'export const days = 1;\n',
      '/srv/salt/_modules/clean.sh': '#!/bin/sh\n',
      '/srv/salt/_modules/disk/usage': '#!/bin/sh\n',
      '/srv/salt/_modules/README.md': 'nothing\n',
      '/srv/salt/_runners/tell.py': 'def all():\n    pass\n',
    };
    expect([...customFunctions(Object.keys(files), (name) => files[name])].sort()).toEqual([
      'backup.now',
      'backup.status',
      'clean.run',
      'disk.usage',
      'ops.list',
      'ops.page',
      'runner tell.all',
    ]);
  });
});

describe('globs that share a tag', () => {
  it.each<[string, string, boolean]>([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a/*', '*/b', true],
    ['a/*', 'b/*', false],
    ['a?', 'ab', true],
    ['a?', 'abc', false],
    ['x[ab]', 'x[bc]', true],
    ['x[ab]', 'x[cd]', false],
    ['x[!a]', 'xa', false],
    ['salt/job/*/ret/*', 'salt/job/*/new', true],
    ['salt/job/[0-9]*', 'salt/job/x*', false],
  ])('%s and %s: %s', (a, b, shared) => {
    expect([overlap(a, b), overlap(b, a)]).toEqual([shared, shared]);
  });
});

describe('expressions that repeat what repeats', () => {
  it.each(['(a+)+$', '(a|a)*b', '(\\w+\\s?)*$', '^([a-z0-9]+-?)+$', '(a*)*b', '(a*a*)*b', '(.*)*x', '(x+x+)+y', '(a{1,20})+b'])(
    '%s is slow',
    (text) => {
      expect(isSlowRegex(text)).toBe(true);
    },
  );
  it.each([
    '(a|ab)*c',
    'web\\d+',
    '(foo-\\d+,)*x',
    '(\\w+\\.)+com',
    '(a+)+',
    '.*.*x',
    '(?:[a-z]+\\d+)+$',
    'web(1|2)+\\.example\\.com',
    '[',
  ])('%s is not', (text) => {
    expect(isSlowRegex(text)).toBe(false);
  });
});

describe('whatever an author writes', () => {
  const pieces = fc.constantFrom(
    ...[
      '{{ ',
      ' }}',
      '{% if ',
      ' %}',
      '{% else %}',
      '{% endif %}',
      '{% for x in ',
      '{% endfor %}',
      '{% set a = ',
      '{% macro m(a) %}',
      '{% endmacro %}',
      '{{ m(m) }}',
    ],
    ...[
      'data',
      '.x',
      "['y']",
      'tag',
      '|quote',
      '|yaml',
      "('b')",
      'a',
      ' == 1',
      ' in ',
      '[1, 2]',
      '{1: 2}',
      '\n',
      '  ',
      '- ',
      'x:',
      ' ',
      'local.cmd.run:',
      '\ue000',
      '\ue0011\ue001',
      '#',
      "'",
      '&a ',
      '*a',
      '\t',
    ],
  );
  it('is read, or is an error with its place', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        for (const { where } of check({ 'a.sls': parts.join('') })) expect(where.file).toMatch(/^(\/srv\/a\.sls|reactor\.conf)$/);
      }),
      { numRuns: 1500 },
    );
  });

  it('every template of the oracle is read', { timeout: 60_000 }, () => {
    for (const name of ['jinja.json', 'filters.json']) {
      const { snippets } = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/oracle', name), 'utf8'));
      for (const { template } of snippets as { template: string }[])
        for (const { text } of check({ 'a.sls': template })) expect(text).not.toBe('');
    }
  });

  it('macros that call themselves and branches without end stay within bounds', () => {
    const many = Array.from(
      { length: 400 },
      (_, i) => `{% if data.x == ${i} %}\ny${i}:\n  local.test.ping: [{tgt: a}]\n{% endif %}\n`,
    ).join('');
    expect(check({ 'a.sls': many })).toEqual([]);
    const deep = `{% macro m(a) %}{{ m(a) }}{{ m(a) }}{% endmacro %}\n# {# {{ m(1) }} #}\n${PING}`;
    expect(check({ 'a.sls': deep })).toEqual([]);
    check({ 'a.sls': deep.replace('# {# {{ m(1) }} #}', '{{ m(1) }}') });
  });
});
