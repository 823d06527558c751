/** `salt[…]` and `ifelse` in reactor files: the event's own minion, settings, and functions that are filters, too. */
import { describe, expect, it } from 'vitest';
import { makeProject } from '../../../core/bundle.ts';
import type { Incarnation, MinionId, Uid } from '../../../core/ids.ts';
import { parseReactorConfig } from '../../../core/reactor/config.ts';
import { react } from '../../../core/reactor/react.ts';
import { defaultSettings } from '../../../core/settings.ts';
import type { Tag } from '../../../core/tag.ts';
import { type Dict, fromPlain } from '../../../core/value.ts';

const grains = fromPlain({
  id: 'web1',
  os: 'Debian',
  os_family: 'Debian',
  num_cpus: 4,
  roles: ['web', 'db'],
  ip: { v4: '10.0.0.5' },
  ipv4: ['10.0.0.5'],
}) as Dict;

function run(expr: string, data: Record<string, unknown> = {}) {
  const text = `r:\n  local.test.arg:\n    - tgt: web1\n    - arg:\n      - ${expr}\n`;
  const project = makeProject({
    settings: { ...defaultSettings, nodegroups: { web: 'G@roles:web' }, values: { brine: { stage: 'test' } } },
    entries: parseReactorConfig([{ path: 'reactor.conf', text: "reactor:\n  - 'x':\n    - /srv/r.sls\n" }]).entries,
    files: new Map([['/srv/r.sls', { text }]]),
  });
  const event = {
    tag: 'x' as Tag,
    data: fromPlain(data) as Dict,
    uid: 'x:y:1' as Uid,
    stamp: 0,
    origin: { kind: 'minion', id: 'web1' as MinionId, incarnation: 'i' as Incarnation, seq: 1 } as const,
  };
  const { reactions, problems } = react(project, event, { grains, now: 0, random: () => 0 });
  return problems.length > 0 ? `${problems[0]?.code}: ${problems[0]?.text}` : reactions[0]?.args[0];
}

describe("salt['…']", () => {
  it.each([
    ["{{ salt['grains.get']('os') }}", 'Debian'],
    ["{{ salt['grains.get']('ip:v4') }}", '10.0.0.5'],
    ["{{ salt.grains.get('nope', 'd') }}", 'd'],
    ["{{ salt['grains.get']('num_cpus') }}", 4n],
    ["{{ salt['grains.has_value']('os') }}", true],
    ["{{ salt['grains.equals']('os', 'Debian') }}", true],
    ["{{ salt['grains.filter_by']({'Debian': {'p': 'apache2'}, 'RedHat': {'p': 'httpd'}}).p }}", 'apache2'],
    ["{{ salt['grains.filter_by']({'x': 1, 'default': 2}, 'os') }}", 2n],
    [
      "{{ salt['grains.filter_by']({'De*': {'a': {'b': 1}}, 'base': {'a': {'c': 2}, 'd': 3}}, grain='os', base='base', merge={'d': 4})|json }}",
      null,
    ],
    ["{{ salt['match.glob']('web*') }}", true],
    ["{{ salt['match.pcre']('db') }}", false],
    ["{{ salt['match.list']('web1,web2') }}", true],
    ["{{ salt['match.list'](['web2']) }}", false],
    ["{{ salt['match.grain']('roles:w*') }}", true],
    ["{{ salt['match.grain_pcre']('os:^Deb') }}", true],
    ["{{ salt['match.ipcidr']('10.0.0.0/8') }}", true],
    ["{{ salt['match.compound']('G@os:Debian and not db*') }}", true],
    ["{{ salt['match.compound']('N@web') }}", true],
    ["{{ salt['match.filter_by']({'G@os:RedHat': 'r', 'web*': 'w'}) }}", 'w'],
    ["{{ salt['config.get']('brine:stage') }}", 'test'],
    ["{{ salt['hashutil.md5_digest']('a') }}", '0cc175b9c0f1b6a831c399e269772661'],
    ["{{ salt['hashutil.base64_b64encode']('a') }}", 'YQ=='],
    ["{{ ifelse('db*', 1, 'G@os:Debian', 2, 3) }}", 2n],
    ["{{ ifelse('db*', 1, default='n') }}", 'n'],
  ])('%s', (expr, expected) => {
    const found = run(expr);
    if (expected === null) expect(found).toEqual(fromPlain({ a: { b: 1, c: 2 }, d: 4 }));
    else expect(found).toEqual(expected);
  });

  it('what a host wrote is literal in a target there, too', () => {
    expect(run("{{ salt['match.glob'](data.g) }}", { g: '*' })).toBe(false);
    expect(run("{{ salt['match.compound'](data.g) }}", { g: 'web1 or x' })).toBe(false);
    expect(run('{{ ifelse(data.g, 1, 2) }}', { g: '*' })).toBe(2n);
  });

  it.each([['cmd.run'], ['saltutil.runner'], ['http.query'], ['pillar.get'], ['match'], ['file.read']])(
    '%s is not there, and the error lists what is',
    (name) => {
      expect(run(`{{ salt['${name}']('x') }}`)).toMatch(
        name === 'match' ? /jinja/ : /jinja\.missing: salt\['.*'\] is not there: .*grains\.get.*match\.compound/,
      );
    },
  );
});
