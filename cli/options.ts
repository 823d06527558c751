/** Options that several commands share. */
import type { OptionSpec } from './command.ts';

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

export const out: readonly OptionSpec[] = [
  {
    flags: '--out <outputter>',
    also: ['--output'],
    help: 'nested, json, jsonl, yaml, txt, raw, pprint, table, highstate or quiet',
  },
  {
    flags: '--out-indent <n>',
    also: ['--output-indent'],
    help: 'columns a level, for json, yaml and pprint; below 0 on one line',
  },
  { flags: '--out-file <file>', also: ['--output-file'], help: 'write returns into this file instead' },
  { flags: '--out-file-append', also: ['--output-file-append'], help: 'behind what the file holds' },
  { flags: '--no-color', also: ['--no-colour'], help: 'no colors' },
  { flags: '--force-color', also: ['--force-colour'], help: 'colors also where nobody looks' },
  {
    flags: '--state-output <how>',
    also: ['--state_output'],
    help: 'states as full, terse, mixed or changes; with _id their IDs instead of names',
  },
  { flags: '--state-verbose <bool>', also: ['--state_verbose'], help: 'False: leave out states that succeeded without changes' },
];
export const quiet: OptionSpec = { flags: '-q, --quiet', help: 'do not say where it acts' };
export const noParse: OptionSpec = { flags: '--no-parse <names>', help: 'keywords whose values stay text, with commas' };
export const logLevel: OptionSpec = {
  flags: '-l, --log-level <level>',
  help: 'taken and without effect: what an agent reports is in its own log (brine minion logs)',
};
export const yes: OptionSpec = { flags: '-y, --yes', help: 'do not ask' };

const include: readonly OptionSpec[] = [
  { flags: '--include-all', help: 'keys in every other state too' },
  { flags: '--include-accepted', help: 'accepted keys too' },
  { flags: '--include-rejected', help: 'rejected keys too' },
  { flags: '--include-denied', help: 'denied keys too' },
];

export function keyOptions(name: string): readonly OptionSpec[] {
  if (name === 'list')
    return [{ flags: '-l, --state <state>', also: ['--list'], help: 'acc, pre, un, rej, den or all' }, stack, ...out];
  if (name === 'finger') return [stack, ...out];
  return [...(/^(accept|acceptAll|reject)$/.test(name) ? include : []), stack, quiet, yes, ...out];
}

export const here: OptionSpec = { flags: '--minion <id>', help: 'which minion of this machine' };
