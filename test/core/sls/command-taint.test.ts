/** Commands whose words come from another host: they are words, wherever they stand, and never decide what runs. */
import { describe, expect, it } from 'vitest';
import { react } from '../../../core/reactor/react.ts';
import type { Tag } from '../../../core/tag.ts';
import { fromPlain, toPlain } from '../../../core/value.ts';
import { createHost } from '../../support/host.ts';
import { projectOf } from '../../support/project.ts';

/** One reaction to an event whose data is this: its arguments, or the code of its refusal. */
function reaction(body: string, data: object) {
  const project = projectOf({ 'reactor.conf': "reactor:\n  - 't':\n    - /srv/reactor/a.sls\n", '/srv/reactor/a.sls': body });
  const event = {
    tag: 't' as Tag,
    data: fromPlain(data) as never,
    uid: 'web1:aaaaaaaaaaaa2:1' as never,
    stamp: 0,
    origin: { kind: 'minion' } as never,
  };
  const { reactions, problems } = react(project, event, { grains: null, now: 0, random: () => 0 });
  if (problems.length > 0) return problems.map(({ code, text }) => `${code}: ${text}`).join();
  const [one] = reactions;
  return { args: one?.args, kwargs: Object.fromEntries(one?.kwargs ?? []), literal: one?.literalArgs };
}
const command = (text: string, x: string, more = '') =>
  reaction(`r:\n  local.cmd.run:\n    - tgt: '*'\n    - arg:\n      - ${JSON.stringify(text)}\n${more}`, { x });

describe('a keyword comes from the author', () => {
  const positional = (item: string, x: unknown) =>
    reaction(`r:\n  local.test.arg:\n    - tgt: '*'\n    - arg:\n      - first\n      - ${item}\n`, { x });

  it.each([
    ['shell=/tmp/evil', '"{{ data.x }}"'],
    ['runas=root', '{{ data.x }}'],
    ['python_shell=True', '{{ data.x | yaml_dquote }}'],
    ['template=jinja', '{{ data.x | json }}'],
    ['a=b', "'{{ data.x | trim }}'"],
  ])('%s stays a text, however it is written: %s', (x, item) => {
    expect(positional(item, x)).toEqual({ args: ['first', x], kwargs: {}, literal: [[1, 0]] });
  });

  it('where the host’s part begins goes with the job, so that a host reads the author’s names alone', () => {
    expect(positional('"sh{{ data.x }}"', 'ell=/tmp/evil')).toMatchObject({
      args: ['first', 'shell=/tmp/evil'],
      literal: [[1, 2]],
    });
    expect(positional('"n={{ data.x }}"', '5')).toMatchObject({ args: ['first', 'n=5'], literal: [[1, 2]] });
    expect(positional('timeout=5', '')).toMatchObject({ args: ['first', 'timeout=5'], literal: undefined });
  });

  it.each<[string, [number, number][], unknown, object]>([
    ['shell=/tmp/evil', [[0, 0]], ['shell=/tmp/evil'], {}],
    ['shell=/tmp/evil', [[0, 2]], ['shell=/tmp/evil'], {}],
    ['n=5', [[0, 2]], [], { n: 5n }],
    ['n={a: b}', [[0, 2]], [], { n: '{a: b}' }],
    ['n=[1, 2]', [[0, 2]], [], { n: '[1, 2]' }],
    ['n={a: b}', [], [], { n: { a: 'b' } }],
  ])('the host reads %s with %j', async (text, literal, arg, kwarg) => {
    const host = createHost();
    const found = await host.call('test.arg', [text], {}, { literal });
    host.close();
    const { args, kwargs } = toPlain(found.return) as { args: unknown; kwargs: Record<string, unknown> };
    expect(args).toEqual(arg);
    const own = Object.entries(kwargs).filter(([name]) => !name.startsWith('__'));
    expect(Object.fromEntries(own)).toEqual(toPlain(fromPlain(kwarg)));
  });
});

describe('what is run is the author’s', () => {
  it.each(['{{ data.x }}', '{{ data.x | quote }}', 'sudo {{ data.x }}', 'true && {{ data.x }}'])('%s is refused', (text) => {
    expect(command(text, 'uname')).toContain('as the command itself');
  });

  it.each([
    "{{ {'up': 'uptime', 'who': 'w'}[data.x] }}",
    "{{ {'up': 'uptime'}.get(data.x, 'true') }}",
    "{{ 'uptime' if data.x == 'up' else 'true' }}",
  ])('%s is a command that the author wrote', (text) => {
    expect(command(text, 'up')).toMatchObject({ args: ['uptime'] });
  });
});

