/** docs/brine.1: the man page, of the same table as `--help`. */

import { VERSION } from '../agent/version.ts';
import type { CommandSpec } from '../cli/command.ts';

export function manPage(commands: readonly CommandSpec[]): string {
  return [
    `.TH BRINE 1 "" "brine ${VERSION}" "User Commands"`,
    '.SH NAME',
    "brine \\- Salt's event system and reactor without a Salt master",
    '.SH SYNOPSIS',
    '.B brine',
    '\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]',
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...STATUS.flatMap(([status, text]) => ['.TP', `.B ${status}`, roff(text)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, text]) => ['.TP', `.B ${roff(name)}`, roff(text)]),
    '.SH SEE ALSO',
    '\\fIdocs/coming-from-salt.md\\fR has what is typed here instead of \\fBsalt\\fR(1), \\fBsalt-call\\fR(1), \\fBsalt-run\\fR(1) and \\fBsalt-key\\fR(1).',
    '',
  ].join('\n');
}

function commandLines({ name, args, summary, salt, options, examples }: CommandSpec): string[] {
  return [
    `.SS brine ${roff(`${name} ${args}`.trim())}`,
    roff(summary),
    ...(salt === '' ? [] : ['.br', roff(`In Salt: ${salt}`)]),
    ...options.flatMap(({ flags, help }) => ['.TP', `\\fB${roff(flags)}\\fR`, roff(help)]),
    '.PP',
    '.EX',
    ...examples.map((line) => roff(`    ${line}`)),
    '.EE',
  ];
}

const STATUS: readonly (readonly [string, string])[] = [
  ['0', 'Everything was done, and every host answered with return code 0.'],
  ['1', 'A host answered with another return code, or not at all; or the command failed.'],
  ['2', 'The target, or the glob of keys, matched nothing.'],
  ['64', 'A wrong option or argument; nothing was sent.'],
  ['69', 'The system, or a part of it, does not answer.'],
  ['77', 'You may not do this.'],
  ['130', 'Ended by Ctrl-C; the job goes on.'],
  ['255', 'brine call: there is no such function.'],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['BRINE_STACK', 'The stack to act on, account/region/name.'],
  ['AWS_ENDPOINT_URL', 'Another AWS than AWS: the embedded one, LocalStack, MiniStack.'],
  ['NO_COLOR, FORCE_COLOR', 'No colors, or colors also where nobody looks.'],
  ['BRINE_MINION_CONFIG, BRINE_MINION_ID, BRINE_DATA', 'Settings, id and state directory of the minion of this host.'],
];

/** Text as roff prints it: no backslash, hyphen or leading dot means anything. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replace(/[^\x00-\x7f]/gu, (char) => `\\[u${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}]`);
  return /^\s*[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
