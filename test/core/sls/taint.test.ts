/** What a host wrote is data: it never changes what a reaction is, whatever an everyday template does with it (salt-semantics 4.10). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeProject } from '../../../core/bundle.ts';
import type { Uid } from '../../../core/ids.ts';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { react } from '../../../core/reactor/react.ts';
import { defaultSettings } from '../../../core/settings.ts';
import type { Tag } from '../../../core/tag.ts';
import { matchTarget } from '../../../core/target/match.ts';
import { Dict, fromPlain } from '../../../core/value.ts';
import { reactions } from '../../support/oracle.ts';

const HOSTILE = [
  'x\n  - evil: true',
  'x"\nevil:\n  cmd.cmd.run:\n    - tgt: "*"',
  "'; rm -rf /; '",
  '{{ 7 * 7 }}',
  '{% raw %}',
  '*',
  'web* or G@os:*',
  '- a: b',
  '{a: b, c: [d]}',
  '&anchor x',
  '*alias',
  '!!python/object x',
  '# comment',
  '%YAML 1.1',
  '---\nother: 1',
  '\u2028x',
  '\u0000x',
  'true',
  '1e3',
  '~',
  '',
  ' ',
  '[x',
  '"',
  "'",
  'a: b',
  '|',
  '>-\n x',
  '?',
  '__class__',
  '$(reboot)',
  '`reboot`',
  'é\n😀',
] as const;

const EXPRESSIONS = [
  'data.id',
  "data['msg']",
  'data.msg|upper',
  'data.msg|trim',
  "data.msg|replace('a', 'b')",
  "'%s-%s' % (data.id, data.msg)",
  "'{} {}'.format(data.id, data.msg)",
  "data.msg ~ '-' ~ data.id",
  "data.list|join(' ')",
  'data.list|first',
  "data.msg.split(' ')|last",
  'data.msg.strip()',
  "data.msg|default('d')",
  'data.msg|yaml',
  'data.msg|json',
  'data.msg|tojson',
  'data.msg|yaml_dquote',
  'data.msg|yaml_squote',
  'data.msg|yaml_encode',
  'data.msg|quote',
  'data.list',
  'data.map',
  'data.map|yaml',
  'data.map|json',
  'data.map.keys()|list|first',
  'data|length',
  "data.msg|regex_replace('a', 'b')",
  'data.msg[1:3]',
  'data.msg[::-1]',
  'data.msg|indent(4)',
  'data.msg|e',
  'data.msg|string|lower',
  '[data.msg, data.id]',
  "{'k': data.msg}",
  "{data.msg: 'v'}",
  'dict([(data.msg, 1)])|list|first',
  'namespace(x=data.msg).x',
  'tag',
  "tag.split('/')|last",
] as const;

/** `EXPR` stands where a template writes a value. */
const TEMPLATES = [
  'r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - {{ EXPR }}\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - "{{ EXPR }}"\n',
  "r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - 'a {{ EXPR }} b'\n",
  'r:\n  local.test.arg:\n    - tgt: web1\n    - args:\n      - name: {{ EXPR }}\n      - other: 1\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - kwarg:\n        key: {{ EXPR }}\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - arg: [{{ EXPR }}, 2]\n',
  'r:\n  runner.test.arg:\n    - args:\n      - x: {{ EXPR }}\n',
  '{% set v = EXPR %}\nr:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - {{ v }}\n',
  '{% macro m(x) %}{{ x }}{% endmacro %}\nr:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - {{ m(EXPR) }}\n',
  '{% set v %}{{ EXPR }}{% endset %}\nr:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - {{ v }}\n',
  '{% for x in [EXPR] %}\nr:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - {{ x }}\n{% endfor %}\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - |\n        {{ EXPR }}\n',
  'r:\n  local.cmd.run:\n    - tgt: web1\n    - arg:\n      - echo {{ EXPR }}\n',
  'r:\n  local.test.ping:\n    - tgt: {{ EXPR }}\n',
  "r:\n  local.test.ping:\n    - tgt: 'G@id:{{ EXPR }}'\n    - tgt_type: compound\n",
  "r:\n  local.test.ping:\n    - tgt: 'w{{ EXPR }}1 and G@os:Debian'\n    - tgt_type: compound\n",
  "r:\n  local.test.ping:\n    - tgt: 'L@{{ EXPR }},y'\n    - tgt_type: compound\n",
  "r:\n  local.test.ping:\n    - tgt: '{{ EXPR }},y'\n    - tgt_type: list\n",
  "r:\n  local.test.ping:\n    - tgt: 'q{{ EXPR }}'\n    - tgt_type: pcre\n",
  "r:\n  local.test.ping:\n    - tgt: 'os:{{ EXPR }}'\n    - tgt_type: grain\n",
  "r:\n  local.test.ping:\n    - tgt: 'os:q{{ EXPR }}'\n    - tgt_type: grain_pcre\n",
  'r:\n  local.test.ping:\n    - tgt: [{{ EXPR }}]\n    - tgt_type: list\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - kwarg: {a: {{ EXPR }}, b: 1}\n',
  'r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - >-\n          a {{ EXPR }}\n          b\n',
  'r_x:\n  local.test.arg:\n    - tgt: web1\n    - metadata: {k: {{ EXPR }}}\n# {{ EXPR }}\n',
  '{% load_yaml as y %}\nk: [{{ EXPR }}, 1]\n{% endload %}\n{% for one in y.k %}\nr{{ loop.index }}:\n  local.test.arg:\n    - tgt: web1\n    - arg: [{{ one }}]\n{% endfor %}\n',
  'r:\n  local.state.apply:\n    - tgt: web1\n    - args:\n        - pillar: {{ {"a": EXPR} }}\n',
] as const;

