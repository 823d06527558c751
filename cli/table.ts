/** Every command, in the order of the README's table: names, help, examples and where the code is. */
import type { CommandSpec, OptionSpec } from './command.ts';

export const groups: Readonly<Record<string, string>> = {
  aws: 'the embedded AWS as a process of its own',
  relay: 'a relay, and what one asks of it',
  minion: 'a minion, and what one asks of it',
  key: 'minion keys: who may join',
  jobs: 'who was asked, who answered, what runs',
  minions: 'which hosts there are',
  failures: 'what failed, and where it went',
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

const out: readonly OptionSpec[] = [
  { flags: '--out <outputter>', help: 'nested, json, jsonl, yaml, txt, raw, pprint or quiet' },
  { flags: '--no-color', help: 'no colors' },
];
const quiet: OptionSpec = { flags: '-q, --quiet', help: 'do not say where it acts' };
const noParse: OptionSpec = { flags: '--no-parse <names>', help: 'keywords whose values stay text, with commas' };
const yes: OptionSpec = { flags: '-y, --yes', help: 'do not ask' };

export const commands: readonly CommandSpec[] = [
  {
    name: 'demo',
    args: '',
    summary: "the tutorial's two reactions, all the way round, on this machine",
    salt: '',
    options: [{ flags: '--once', help: 'end when every expected return came: 0, else 1 and the step that failed' }],
    examples: ['brine demo --once'],
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'dev',
    args: '',
    summary:
      'the whole system for a project, in one process on loopback, until Ctrl-C; files that are saved are taken over at once',
    salt: 'starting master and minions',
    options: [
      project,
      { flags: '--minion <id:grains>', help: 'a minion with grains, web1:os=CentOS,role=web; as often as wanted', many: true },
      { flags: '--data <dir>', help: 'keep everything there (else in memory, forgotten at the end)' },
      { flags: '--port <n>', help: 'port of the embedded AWS (a free one unless said)' },
    ],
    examples: ['brine dev --minion web1:os=CentOS,role=web --minion db1:os=Debian'],
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'run',
    args: '<target> <fun> [args...]',
    summary: 'a job: sends it, waits, prints each return, and names who did not answer',
    salt: 'salt',
    options: [
      ...targetOptions,
      { flags: '-t, --timeout <seconds>', help: 'how long to wait for answers (60)' },
      { flags: '--expires <seconds>', help: 'how long the job may wait for its host (900)' },
      { flags: '--async', help: 'print the job id and do not wait' },
      { flags: '--preview-target', help: 'print whom it would reach and send nothing' },
      { flags: '-s, --static', help: 'print all returns together at the end' },
      { flags: '--summary', help: 'count returns at the end' },
      { flags: '-v, --verbose', help: 'print the job id first' },
      { flags: '--progress', help: 'show how many have answered' },
      noParse,
      stack,
      quiet,
      ...out,
    ],
    examples: ["brine run '*' test.ping", "brine run -C 'G@os:CentOS and not web1' cmd.run 'uname -a'"],
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'call',
    args: '<fun> [args...]',
    summary: 'a function on a minion of this machine, through its control socket; its events go to the bus, or stay with it',
    salt: 'salt-call',
    options: [
      { flags: '--minion <id>', help: 'which minion of this machine' },
      { flags: '--retcode-passthrough', help: "end with the function's own return code" },
      noParse,
      ...out,
    ],
    examples: [
      "brine call --minion mysql1 event.fire_master '{state: refresh}' test1xtag",
      `brine call --minion mysql1 event.fire "{'data': 'some message'}" tag`,
    ],
    load: () => import('./commands/call.ts'),
  },
  {
    name: 'fire',
    args: '<tag> [data]',
    summary: 'an event from you: flat data',
    salt: 'salt-run event.send',
    options: [stack, quiet, { flags: '-v, --verbose', help: 'print its answer' }],
    examples: ["brine fire testtag '{id: mysql1}'"],
    load: () => import('./commands/fire.ts'),
  },
  {
    name: 'events',
    args: '[glob]',
    summary: "the live bus, or one minion's own: tag, tab, JSON",
    salt: 'salt-run state.event pretty=True, eventlisten.py',
    options: [
      { flags: '--pretty', help: 'over several lines, keys sorted' },
      { flags: '--json', help: 'one JSON object a line, types kept' },
      { flags: '--count <n>', help: 'end after so many' },
      { flags: '--where <path=value>', help: 'only events whose data has this value at this path', many: true },
      { flags: '--minion <id>', help: "that minion's own bus, through its control socket" },
      stack,
      quiet,
    ],
    examples: ["brine events --pretty 'salt/job/*'", 'brine events --minion mysql1 --count 3'],
    load: () => import('./commands/events.ts'),
  },
  ...keyCommands(),
  {
    name: 'jobs list',
    args: '',
    summary: 'the newest jobs',
    salt: 'salt-run jobs.list_jobs',
    options: [stack, { flags: '--limit <n>', help: 'how many (50)' }],
    examples: ['brine jobs list'],
    load: async () => ({ run: (await import('./commands/jobs.ts')).list }),
  },
  {
    name: 'jobs show',
    args: '<jid>',
    summary: 'a job: who was asked, who answered what',
    salt: 'salt-run jobs.lookup_jid',
    options: [stack, ...out],
    examples: ['brine jobs show 20261124105209091000_d6gdc5uxrod4t4oj'],
    load: async () => ({ run: (await import('./commands/jobs.ts')).show }),
  },
  {
    name: 'jobs active',
    args: '',
    summary: 'what runs now, asked of every host',
    salt: 'salt-run jobs.active',
    options: [stack, quiet, ...out],
    examples: ['brine jobs active'],
    load: async () => ({ run: (await import('./commands/jobs.ts')).active }),
  },
  {
    name: 'jobs kill',
    args: '<jid>',
    summary: 'end a job on every host that runs it',
    salt: "salt '*' saltutil.kill_job JID",
    options: [stack, quiet, ...out],
    examples: ['brine jobs kill 20261124105209091000_d6gdc5uxrod4t4oj'],
    load: async () => ({ run: (await import('./commands/jobs.ts')).kill }),
  },
  {
    name: 'minions list',
    args: '[glob]',
    summary: 'the ids of all minions',
    salt: 'salt-run manage.present',
    options: [stack],
    examples: ["brine minions list 'web*'"],
    load: async () => ({ run: (await import('./commands/minions.ts')).list }),
  },
  {
    name: 'minions show',
    args: '[glob]',
    summary: 'what the registry knows of minions, grains too',
    salt: 'salt-run cache.grains',
    options: [stack, ...out],
    examples: ['brine minions show web1'],
    load: async () => ({ run: (await import('./commands/minions.ts')).show }),
  },
  {
    name: 'minions status',
    args: '[glob]',
    summary: 'how each minion stands',
    salt: 'salt-run manage.status',
    options: [stack],
    examples: ['brine minions status'],
    load: async () => ({ run: (await import('./commands/minions.ts')).status }),
  },
  {
    name: 'runner',
    args: '<fun> [args...]',
    summary: 'a function of the platform: event.send, jobs.*, manage.*, reactor.list, test.*',
    salt: 'salt-run',
    options: [stack, quiet, noParse, ...out],
    examples: ['brine runner manage.up'],
    load: () => import('./commands/runner.ts'),
  },
  {
    name: 'wheel',
    args: '<fun> [args...]',
    summary: 'a wheel function: key.list_all, key.accept, key.reject, key.delete',
    salt: 'salt-run salt.wheel',
    options: [stack, quiet, noParse, ...out],
    examples: ['brine wheel key.list_all'],
    load: async () => ({ run: (await import('./commands/runner.ts')).wheel }),
  },
  {
    name: 'failures list',
    args: '',
    summary: 'every dead-letter place, in words',
    salt: '',
    options: [stack],
    examples: ['brine failures list'],
    load: async () => ({ run: (await import('./commands/failures.ts')).list }),
  },
  {
    name: 'failures retry',
    args: '<id>',
    summary: 'send what failed on its way again',
    salt: '',
    options: [stack, quiet],
    examples: ['brine failures retry recorder-1795360266-0a1b2c3d'],
    load: async () => ({ run: (await import('./commands/failures.ts')).retry }),
  },
  {
    name: 'failures drop',
    args: '<id>',
    summary: 'forget what failed',
    salt: '',
    options: [stack, quiet],
    examples: ['brine failures drop recorder-1795360266-0a1b2c3d'],
    load: async () => ({ run: (await import('./commands/failures.ts')).drop }),
  },
  {
    name: 'env',
    args: '',
    summary: 'print the variables with which aws, SDKs and cdk reach the embedded AWS',
    salt: '',
    options: [stack],
    examples: ['eval "$(brine env)"'],
    load: () => import('./commands/env.ts'),
  },
  {
    name: 'completion',
    args: '<shell>',
    summary: 'completion for bash, zsh or fish',
    salt: '',
    options: [],
    examples: ['eval "$(brine completion bash)"'],
    load: () => import('./commands/completion.ts'),
  },
];

function keyCommands(): readonly CommandSpec[] {
  const row = (
    name: 'list' | 'finger' | 'accept' | 'acceptAll' | 'reject' | 'remove',
    word: string,
    more: Pick<CommandSpec, 'args' | 'summary' | 'salt' | 'examples'>,
  ): CommandSpec => ({
    name: `key ${word}`,
    ...more,
    options: name === 'list' ? [stack, ...out] : name === 'finger' ? [stack] : [stack, quiet, yes],
    load: async () => ({ run: (await import('./commands/key.ts'))[name] }),
  });
  return [
    row('list', 'list', { args: '[glob]', summary: 'all keys, by state', salt: 'salt-key -L', examples: ['brine key list'] }),
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
