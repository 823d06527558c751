/** Every command's `--help`, as it is printed 80 columns wide: the documents are made of it. */
import { PassThrough, Writable } from 'node:stream';
import type { CommandContext } from './command.ts';
import { buildProgram } from './main.ts';
import { commands, groups } from './table.ts';

export interface HelpPage {
  /** `run`, `key accept`; empty for the whole. */
  readonly name: string;
  readonly text: string;
}

export function helpPages(): HelpPage[] {
  const page = (name: string): HelpPage => {
    let text = '';
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    });
    const program = buildProgram(contextOf(sink), () => {});
    const words = name === '' ? [] : name.split(' ');
    const command = words.reduce((parent, word) => parent.commands.find((child) => child.name() === word) ?? parent, program);
    command.outputHelp();
    return { name, text };
  };
  return [page(''), ...commands.map(({ name }) => page(name))];
}

function contextOf(stdout: Writable): CommandContext {
  const signal = new AbortController().signal;
  return { env: {}, cwd: '/', stdin: new PassThrough(), stdout, stderr: stdout, commands, groups, signal };
}