/** How many of them, from the first on, refuse nothing. */
const EVERYDAY = 12;

const data = (text: string) => ({ id: text, msg: text, n: text.length, list: [text, text], map: { [text || 'k']: text } });

/** Filters that follow one another in all orders. */
const FILTERS = [
  'upper',
  'lower',
  'trim',
  'title',
  'capitalize',
  'reverse',
  'string',
  'first',
  'last',
  "join(' ')",
  "replace('a', 'b')",
  "regex_replace('[a-z]', '')",
  'truncate(5)',
  'center(30)',
  'indent(4)',
  'quote',
  'yaml',
  'yaml(false)',
  'json',
  'tojson',
  'yaml_dquote',
  'yaml_squote',
  'yaml_encode',
  'e',
  'urlencode',
  'base64_encode',
  'base64_decode',
  "default('d')",
  'list',
  'sort',
  'unique',
  'length',
  'pprint',
  'python',
  'load_yaml',
  'load_json',
  "map('upper')",
  "select('string')",
  'batch(2)',
  'dictsort',
  'items',
  'to_bool',
  'int',
  'sequence',
  'to_snake_case',
  "format('x')",
  'wordwrap(4)',
  'striptags',
  'safe',
  'dict_to_sls_yaml_params',
  'regex_escape',
  'md5',
  "random_sample(1, seed='s')",
] as const;

const MINIONS = ['web1', 'db1', 'x'].map((id) => ({ id, grains: Dict.of({ id, os: 'Debian', roles: ['web'] }), pillar: null }));

/** What must not depend on a host: what is called, with how many arguments and which keys, and on whom. */
function shape(template: string, text: string) {
  const project = makeProject({
    settings: defaultSettings,
    entries: parseReactorConfig([{ path: 'reactor.conf', text: "reactor:\n  - 'x/*':\n    - /srv/r.sls\n" }]).entries,
    files: new Map([['/srv/r.sls', { text: template }]]),
  });
  const event = {
    tag: `x/${text || 'y'}` as Tag,
    data: fromPlain(data(text)) as Dict,
    uid: 'x:y:1' as Uid,
    stamp: 0,
    origin: { kind: 'platform', role: 'test' } as const,
  };
  const { reactions, problems } = react(project, event, { grains: null, now: 1_795_360_266_000, random: () => 0.5 });
  if (problems.length > 0) return null;
  return reactions.map(({ kind, fun, id, sls, args, kwargs, target }) => ({
    kind,
    fun,
    id,
    sls,
    args: args.length,
    keys: [...kwargs.keys()].map(String).sort(),
    hosts: target ? MINIONS.filter((minion) => matchTarget(target, minion) === true).map((minion) => minion.id) : [],
  }));
}

