/** What a host wrote is data: it never changes what a reaction is, whatever an everyday template does with it (salt-semantics 4.10). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
] as const;

const data = (text: string) => ({ id: text, msg: text, list: [text, text], map: { [text || 'k']: text } });

/** What must not depend on a host: what is called, how many arguments, which keys. */
function shape(template: string, text: string) {
  const { calls, errors } = reactions({
    reactorConf: "reactor:\n  - 'x/*':\n    - /srv/r.sls\n",
    files: { '/srv/r.sls': template },
    event: { tag: `x/${text || 'y'}`, data: data(text) },
  });
  return errors.length > 0
    ? null
    : calls.map(({ kind, fun, id, sls, args, kwargs }) => ({
        kind,
        fun,
        id,
        sls,
        args: args.length,
        keys: Object.keys(kwargs as object).sort(),
      }));
}

describe('hostile data', () => {
  it('either leaves the shape of a reaction as it is, or is refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TEMPLATES),
        fc.constantFrom(...EXPRESSIONS),
        fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 12 })),
        (template, expression, text) => {
          const source = template.replaceAll('EXPR', expression);
          const usual = shape(source, 'plain');
          const found = shape(source, text);
          if (usual !== null && found !== null) expect(found).toEqual(usual);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('everyday data in everyday templates is not refused', () => {
    const refused = TEMPLATES.slice(0, 12).flatMap((template) =>
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
