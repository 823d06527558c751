/** Injection, sentence by sentence: data is never code (salt-semantics 4.10; item by item what a host wrote may be, and what it may not). */
import { describe, expect, it } from 'vitest';
import { reactions } from '../../support/oracle.ts';

const CONF = "reactor:\n  - 'x/*':\n    - /srv/r.sls\n";

function run(sls: string, data: Record<string, unknown>, tag = 'x/y') {
  const { calls, errors } = reactions({
    reactorConf: CONF,
    files: { '/srv/r.sls': sls, '/srv/salt/l.jinja': LIB },
    event: { tag, data },
  });
  return { calls, errors, codes: errors.map(({ code }) => code) };
}

const LIB = '{% macro show(x) %}{{ x }}{% endmacro %}{% macro both(x) %}{{ x }} {{ caller() }}{% endmacro %}\n';
const EVIL = 'a\n    - tgt: "*"\nevil:\n  cmd.cmd.run: [{tgt: "*"}]';

/** `EXPR` as the only argument of a reaction. */
const argument = (expr: string, before = '') => `${before}r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - ${expr}\n`;

describe('the mark goes along', () => {
  it.each([
    ['concatenation', '{{ "v=" ~ data.x ~ ";" }}', `v=${EVIL};`],
    ['+', "{{ 'v' + data.x }}", `v${EVIL}`],
    ['join', "{{ [data.x, 'b']|join(',') }}", `${EVIL},b`],
    ['join by method', "{{ ', '.join(['a', data.x]) }}", `a, ${EVIL}`],
    ['a separator of the host', "{{ data.x.join(['a', 'b']) }}", `a${EVIL}b`],
    ['format', "{{ '{} {y}'.format(data.x, y=1) }}", `${EVIL} 1`],
    ['format of a member', "{{ '{0[x]}'.format(data) }}", EVIL],
    ['the filter format', "{{ '%s!'|format(data.x) }}", `${EVIL}!`],
    ['%', "{{ '%s-%s' % (data.x, 'z') }}", `${EVIL}-z`],
    ['% by name', "{{ '%(x)s' % data }}", EVIL],
    ['replace', "{{ 'a-b'|replace('-', data.x) }}", `a${EVIL}b`],
    ['replace by method', "{{ data.x.replace('*', '+') }}", EVIL.replaceAll('*', '+')],
    ['strip', '{{ ("  " ~ data.x ~ "  ").strip() }}', EVIL],
    ['another filter', '{{ data.x|upper }}', EVIL.toUpperCase()],
    ['a slice', '{{ data.x[1:] }}', EVIL.slice(1)],
    ['a slice with steps', '{{ data.x[::-1] }}', [...EVIL].reverse().join('')],
    ['repetition', '{{ data.x * 2 }}', EVIL + EVIL],
    ['an index of a split', "{{ data.x.split('evil')[0] }}", EVIL.split('evil')[0]],
    ['a key', '{{ data.m|first }}', EVIL],
    ['a key of items()', '{% for k, v in data.m.items() %}{{ k }}{% endfor %}', EVIL],
    ['a key of keys()', '{{ data.m.keys()|list|first }}', EVIL],
    ['a key of dictsort', '{{ (data.m|dictsort)[0][0] }}', EVIL],
    ['a key of popitem()', '{{ data.m.popitem()[0] }}', EVIL],
    ['a key by **', '{{ dict(**data.m)|first }}', EVIL],
    ['groupby', "{{ (data.l|groupby('k'))[0].grouper }}", EVIL],
    ['map', "{{ data.l|map(attribute='k')|first }}", EVIL],
    ['batch', "{{ (data.l|map(attribute='k')|batch(2)|first)[0] }}", EVIL],
    ['sort', "{{ (data.l|map(attribute='k')|sort)[0] }}", EVIL],
    ['unique', "{{ (data.l|map(attribute='k')|list|unique)[0] }}", EVIL],
    ['attr', "{{ data.get('x')|attr('upper')() }}", EVIL.toUpperCase()],
    ['method_call', "{{ data.x|method_call('lower') }}", EVIL.toLowerCase()],
    ['default', '{{ data.nope|default(data.x) }}', EVIL],
    ['a loop', '{% for o in data.l %}{{ o.k }}{% endfor %}', EVIL],
    ['the loop itself', '{% for o in [1, data.x] %}{{ loop.previtem if false else "" }}{{ o if loop.last }}{% endfor %}', EVIL],
    ['cycle', '{% for o in [1] %}{{ loop.cycle(data.x) }}{% endfor %}', EVIL],
    ['a macro', '{% from "l.jinja" import show %}{{ show(data.x) }}', EVIL],
    ['caller', '{% from "l.jinja" import both %}{% call both("a") %}{{ data.x }}{% endcall %}', `a ${EVIL}`],
    ['the fill of a format', "{{ '{:{}}'.format('a', data.fill) }}", 'a"""""'],
    ['yaml loaded from a block', '{% load_yaml as y %}{k: "{{ data.x }}"}{% endload %}{{ y.k }}', EVIL],
    ['json loaded from a block', '{% load_json as y %}{"k": "{{ data.x }}"}{% endload %}{{ y.k }}', EVIL],
    ['a filter block', '{% filter upper %}{{ data.x }}{% endfilter %}', EVIL.toUpperCase()],
    ['the tag', '{{ tag }}', 'x/y'],
  ])('through %s', (_name, expr, expected) => {
    const { calls, errors } = run(argument(expr), { x: EVIL, m: { [EVIL]: 1 }, l: [{ k: EVIL }], fill: '"<6' });
    expect(errors).toEqual([]);
    expect(calls).toEqual([
      { kind: 'local', fun: 'test.arg', tgt: 'web1', tgtType: 'glob', args: [expected], kwargs: {}, id: 'r', sls: '/srv/r.sls' },
    ]);
  });

  it.each([
    ['a set', '{% set v = data.x %}'],
    ['a set block', '{% set v %}{{ data.x }}{% endset %}'],
    ['a list', '{% set l = [] %}{% do l.append(data.x) %}{% set v = l[0] %}'],
    ['a mapping', "{% set d = {} %}{% do d.update({'a': data.x}) %}{% set v = d.a %}"],
    ['a namespace', '{% set ns = namespace() %}{% set ns.v = data.x %}{% set v = ns.v %}'],
    ['with', '{% set v = none %}{% with w = data.x %}{% set ns = w %}{% endwith %}{% set v = data.x %}'],
    ['unpacking', '{% set v, w = [data.x, 1] %}'],
  ])('through %s', (_name, before) => {
    expect(run(argument('{{ v }}', before), { x: EVIL }).calls).toMatchObject([{ args: [EVIL] }]);
  });

  it.each([
    ['directly', '{{ data.n }}', ''],
    ['a set', '{{ n }}', '{% set n = data.n %}'],
    ['a list', '{{ l[0] }}', '{% set l = [data.n] %}'],
    ['append', '{{ l[0] }}', '{% set l = [] %}{% do l.append(data.n) %}'],
    ['a namespace', '{{ ns.n }}', '{% set ns = namespace(n=data.n) %}'],
    ['a macro', '{{ m(data.n) }}', '{% macro m(x) %}{{ x }}{% endmacro %}'],
    ['a loop', '{% for n in [data.n] %}{{ n }}{% endfor %}', ''],
    ['arithmetic', '{{ data.n + 0 }}', ''],
    ['concatenation', "{{ '' ~ data.n }}", ''],
    ['%', "{{ '%d' % data.n }}", ''],
    ['format', "{{ '{}'.format(data.n) }}", ''],
    ['string', '{{ data.n|string }}', ''],
    ['join', '{{ [data.n]|join }}', ''],
    ['length', '{{ -(data.l|length) }}', ''],
    ['yaml', '{{ data.n|yaml }}', ''],
    ['tojson', '{{ data.n|tojson }}', ''],
  ])('numbers too, through %s', (_name, expr, before) => {
    const kill = `${before}r:\n  local.cmd.run:\n    - tgt: web1\n    - arg:\n      - kill -9 ${expr}\n`;
    expect(run(kill, { n: -1, l: [1] }).codes).toEqual(['reactor.tainted']);
    const fired = `${before}r:\n  local.event.send:\n    - tgt: web1\n    - arg: ['salt/x/${expr.replaceAll("'", '"')}']\n`;
    expect(run(fired, { n: 5, l: [1] }).codes).toEqual(['reactor.tainted']);
  });

  it("what the author wrote stays the author's, also where data chose it", () => {
    const sls = `{% set fn = {'up': 'start', 'down': 'stop'}[data.state] %}{% set dir = 'a' if data.n > 1 else 'b' %}
r:
  local.service.{{ fn }}:
    - tgt: web1
    - arg: ['salt://{{ dir }}/x']
`;
    expect(run(sls, { state: 'up', n: 2 })).toMatchObject({
      errors: [],
      calls: [{ fun: 'service.start', args: ['salt://a/x'] }],
    });
  });
});