/** A text of a host that is nobody's name, whatever case it is written in. */
const hostile = fc
  .oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'{}[]:-#&*!|>\'"%@`,?\n\t \\a1$;()='), maxLength: 10 }),
  )
  .filter((text) => !MINIONS.some(({ id }) => text.toLowerCase().includes(id)));

const expression = fc
  .tuple(fc.constantFrom(...EXPRESSIONS), fc.array(fc.constantFrom(...FILTERS), { maxLength: 3 }))
  .map(([base, filters]) => [filters.length > 0 ? `(${base})` : base, ...filters].join('|'));

describe('hostile data', () => {
  it('either leaves the shape of a reaction and its hosts as they are, or is refused', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEMPLATES), expression, hostile, (template, expr, text) => {
        const source = template.replaceAll('EXPR', expr);
        const usual = shape(source, 'plain');
        const found = shape(source, text);
        if (usual !== null && found !== null) expect(found).toEqual(usual);
      }),
      { numRuns: Number(process.env.BRINE_RUNS ?? 700) },
    );
  });

  it('everyday data in everyday templates is not refused', () => {
    const refused = TEMPLATES.slice(0, EVERYDAY).flatMap((template) =>
      EXPRESSIONS.filter((expression) => shape(template.replaceAll('EXPR', expression), 'plain') === null).map(
        (expression) => `${template} with ${expression}`,
      ),
    );
    expect(refused).toEqual([]);
  });
});

describe('templates that mean harm end in an error', () => {
  it.each([
    ['{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}'],
    ['{{ range(10000000)|list }}'],
    ["{{ 'x' * 100000000 }}"],
    ["{{ '%99999999d' % 1 }}"],
    ["{{ '{:99999999}'.format(1) }}"],
    ['{{ 10 ** 1000000 }}'],
    ['{{ 9 ** 9 ** 9 ** 9 }}'],
    ["{{ ''.__class__.__mro__ }}"],
    ['{{ range.constructor("x")() }}'],
    ["{{ data['constructor']('x')() }}"],
    ['{{ data.__proto__.x }}'],
    ["{{ '{0.__class__}'.format(data) }}"],
    ["{{ '{0[__class__]}'.format(data) }}"],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['{% set l = [] %}{% for i in range(99999) %}{% do l.append(l) %}{% do l.extend(l) %}{% endfor %}'],
    ["{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'|regex_search('(a+)+$') ~ nope }}"],
    ["{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'|regex_match('(?=a)(a+)+$') ~ nope }}"],
    [`${'{{ ('.repeat(1)}${'('.repeat(5000)}1${')'.repeat(5000)}) }}`],
    ['{{ ([1]*1000)|product([1]*1000, [1]*1000)|list }}'],
    ["{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}"],
    ["{% set ns = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}"],
    ['{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}'],
    ['{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}'],
    ['{% set ns = namespace(s=data) %}{% for i in range(60) %}{% set ns.s = {"a": ns.s, "b": ns.s} %}{% endfor %}{{ ns.s }}'],
    ['{{ (range(9999)|list)|difference(range(9999)|list) }}'],
    ["{{ ('ab'*400000)|regex_search('(a|b)*c') }}"],
    [`{{ x${'.a'.repeat(20_000)} }}`],
    [`{{ 1${'|abs'.repeat(20_000)} }}`],
    [`{{ ${'1 + '.repeat(20_000)}1 }}`],
    ["{{ salt['cmd.run']('id') }}"],
    ["{{ salt.cmd.run('id') }}"],
    ["{% include '/etc/passwd' %}"],
  ])('%s', (template) => {
    const { calls, errors } = reactions({
      reactorConf: "reactor:\n  - 'x':\n    - /srv/r.sls\n",
      files: { '/srv/r.sls': `${template}\nr:\n  local.test.ping:\n    - tgt: web1\n` },
      event: { tag: 'x', data: { a: 1 } },
    });
    expect([calls, errors.length]).toEqual([[], 1]);
  });
});
