/** docs/coming-from-salt.md, of the table of commands and of the table of differences. */
import type { CommandSpec } from '../cli/command.ts';
import { DIFFERENCES, type Difference } from './salt-differences.ts';

type Twin = readonly [salt: string, brine: string];

/** What of Salt's command line has no twin, and what to do instead. */
const NO_TWIN: readonly (readonly [salt: string, instead: string])[] = [
  ['salt-ssh, salt-cloud, salt-proxy, salt-syndic', 'not there'],
  ['salt-cp', 'a file of the project under `srv/salt/` that a job names as `salt://…`'],
  ['salt-api', 'the operator function: a URL with IAM authentication'],
  ['salt-master', '`cdk deploy`, or `brine dev` on a laptop'],
  ['salt-key --gen-keys, -p', 'a host makes its own key; `brine relay join` lets it in'],
  ['salt -a, -T, --username', 'AWS credentials; `operators:` in brine.yaml says who may do what'],
  ['salt --return, --return_config', 'returns are events on the bus; a rule of your own sends them on'],
  ['salt --module-executors, --executor-opts, -R', 'not there'],
  ['salt -c, --saltfile, -l, --log-file', '`--stack`, `AWS_ENDPOINT_URL` and `--project` say where; `BRINE_LOG` what is told'],
];

export function saltCommands(commands: readonly CommandSpec[]): string {
  const rows = commands.flatMap(({ name, salt, twins, examples }): readonly Twin[] =>
    salt === '' ? [] : (twins ?? [[salt, examples[0] ?? `brine ${name}`]]),
  );
  const differences: readonly [string, Difference][] = Object.entries(DIFFERENCES);
  return [
    table(
      ['typed at Salt', 'typed at Brine'],
      rows.map(([salt, brine]) => [code(salt), code(brine)]),
    ),
    'Options have the names that they have in Salt (`-C -E -L -G -P -N -S -I -J`, `-b`, `-t`, `-s`, `-v`, `-d`, `--out`, `--static`, `--async` …); `brine key` takes those of `salt-key` too (`-L`, `-a web9`, `-d web9`).',
    '',
    '## What has no twin',
    '',
    table(
      ['in Salt', 'here'],
      NO_TWIN.map(([salt, instead]) => [`\`${salt.replaceAll(', ', '`, `')}\``, instead]),
    ),
    '## What is printed otherwise, on purpose',
    '',
    'Everything else is the same, byte for byte, for the outputters nested, json, yaml, txt, raw and pprint: `test/cli/salt.test.ts` types the',
    'calls of a recording of Salt 3008.5 and fails when one of these rows stops being true.',
    '',
    table(
      ['name', 'Salt 3008.5', 'Brine', 'why'],
      differences.map(([name, { salt, brine, why }]) => [`\`${name}\``, salt, brine, why]),
    ),
  ].join('\n');
}

function code(text: string): string {
  return text.includes('`') ? text : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')}\n`;
}