describe('what is written out', () => {
  it.each([
    ['plain', '{{ data.v }}'],
    ['in double quotes', '"{{ data.v }}"'],
    ['in single quotes', "'{{ data.v }}'"],
    ['in a block', '|-\n          {{ data.v }}'],
    ['folded', '>-\n          {{ data.v }}'],
    ['in a flow list', '[{{ data.v }}]'],
    ['in a flow mapping', '{k: {{ data.v }}}'],
    ['behind a tag', '!!str {{ data.v }}'],
    ['with an anchor', '&a {{ data.v }}'],
  ])('%s is the value that it was', (_name, place) => {
    for (const v of [
      EVIL,
      '',
      ' ',
      '*',
      '&x',
      '!!python/x',
      '# c',
      '- a',
      'a: b',
      '{a: b}',
      '"',
      "'",
      '|',
      '%',
      '@',
      '\u2028x',
      '\u0085x',
      '\ufeffx',
      '\u0000',
      'yes',
      '007',
      '1e3',
      '~',
      '{{ x }}',
      '---',
      '\t',
      '\r\n',
    ]) {
      const { calls, errors } = run(argument(place), { v });
      expect([place, v, errors]).toEqual([place, v, []]);
      const found = calls[0]?.args[0];
      expect(
        Array.isArray(found) ? found[0] : found !== null && typeof found === 'object' ? (found as { k: unknown }).k : found,
      ).toBe(v);
    }
  });

  it.each([[5], [-3], [2.5], [true], [false], [null], [[1, ['a', null]]], [{ a: { b: [1, 'x: y'] } }], [[]], [{}]])(
    '%j stays %j',
    (v) => {
      expect(run(argument('{{ data.v }}'), { v }).calls[0]?.args).toEqual([v]);
      for (const filter of ['yaml', 'json', 'tojson', 'yaml(false)|indent(10)', 'json(indent=2)|indent(10)'])
        expect([filter, run(argument(`{{ data.v|${filter} }}`), { v }).calls[0]?.args]).toEqual([filter, [v]]);
    },
  );

  it.each([
    ['yaml', 'text {{ data.v|yaml }}', 'text {k: "x: y"}'.replace('"x: y"', "'x: y'")],
    ['json', 'text {{ data.v|json }}', 'text {"k": "x: y"}'],
    ['tojson', "'{{ data.v|tojson }}'", '{"k": "x: y"}'],
    ['yaml_dquote', 'text {{ data.t|yaml_dquote }}', 'text "a: b"'],
    ['yaml_squote', 'text {{ data.t|yaml_squote }}', "text 'a: b'"],
    ['yaml_encode', 'text {{ data.t|yaml_encode }}', 'text "a: b"'],
  ])('%s is literal text where it is no whole node', (_name, place, expected) => {
    expect(run(argument(place), { v: { k: 'x: y' }, t: 'a: b' }).calls[0]?.args).toEqual([expected]);
  });

  it('dict_to_sls_yaml_params is grafted in, indented or not', () => {
    const sls = 'r:\n  local.test.arg:\n    - tgt: web1\n    - args:\n        {{ data.v|dict_to_sls_yaml_params|indent(8) }}\n';
    expect(run(sls, { v: { k: 'x: y\n    - tgt: "*"' } }).calls).toMatchObject([{ tgt: 'web1', kwargs: {} }]);
  });

  it('|raw alone writes text', () => {
    expect(run(argument('{{ data.v|raw }}'), { v: '[1, {a: b}]' }).calls[0]?.args).toEqual([[1, { a: 'b' }]]);
    expect(run(argument('{{ data.v|safe }}'), { v: '[1]' }).calls[0]?.args).toEqual(['[1]']);
  });

  it('a filter or test that the host names is none', () => {
    expect(run(argument('{{ [data.v]|map(data.f)|first }}'), { v: '[1]', f: 'raw' }).codes).toEqual(['jinja.security']);
    expect(run(argument('{{ [data.v]|select(data.f)|first }}'), { v: 'a', f: 'defined' }).codes).toEqual(['jinja.security']);
  });
});

