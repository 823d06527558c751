import { describe, expect, it } from 'vitest';
import { makeProject } from '../../../core/bundle.ts';
import type { Uid } from '../../../core/ids.ts';
import { encodeJobBody, parseJobBody } from '../../../core/job/body.ts';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { react } from '../../../core/reactor/react.ts';
import { defaultSettings, type Settings } from '../../../core/settings.ts';
import type { Tag } from '../../../core/tag.ts';
import { matchTarget } from '../../../core/target/match.ts';
import { Dict, fromPlain } from '../../../core/value.ts';

function run(
  files: Readonly<Record<string, string>>,
  { data = {}, ...compat }: Partial<Settings['compat']> & { data?: object } = {},
) {
  const paths = Object.keys(files);
  const text = `reactor:\n  - 'go':\n${paths.map((path) => `    - ${path}\n`).join('')}`;
  const project = makeProject({
    settings: { ...defaultSettings, compat: { ...defaultSettings.compat, ...compat } },
    entries: parseReactorConfig([{ path: 'reactor.conf', text }]).entries,
    files: new Map(Object.entries(files).map(([path, content]) => [path, { text: content }])),
  });
  const event = {
    tag: 'go' as Tag,
    data: fromPlain(data) as Dict,
    uid: 'x:y:1' as Uid,
    stamp: 0,
    origin: { kind: 'platform', role: 'test' } as const,
  };
  return react(project, event, { grains: null, now: 0, random: () => 0.5 });
}
const names = (found: ReturnType<typeof run>) => found.reactions.map(({ id, fun }) => `${id} ${fun}`);
const reaction = (id: string, fun = 'local.test.ping', more = '') => `${id}:\n  ${fun}:\n    - tgt: web1\n${more}`;

describe('the order in an event', () => {
  const mixed = `${reaction('z') + reaction('a', 'cmd.test.ping')}m:\n  runner.jobs.active: []\nb:\n  wheel.key.list_all: []\n`;

  it("is the files'", () => {
    expect(names(run({ '/srv/b.sls': mixed, '/srv/a.sls': reaction('c') }))).toEqual([
      'z test.ping',
      'a test.ping',
      'm jobs.active',
      'b key.list_all',
      'c test.ping',
    ]);
  });

  it("is Salt's on request: type as written, name, function", () => {
    expect(names(run({ '/srv/b.sls': mixed, '/srv/a.sls': reaction('c') }, { order: 'salt' }))).toEqual([
      'a test.ping',
      'c test.ping',
      'z test.ping',
      'm jobs.active',
      'b key.list_all',
    ]);
  });

  it.each(['file', 'salt'] as const)('heeds order: and then requisites (%s)', (order) => {
    const text =
      reaction('late', undefined, '    - order: last\n') +
      reaction('needs', undefined, '    - require:\n      - local: needed\n') +
      reaction('needed') +
      reaction('early', undefined, '    - order: first\n');
    expect(names(run({ '/srv/a.sls': text }, { order }))).toEqual([
      'early test.ping',
      'needed test.ping',
      'needs test.ping',
      'late test.ping',
    ]);
  });
});

describe('one ID in two files', () => {
  const files = {
    '/srv/a.sls': reaction('same', 'local.test.ping') + reaction('own'),
    '/srv/b.sls': reaction('same', 'local.test.version'),
  };
  it('runs both, each under its file', () => {
    const found = run(files);
    expect(names(found)).toEqual(['same test.ping', 'own test.ping', 'same test.version']);
    expect(found.reactions.map(({ sls }) => sls)).toEqual(['/srv/a.sls', '/srv/a.sls', '/srv/b.sls']);
  });
  it('runs the later alone where Salt is asked for', () => {
    expect(names(run(files, { ids: 'last' }))).toEqual(['own test.ping', 'same test.version']);
  });
  it('means the one of its own file in a requisite', () => {
    const found = run({
      '/srv/a.sls': reaction('same', 'local.test.ping'),
      '/srv/b.sls':
        reaction('first', undefined, '    - require:\n      - local: same\n') +
        reaction('same', 'local.test.version', '    - order: last\n'),
    });
    expect(names(found)).toEqual(['same test.ping', 'same test.version', 'first test.ping']);
    expect(found.problems).toEqual([]);
  });
});

describe('what a host wrote into a target', () => {
  it.each<[string, string, string, boolean]>([
    ['glob', "'{{ data.id }}'", '*', false],
    ['glob', "'{{ data.id }}'", 'web1', true],
    ['glob', "'web{{ data.id }}'", '?', false],
    ['compound', "'{{ data.id }} and G@os:Debian'", 'web1 or *', false],
    ['compound', "'G@os:{{ data.id }}'", '*', false],
    ['compound', "'db1 or {{ data.id }}'", 'web1', true],
    ['pcre', "'{{ data.id }}'", '.*', false],
    ['list', "'db1,{{ data.id }}'", 'x,web1', false],
  ])('is literal at the host too: %s %s of %s', (type, tgt, id, expected) => {
    const [found] = run(
      { '/srv/a.sls': `go:\n  local.test.ping:\n    - tgt: ${tgt}\n    - tgt_type: ${type}\n` },
      { data: { id } },
    ).reactions;
    if (!found?.target) throw new Error('no reaction');
    const sent = parseJobBody(encodeJobBody({ arg: [], kwarg: new Dict(), target: found.target }));
    expect(sent.target).toEqual(found.target);
    const host = { id: 'web1', grains: Dict.of({ os: 'CentOS' }), pillar: null };
    expect(matchTarget(sent.target, host, { unknownMatches: true })).toBe(expected);
  });
});
