/** Every command, in the order of the README's table: names, help, examples and where the code is. */
import type { CommandSpec, OptionSpec } from './command.ts';

export const groups: Readonly<Record<string, string>> = {
  aws: 'the embedded AWS as a process of its own',
  relay: 'a relay, and what one asks of it',
  minion: 'a minion, and what one asks of it',
  key: 'minion keys: who may join',
  reactor: 'check, render, explain and test reactor files; nothing is sent',
};

export const stack: OptionSpec = {
  flags: '--stack <account/region/name>',
  help: 'the stack to act on (else BRINE_STACK, AWS_ENDPOINT_URL, a live .brine/, AWS)',
};
export const project: OptionSpec = {
  flags: '--project <dir>',
  help: 'the project directory (the working directory unless said)',
};

export const targetOptions: readonly OptionSpec[] = [
  { flags: '-C, --compound', help: 'the target is a compound expression' },
  { flags: '-E, --pcre', help: 'the target is a regular expression over ids' },
  { flags: '-L, --list', help: 'the target is a comma-separated list of ids' },
  { flags: '-G, --grain', help: 'the target is a grain glob, os:CentOS' },
  { flags: '-P, --grain-pcre', help: 'the target is a grain regular expression' },
  { flags: '-N, --nodegroup', help: 'the target is a nodegroup of brine.yaml' },
  { flags: '-S, --ipcidr', help: 'the target is an address or a subnet' },
  { flags: '-I, --pillar', help: 'the target is a pillar glob' },
  { flags: '-J, --pillar-pcre', help: 'the target is a pillar regular expression' },
];

export const commands: readonly CommandSpec[] = [
  {
    name: 'env',
    args: '',
    summary: 'print the variables with which aws, SDKs and cdk reach the embedded AWS',
    salt: '',
    options: [stack],
    examples: ['eval "$(brine env)"'],
    load: () => import('./commands/env.ts'),
  },
];
