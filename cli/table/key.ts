/** `key …`: they differ in a word. */
import type { CommandSpec } from '../command.ts';
import { keyOptions } from '../options.ts';

export function keyCommands(): readonly CommandSpec[] {
  const row = (
    name: 'list' | 'finger' | 'accept' | 'acceptAll' | 'reject' | 'remove',
    word: string,
    more: Pick<CommandSpec, 'args' | 'summary' | 'salt' | 'twins' | 'examples'>,
  ): CommandSpec => ({
    name: `key ${word}`,
    ...more,
    options: keyOptions(name),
    load: async () => ({ run: (await import('../commands/key.ts'))[name] }),
  });
  return [
    row('list', 'list', {
      args: '[glob]',
      summary: 'all keys, by state',
      salt: 'salt-key -L',
      twins: [
        ['salt-key -L', 'brine key list'],
        ['salt-key -l un', 'brine key list -l un'],
        ['salt-key -L --out json', 'brine key list --out json'],
      ],
      examples: ['brine key list'],
    }),
    row('finger', 'finger', {
      args: '[glob]',
      summary: 'fingerprints of keys',
      salt: 'salt-key -F',
      examples: ['brine key finger web9'],
    }),
    row('accept', 'accept', {
      args: '<glob> [fingerprint]',
      summary: 'let a host in while it waits',
      salt: 'salt-key -a',
      examples: ['brine key accept web9'],
    }),
    row('acceptAll', 'accept-all', {
      args: '',
      summary: 'let all in that wait',
      salt: 'salt-key -A',
      examples: ['brine key accept-all --yes'],
    }),
    row('reject', 'reject', {
      args: '<glob> [fingerprint]',
      summary: 'refuse a key',
      salt: 'salt-key -r',
      examples: ['brine key reject web9'],
    }),
    row('remove', 'delete', {
      args: '<glob> [fingerprint]',
      summary: 'forget a key: its session, credentials and queue end',
      salt: 'salt-key -d',
      examples: ['brine key delete web9'],
    }),
  ];
}
