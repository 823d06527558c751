/** The rows of docs/salt-compatibility.md, "What Salt drops in silence or dies of". */
import { describe, expect, it } from 'vitest';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { reactions } from '../../support/oracle.ts';

const PING = 'ok:\n  local.test.ping:\n    - tgt: web1\n';

describe('reactor.conf', () => {
  it.each<[string, string, string]>([
    ['a mapping instead of a list', "reactor:\n  'go':\n    - /srv/a.sls\n", '2:3'],
    ['a text instead of a list', 'reactor: /srv/list.yaml\n', '1:10'],
    ['two tags in one item', "reactor:\n  - 'a':\n      - /srv/a.sls\n    'b':\n      - /srv/a.sls\n", '4:5'],
    ['an item that is a text', 'reactor:\n  - /srv/a.sls\n', '2:5'],
    ['a tag that is no text', 'reactor:\n  - 123:\n    - /srv/a.sls\n', '2:5'],
    ['a tag without files', "reactor:\n  - 'go':\n", '2:10'],
    ['a tag without files below another', "reactor:\n  - 'a': /srv/a.sls\n  - 'go':   # nothing\n", '3:10'],
    ['a tag with a mapping', "reactor:\n  - 'go':\n      a: b\n", '3:7'],
    ['reactor: twice', "reactor: []\nreactor:\n  - 'go': /srv/a.sls\n", '2:1'],
  ])('%s', (_name, text, place) => {
    const { problems } = parseReactorConfig([{ path: 'reactor.conf', text }]);
    expect(problems.map(({ where }) => `${where?.line}:${where?.col}`)).toContain(place);
  });

  it('one path as a text is a list of one', () => {
    const { entries, problems } = parseReactorConfig([{ path: 'reactor.conf', text: "reactor:\n  - 'go': /srv/a.sls\n" }]);
    expect(problems).toEqual([]);
    expect(entries[0]?.paths).toEqual(['/srv/a.sls']);
  });
});

describe('a path', () => {
  it.each(['/srv//a.sls', '/srv/./a.sls', '/srv/b/../a.sls', 'srv/a.sls', 'salt://x/../a.sls'])(
    '%s is the file that a file system finds by it',
    (path) => {
      const { calls, errors } = reactions({
        reactorConf: `reactor:\n  - 'go': ${path}\n`,
        files: { '/srv/a.sls': PING, '/srv/salt/a.sls': PING },
        event: { tag: 'go', data: {} },
      });
      expect(errors).toEqual([]);
      expect(calls).toHaveLength(1);
    },
  );

  it('salt:// never leads out of file_roots', () => {
    const { calls, errors } = reactions({
      reactorConf: "reactor:\n  - 'go': salt://../a.sls\n",
      files: { '/srv/a.sls': PING },
      event: { tag: 'go', data: {} },
    });
    expect(calls).toEqual([]);
    expect(errors[0]?.code).toBe('reactor.missing_file');
  });
});