describe('what a host may not name', () => {
  const head = 'r:\n  local.test.arg:\n    - tgt: web1\n';
  it.each([
    ['a function', 'r:\n  local.{{ data.v }}:\n    - tgt: web1\n'],
    ['part of a function', 'r:\n  local.test.{{ data.v }}:\n    - tgt: web1\n'],
    ['a type', 'r:\n  {{ data.v }}.test.ping:\n    - tgt: web1\n'],
    ['a function as an item', 'r:\n  local:\n    - {{ data.v }}\n    - tgt: web1\n'],
    ['a runner in short', 'r: {{ data.v }}\n'],
    ['a runner', 'r:\n  runner.{{ data.v }}: []\n'],
    ['the whole file', '{{ data.file }}\n'],
    ['the whole reaction', 'r: {{ data.reaction }}\n'],
    ['the items of a reaction', 'r:\n  local.test.ping: {{ data.items_ }}\n'],
    ['a key of the reaction', `${head}    - {{ data.v }}: 1\n`],
    ['the jid', `${head}    - jid: {{ data.v }}\n`],
    ['the jid as a number', `${head}    - jid: {{ data.n }}\n`],
    ['the type of a target', `${head}    - tgt_type: {{ data.glob }}\n`],
    ['the delimiter of a target', `${head}    - delimiter: '{{ data.v }}'\n`],
    ['a salt:// path', `${head}    - arg: ['salt://{{ data.v }}']\n`],
    ['a salt:// path as a whole', `${head}    - arg: ['{{ data.path }}']\n`],
    ['a salt:// path deep inside', `${head}    - kwarg: {a: [{b: 'salt://x/{{ data.n }}'}]}\n`],
    ['arguments as YAML', `${head}    - args: "{a: '{{ data.v }}'}"\n`],
    ['a template', '{% include data.path %}\n'],
    ['a file of data', '{% import_yaml data.path as y %}\n'],
    ['a parent', '{% extends data.path %}\n'],
    ['the function of a function', 'r:\n  runner.salt.cmd:\n    - fun: {{ data.v }}\n'],
    ['every key', 'r:\n  wheel.key.delete:\n    - match: {{ data.star }}\n'],
  ])('%s', (_name, sls) => {
    const { codes, calls } = run(sls, {
      v: 'test.ping',
      n: 7,
      glob: 'glob',
      path: 'salt://evil.sh',
      star: '*',
      items_: [{ tgt: '*' }],
      reaction: { 'local.test.ping': [{ tgt: '*' }] },
      file: { r: { 'local.test.ping': [{ tgt: '*' }] } },
    });
    expect(calls).toEqual([]);
    expect(codes).toContain('reactor.tainted');
  });

  it('an argument that is called jid is one', () => {
    expect(run(`${head}    - kwarg: {jid: '{{ data.v }}'}\n`, { v: '7' }).calls).toMatchObject([{ kwargs: { jid: '7' } }]);
  });

  it('a tag under salt/ only without a tainted part', () => {
    const fire = (tag: string) => `r:\n  local.event.send:\n    - tgt: web1\n    - arg: [${tag}]\n`;
    for (const tag of ["'salt/{{ data.v }}'", "'{{ data.salt }}'", "'{{ data.s }}alt/x'", 'tag=salt/{{ data.v }}'])
      expect([tag, run(fire(tag), { v: 'x', salt: 'salt/x', s: 's' }).codes]).toEqual([tag, ['reactor.tainted']]);
    for (const tag of ["'mine/{{ data.v }}'", 'salt/x', "'salted/{{ data.v }}'"])
      expect(run(fire(tag), { v: 'x' }).codes).toEqual([]);
  });

  it('no name= of a host makes a keyword of an argument', () => {
    const { calls } = run(argument('{{ data.v }}'), { v: 'shell=/tmp/x' });
    expect(calls).toMatchObject([{ args: ['shell=/tmp/x'], kwargs: {} }]);
  });
});

