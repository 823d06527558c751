/** Whose a tag is: the one rule that agent, relay and functions ask. Trust section 1. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseMinionId } from '../../core/ids.ts';
import { mayEmit, parseTag } from '../../core/tag.ts';

const web1 = parseMinionId('web1');

it.each<[string, boolean]>([
  ['myco/deploy', true],
  ['salty', true],
  ['saltx/auth', true],
  ['salt', false],
  ['salt/', false],
  ['salt/auth', false],
  ['salt/key', false],
  ['salt/presence/change', false],
  ['salt/run/20261122151106494646/ret', false],
  ['salt/reactor/x/error', false],
  ['salt/minion/web1/start', true],
  ['salt/minion/web1', false],
  ['salt/minion/web2/start', false],
  ['salt/minion/web1/../web2/start', true],
  ['salt/minion/web10/start', false],
  ['salt/beacon/web1/load/', true],
  ['salt/beacon/web2/load/', false],
  ['salt/job/20261122151106494646/ret/web1', true],
  ['salt/job/20261122151106494646/ret/web2', false],
  ['salt/job/20261122151106494646/ret/xweb1', false],
  ['salt/job/a/b/ret/web1', false],
  ['salt/job//ret/web1', false],
  ['salt/job/20261122151106494646/new', false],
  ['salt/job/20261122151106494646/ret/web1/more', false],
])('web1 and %s: %s', (tag, may) => {
  expect(mayEmit(web1, tag)).toBe(may);
});

it('under salt/ nothing is a host’s that does not name it, whatever the tag', () => {
  const part = fc.constantFrom('web1', 'web2', 'minion', 'beacon', 'job', 'ret', 'auth', '', '1', 'start');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const tag = ['salt', ...parts].join('/');
      const own = /^salt\/(minion|beacon)\/web1\/|^salt\/job\/[^/]+\/ret\/web1$/.test(tag);
      expect(mayEmit(web1, tag)).toBe(own);
    }),
  );
});

it.each<[string, unknown]>([
  ['nothing', ''],
  ['1,025 bytes', `${'ä'.repeat(512)}x`],
  ['two newlines in a row', 'a\n\nb'],
  ['half a surrogate pair', 'a\ud800'],
  ['a number', 1],
])('%s is no tag', (_, text) => {
  expect(() => parseTag(text)).toThrow(expect.objectContaining({ code: 'event.tag' }));
});

it('1 byte and 1,024 bytes are', () => {
  for (const text of ['x', 'ä'.repeat(512), ' ']) expect(parseTag(text)).toBe(text);
});