describe('options that choose what runs are the author’s', () => {
  const option = (lines: string, data: object) =>
    reaction(`r:\n  local.cmd.run:\n    - tgt: '*'\n    - args:\n      - cmd: uptime\n${lines}`, data);

  it.each([
    ['      - shell: "{{ data.x }}"\n', { x: '/tmp/evil' }, 'is the shell of cmd.run'],
    ['      - runas: "{{ data.x }}"\n', { x: 'root' }, 'is the runas of cmd.run'],
    ['      - python_shell: {{ data.x }}\n', { x: 'True' }, 'is the python_shell of cmd.run'],
    ['      - env: {{ data.x | json }}\n', { x: { LD_PRELOAD: '/tmp/x.so' } }, 'a variable of the environment'],
    ['      - env:\n          "{{ data.x }}": 1\n', { x: 'BASH_ENV' }, 'a variable of the environment'],
    ['      - env:\n          PATH: "{{ data.x }}"\n', { x: '/tmp' }, 'a variable of the environment'],
    ['      - env:\n        - LD_PRELOAD: "{{ data.x }}"\n', { x: '/tmp/x.so' }, 'a variable of the environment'],
    ['      - stdin: "{{ data.x }}"\n      - template: jinja\n', { x: '{{ 1 }}' }, 'would be a template'],
  ])('%j', (lines, data, text) => {
    expect(option(lines, data)).toContain(text);
  });

  it('values of other variables, the directory and the input may be a host’s', () => {
    expect(
      option('      - env:\n          RELEASE: "{{ data.x }}"\n      - stdin: "{{ data.x }}"\n', { x: '1.2; $(reboot)' }),
    ).toMatchObject({
      kwargs: { stdin: '1.2; $(reboot)' },
    });
  });

  it('by position, too', () => {
    const more = "      - /\n      - ''\n      - '{{ data.x }}'\n";
    expect(command('uptime', 'root', more)).toContain('is the options of cmd.run');
    expect(command('uptime', 'root', '      - runas={{ data.x }}\n')).toContain('is the runas of cmd.run');
  });

  it('a script is named by the author, and its words are checked as a command’s', () => {
    const script = (source: string, args: string, x: string) =>
      reaction(`r:\n  local.cmd.script:\n    - tgt: '*'\n    - arg:\n      - ${source}\n      - ${args}\n`, { x });
    expect(script('"{{ data.x }}"', 'a', '/tmp/evil.sh')).toContain('names the script');
    expect(script('salt://a.sh', '"daily {{ data.x }}"', '--force')).toContain('begins with -');
    expect(script('salt://a.sh', '"daily {{ data.x }}"', 'web1')).toMatchObject({ args: ['salt://a.sh', 'daily web1'] });
  });

  it('code of an interpreter is no place for shell quotes', () => {
    const code = (x: string) =>
      reaction(
        `r:\n  local.cmd.exec_code:\n    - tgt: '*'\n    - arg:\n      - python3\n      - "print({{ data.x | quote }})"\n`,
        { x },
      );
    expect(code("\\') or exit(")).toContain('no shell’s');
    expect(code('web1')).toMatchObject({ args: ['python3', 'print(web1)'] });
  });
});

describe('quoted text stands where a shell reads quotes', () => {
  const HOSTILE = 'a; reboot $(id) `id` \'x\' "y"';

  it.each([
    ['inside single quotes', "echo '{{ data.x | quote }}'", 'inside quotes'],
    ['inside double quotes', 'echo "{{ data.x | quote }}"', 'inside quotes'],
    ['inside another shell’s text', 'sh -c "echo {{ data.x | quote }}"', 'inside quotes'],
    ['inside backticks', 'echo `echo {{ data.x | quote }}`', 'inside backticks'],
    ['in a comment', 'true # {{ data.x | quote }}', 'inside a comment'],
    ['in a here-document', 'cat <<EOF\n{{ data.x | quote }}\nEOF', 'here-document'],
    ['after a backslash', 'echo \\{{ data.x | quote }}', 'a backslash'],
    ['not quoted at all', 'echo {{ data.x }}', 'with the character'],
    ['quoted, then changed', 'echo {{ data.x | quote | upper }}', 'with the character'],
  ])('%s: refused', (_, text, found) => {
    expect(command(text, HOSTILE)).toContain(found);
  });

  it.each([
    ['by itself', 'echo {{ data.x | quote }}'],
    ['twice', 'echo {{ data.x | quote }} {{ data.x | quote }}'],
    ['after closed quotes', 'echo "a" \'b\' {{ data.x | quote }}'],
    ['beside them', 'echo "a"{{ data.x | quote }}'],
    ['in a substitution', 'echo $(echo {{ data.x | quote }})'],
    ['after a comment that has ended', '# why\necho {{ data.x | quote }}'],
    ['behind a # in a word', 'echo a#b {{ data.x | quote }}'],
    ['after an escaped backslash', 'echo \\\\ {{ data.x | quote }}'],
  ])('%s: taken', (_, text) => {
    expect(command(text, HOSTILE)).toMatchObject({ kwargs: {} });
  });

  it('plain words need no quotes, and may stand in them', () => {
    expect(command('echo \'{{ data.x }}\' "{{ data.x }}" {{ data.x }}', 'web1.example.com')).toMatchObject({
      args: ['echo \'web1.example.com\' "web1.example.com" web1.example.com'],
    });
  });
});