describe('what the old schema hands a runner of its own', () => {
  const kwargs = (text: string) =>
    reactions({
      reactorConf: "reactor:\n  - 'go': /srv/a.sls\n",
      files: { '/srv/a.sls': text },
      event: { tag: 'go', data: {} },
    }).calls.map((call) => call.kwargs);

  it('is the ID as name, and each of several names', () => {
    expect(kwargs('x:\n  runner.error.error:\n    - message: m\n')).toEqual([{ message: 'm', name: 'x' }]);
    expect(kwargs('x:\n  runner.error.error:\n    - names: [a, b]\n')).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('is the key of a function that has one, and nothing where arg and kwarg are given', () => {
    expect(kwargs('x:\n  wheel.config.apply:\n    - key: k\n    - value: v\n')).toEqual([{ key: 'k', value: 'v' }]);
    expect(kwargs('x:\n  runner.test.arg:\n    - arg: [1]\n    - kwarg: {a: 1}\n    - more: 2\n')).toEqual([{ a: 1 }]);
  });
});

describe('an SLS file', () => {
  const run = (text: string) =>
    reactions({
      reactorConf: "reactor:\n  - 'go':\n    - /srv/a.sls\n    - /srv/ok.sls\n",
      files: { '/srv/a.sls': text, '/srv/ok.sls': PING },
      event: { tag: 'go', data: {} },
    });

  it.each<[string, string]>([
    ['a list at the top', '- a\n'],
    ['include', 'include:\n  - foo\n'],
    ['extend', 'extend:\n  a: {}\n'],
    ['an ID that is a number', '1:\n  local.test.ping:\n    - tgt: web1\n'],
    ['no function', 'x:\n  local:\n    - tgt: web1\n'],
    ['two functions', 'x:\n  local.cmd.run:\n    - test.ping\n    - tgt: web1\n'],
    ['a mapping for a list', 'x:\n  local.cmd.run:\n    tgt: web1\n'],
    ['an unknown type', 'x:\n  foo.bar.baz:\n    - tgt: web1\n'],
    ['local without tgt', 'x:\n  local.test.ping: []\n'],
    ['an unknown runner', 'x:\n  runner.no.such: []\n'],
    ['the same ID twice', `${PING}${PING}`],
    ['nothing but white space', ' \n\n'],
    ['an undefined variable', 'x:\n  local.test.ping:\n    - tgt: {{ nope }}\n'],
    ['an ID that begins with two underscores', '__x:\n  local.test.ping:\n    - tgt: web1\n'],
    ['a nodegroup that nobody has', 'x:\n  local.test.ping:\n    - tgt: nope\n    - tgt_type: nodegroup\n'],
    ['one in a compound target', "x:\n  local.test.ping:\n    - tgt: 'web1 or N@nope'\n    - tgt_type: compound\n"],
    ['a compound target that is a number', 'x:\n  local.test.ping:\n    - tgt: 1.5\n    - tgt_type: compound\n'],
    ['an item of args that is nothing', 'x:\n  local.test.ping:\n    - tgt: web1\n    - args:\n      - a: 1\n      -\n'],
    ['args as a text of a mapping', "x:\n  local.test.ping:\n    - tgt: web1\n    - args: '{a: 1}'\n"],
    ['a keyword of caller that is no text', 'x:\n  caller.test.kwarg:\n    - args: {1: a}\n'],
    ['listen beside local', 'x:\n  local.test.ping:\n    - tgt: web1\n    - listen: [ok]\n'],
    ['a requisite beside named arguments of a runner', 'x:\n  runner.jobs.list_jobs:\n    - require: [ok]\n'],
    ['jinja alone', '#!jinja\nx: runner.manage.up\n'],
    ['a renderer without a name', '#!\nx: runner.manage.up\n'],
    ['YAML where JSON is said', '#!jinja|json\nx: runner.manage.up\n'],
    ['a value that is not there, below a renderer', '#!jinja|yaml\n{{ nope }}\n'],
    ['a requisite that names nothing', 'x:\n  local.test.ping:\n    - tgt: web1\n    - require:\n      - local: nowhere\n'],
  ])('%s is reported with its place, and the other file runs', (_name, text) => {
    const { calls, errors } = run(text);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]?.where).toMatch(/^\/srv\/a\.sls:\d+/);
    expect(calls.map(({ id }) => id)).toContain('ok');
  });

  it.each<[string, string, number]>([
    ['nothing', '', 1],
    ['an empty list', '[]\n', 1],
    ['names without a name', 'x:\n  local.test.ping:\n    - tgt: web1\n    - names: []\n', 2],
    ['numbers as JSON writes them', '#!json\n{"x": {"local.test.arg": [{"tgt": "web1"}, {"arg": [1e3, -2.5E-1]}]}}\n', 2],
    ['a template that says nothing', '{% if false %}x{% endif %}', 1],
    [
      'two functions of one type under an ID',
      'x:\n  local.test.ping:\n    - tgt: web1\n  local.test.version:\n    - tgt: web1\n',
      3,
    ],
    ['expr_form', 'x:\n  local.test.ping:\n    - tgt: G@os:CentOS\n    - expr_form: compound\n', 2],
    ['arg as one text', 'x:\n  local.cmd.run:\n    - tgt: web1\n    - arg: uptime\n', 2],
  ])('%s is no error', (_name, text, count) => {
    expect(run(text).calls).toHaveLength(count);
  });
});

describe('values that are no common ones', () => {
  const run = (arg: string) =>
    reactions({
      reactorConf: "reactor:\n  - 'go': /srv/a.sls\n",
      files: { '/srv/a.sls': `x:\n  local.test.arg:\n    - tgt: web1\n    - arg: ${arg}\n` },
      event: { tag: 'go', data: {} },
    });

  it('a set arrives as a list, pairs as lists of two', () => {
    expect(run('[!!set {a, b}]').calls[0]?.args).toEqual([['a', 'b']]);
    expect(run('[!!pairs [a: 1]]').calls[0]?.args).toEqual([[['a', 1]]]);
  });

  it('a list that holds itself is not sent', () => {
    const { calls, errors } = run('&a [1, *a]');
    expect(calls).toEqual([]);
    expect(errors[0]).toMatchObject({ code: 'reactor.arguments', where: '/srv/a.sls:2:3' });
  });
});
