/** `reactor …`: what one does with reactor files before they are deployed. */
import type { CommandSpec } from '../command.ts';
import { project } from '../options.ts';

export const reactorCommands: readonly CommandSpec[] = [
  {
    name: 'reactor check',
    args: '[paths...]',
    summary:
      'every problem and trap of reactor.conf and SLS files at once, with its place; also of a Salt master’s own directory',
    salt: '',
    options: [
      project,
      { flags: '--json', help: 'as JSON' },
      { flags: '--strict', help: 'warnings fail too' },
      { flags: '--brine', help: 'of a Salt master’s directory: also what concerns Brine alone' },
    ],
    examples: ['brine reactor check', 'brine reactor check /etc/salt', 'brine reactor check srv/reactor/start.sls'],
    load: () => import('../commands/reactor-check.ts'),
  },
  {
    name: 'reactor render',
    args: '<file>',
    summary: "the three stages of an SLS file for an event: Jinja's text, YAML, reactions; nothing is sent",
    salt: '',
    options: [
      project,
      { flags: '--event <file>', help: 'the event: YAML or JSON with tag and data; - for standard input' },
      { flags: '--minions <file>', help: 'hosts with their grains, for files that ask for them' },
      { flags: '--json', help: 'as JSON' },
    ],
    examples: ['brine reactor render srv/reactor/start.sls --event event.yaml'],
    load: () => import('../commands/reactor-render.ts'),
  },
  {
    name: 'reactor explain',
    args: '',
    summary: 'why each entry did or did not match an event, which branches ran, which hosts are meant and why',
    salt: '',
    options: [
      project,
      {
        flags: '--event <file|uid>',
        help: 'YAML or JSON with tag and data, - for standard input; or the uid of an event of a running system',
      },
      { flags: '--minions <file>', help: 'hosts, [{id, grains, pillar}]; else those of brine.yaml, or of the running system' },
      { flags: '--stack <account/region/name>', help: 'the running system, for a uid' },
      { flags: '--html <file>', help: 'as one page' },
      { flags: '--json', help: 'as JSON' },
    ],
    examples: [
      'brine reactor explain --event event.yaml --minions minions.yaml',
      'brine reactor explain --event operator:01M8DM73YM8T2MVCQKHDB0D2E3 --html why.html',
    ],
    load: () => import('../commands/reactor-explain.ts'),
  },
  {
    name: 'reactor compile',
    args: '',
    summary: 'the EventBridge rules of reactor.conf, what they use of the quotas, and each widening with its reason',
    salt: '',
    options: [
      project,
      {
        flags: '--events <file>',
        help: 'a recording, as brine events writes it, or tags: how many would start the reactor for nothing',
      },
      { flags: '--json', help: 'as JSON' },
    ],
    examples: ['brine reactor compile'],
    load: () => import('../commands/reactor-compile.ts'),
  },
  {
    name: 'reactor test',
    args: '[dir]',
    summary: 'runs *.rtest.yaml: event → expected reactions, with diffs and the branches that no test took',
    salt: '',
    options: [
      project,
      { flags: '--filter <text>', help: 'only tests whose file or name holds this' },
      { flags: '--update', help: 'write what was seen into the files; comments and order stay' },
      { flags: '--html <file>', help: 'as one page' },
      { flags: '--json', help: 'as JSON' },
    ],
    examples: ['brine reactor test'],
    load: () => import('../commands/reactor-test.ts'),
  },
  {
    name: 'reactor backtest',
    args: '',
    summary: 'what recorded events would lead to now, and which of them otherwise than with another directory or revision',
    salt: '',
    options: [
      project,
      { flags: '--events <file>', help: 'a recording, as brine events or state.event writes it; - for standard input' },
      { flags: '--against <dir|revision>', help: 'another project, or a revision of git: only differences fail' },
      { flags: '--minions <file>', help: 'hosts with their grains, for files that ask for them' },
      { flags: '--all', help: 'every difference and problem, not the twenty most frequent' },
      { flags: '--json', help: 'as JSON' },
    ],
    examples: ['brine reactor backtest --events recorded', 'brine reactor backtest --events recorded --against HEAD~1'],
    load: () => import('../commands/reactor-backtest.ts'),
  },
];