describe('in a shell command', () => {
  const command = (text: string, more = '') =>
    `r:\n  local.cmd.run:\n    - tgt: web1\n    - arg:\n      - |-\n        ${text.replaceAll('\n', '\n        ')}\n${more}`;
  it.each([
    ['letters, digits, spaces and the alphabet', 'echo {{ data.v }}', 'aZ é 09_@%+=:,./!^ -'.slice(0, 18)],
    ['within quotes, what is harmless', "echo '{{ data.v }}'", 'a b'],
    ['anything that was quoted', 'echo {{ data.v|quote }}', '; reboot #'],
    ['a word with a dash that was quoted', 'rm -- {{ data.v|quote }}', '-rf'],
    ['a number', 'sleep {{ data.n }}', ''],
    ['quoted twice, side by side', 'echo {{ data.v|quote }}{{ data.v|quote }}', ';'],
  ])('%s may stand', (_name, text, v) => {
    expect(run(command(text), { v, n: 5 }).codes).toEqual([]);
  });

  it.each([
    ['an operator', 'echo {{ data.v }}', ';reboot'],
    ['a substitution', 'echo {{ data.v }}', '$(reboot)'],
    ['a backquote', 'echo {{ data.v }}', '`reboot`'],
    ['a new line', 'echo {{ data.v }}', 'a\nreboot'],
    ['NEL', 'echo {{ data.v }}', 'a\u0085b'],
    ['a glob', 'rm {{ data.v }}', '*'],
    ['a home', 'ls {{ data.v }}', '~root'],
    ['a quote', "echo '{{ data.v }}'", "'; reboot; '"],
    ['an option', 'rm {{ data.v }}', '-rf'],
    ['an option as a later word', 'rm {{ data.v }}', 'a -rf'],
    ['an option behind a quote', "rm '{{ data.v }}'", '-rf'],
    ['an option behind an empty part', 'rm {{ data.e }}{{ data.v }}', '-rf'],
    ['an option behind a redirection', 'a >{{ data.v }}', '-x'],
    ['a negative number', 'kill {{ data.n }}', ''],
    ['the command', '{{ data.v }}', 'reboot'],
    ['the command of several', 'cd /tmp && {{ data.v }} now', 'reboot'],
    ['the command behind an assignment', 'A=1 {{ data.v }}', 'reboot'],
    ['the command behind sudo', 'sudo {{ data.v }}', 'reboot'],
    ['the command in a substitution', 'echo $({{ data.v }})', 'reboot'],
    ['the command in a substitution in quotes', 'echo "$({{ data.v }})"', 'reboot'],
    ['an assignment before a command', '{{ data.v }} ls', 'LD_PRELOAD=/tmp/x.so'],
    ['the path of a command', '/opt/bin/{{ data.v }}', '../../tmp/x'],
    ['quoted, within quotes', "echo '{{ data.v|quote }}'", ';reboot'],
    ['quoted, within double quotes', 'echo "{{ data.v|quote }}"', '$(reboot)'],
    ['quoted, in a comment', 'ls # {{ data.v|quote }}', 'a\nreboot'],
    ['quoted, in a here document', 'cat <<E\n{{ data.v|quote }}\nE', '$(reboot)'],
    ['quoted, then cut', 'echo {{ (data.v|quote)[1:] }}', ';reboot'],
    ['quoted, then stripped', 'echo {{ (data.v|quote).strip("\'") }}', ';reboot'],
    ['quoted, then replaced', 'echo {{ data.v|quote|replace("\'", "") }}', ';reboot'],
    ['quoted, then in lower case', 'echo {{ data.v|quote|lower }}', ';reboot'],
    ['a key', 'echo {{ data.m|first }}', ''],
  ])('%s may not', (_name, text, v) => {
    const { calls, codes } = run(command(text), { v, n: -1, e: '', m: { ';reboot': 1 } });
    expect([calls, codes]).toEqual([[], ['reactor.tainted']]);
  });

  it.each([
    ['the shell', '    - kwarg: {shell: "{{ data.v }}"}\n'],
    ['whether there is a shell', '    - kwarg: {python_shell: {{ data.b }}}\n'],
    ['the name of an option', '    - kwarg: {"{{ data.v }}": x}\n'],
    ['all options', '    - kwarg: {{ data.o }}\n'],
    ['the name of a variable', '    - kwarg: {env: [{"{{ data.v }}": x}]}\n'],
    ['cmd= as a text', "      - 'cmd={{ data.v }}'\n"],
  ])("%s is the author's", (_name, more) => {
    const { calls, codes } = run(command('ls', more), { v: '/tmp/x', b: true, o: { shell: '/tmp/x' } });
    expect(calls).toEqual([]);
    expect(codes).toContain('reactor.tainted');
  });

  it.each([
    ['cmd.script', '[{{ data.v }}]'],
    ['cmd.script', "['/opt/x.sh', '{{ data.s }}']"],
    ['cmd.exec_code', '["{{ data.v }}", "print(1)"]'],
    ['cmd.exec_code', '[python3, "print({{ data.s }})"]'],
    ['cmd.run_chroot', '[/srv/root, "ls {{ data.s }}"]'],
    ['cmd.run_all', '["ls {{ data.s }}"]'],
    ['cmd.run', '[[{{ data.v }}, a]]'],
  ])('%s with %s is refused', (fun, args) => {
    const sls = `r:\n  local.${fun}:\n    - tgt: web1\n    - arg: ${args}\n`;
    expect(run(sls, { v: '/tmp/x', s: '; reboot' })).toMatchObject({ calls: [], codes: ['reactor.tainted'] });
  });

  it('a list is no text for a shell: what a host wrote is an argument of its own', () => {
    const sls = 'r:\n  local.cmd.run:\n    - tgt: web1\n    - arg: [[ls, -l, "{{ data.v }}"]]\n';
    expect(run(sls, { v: '; reboot' }).calls).toMatchObject([{ args: [['ls', '-l', '; reboot']] }]);
  });

  it('a host renders no template that another wrote', () => {
    const sls = 'r:\n  local.cmd.run:\n    - tgt: web1\n    - arg: ["echo {{ data.v|quote }}"]\n    - kwarg: {template: jinja}\n';
    expect(run(sls, { v: '{{ 7 }}' }).codes).toEqual(['reactor.tainted']);
  });
});
