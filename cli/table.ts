/** Every command, in the order of the README's table: names, help, examples and where the code is. */
import type { CommandSpec } from './command.ts';
import { jobCommands } from './table/jobs.ts';
import { keyCommands } from './table/key.ts';
import { partCommands } from './table/parts.ts';
import { platformCommands } from './table/platform.ts';
import { reactorCommands } from './table/reactor.ts';
import { runCommands } from './table/run.ts';

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

export const commands: readonly CommandSpec[] = [
  ...partCommands,
  ...runCommands,
  ...keyCommands(),
  ...reactorCommands,
  ...jobCommands,
  ...platformCommands,
];
