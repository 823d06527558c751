/** The completion of each shell, in that shell. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionOf } from '../../cli/commands/completion.ts';
import { commands, groups } from '../../cli/table.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-completion-'));
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    writeFileSync(join(dir, shell), completionOf(shell, { commands, groups }));
});

afterAll(() => rmSync(dir, { recursive: true }));

/** What is offered behind `brine …`, its last word being typed. */
const ASK: Readonly<Record<string, (words: readonly string[]) => string>> = {
  bash: (words) => {
    const list = ['brine', ...words].map((word) => `'${word}'`).join(' ');
    return run(
      'bash',
      `source ${dir}/bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _brine; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  },
  // zsh completes only in a terminal of its own: one is made, and what it offers is listed.
  zsh: (words) =>
    run(
      'zsh',
      `zmodload zsh/zpty; zpty z 'TERM=dumb zsh -f -i'
       zpty -w z "autoload -Uz compinit; compinit -u -D; source ${dir}/zsh; PS1=; setopt nozle 2>/dev/null; print -r -- READ''Y"
       zpty -r -m z l '*READY*'
       zpty -w z "COMP_WORDS=(brine ${words.join(' ')}); COMP_CWORD=${words.length}; COMPREPLY=(); emulate ksh -c '_brine'; print -r -- BEG''IN \\$COMPREPLY EN''D"
       zpty -r -m z l '*BEGIN*END*'; print -r -- "\${\${l##*BEGIN }%% END*}" | tr ' ' '\\n'; zpty -d z`,
    ),
  fish: (words) => run('fish', `source ${dir}/fish; complete -C 'brine ${words.join(' ')}'`),
};

function run(shell: string, script: string): string {
  return execFileSync(shell, ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: dir } });
}

describe.each(['bash', 'zsh', 'fish'])('%s', (shell) => {
  const there = spawnSync(shell, ['-c', 'true']).status === 0;
  const offered = (typed: string) =>
    (ASK[shell] as (words: readonly string[]) => string)(typed.split(' '))
      .split('\n')
      .map((line) => line.split('\t')[0]?.trim())
      // zsh itself leaves out what does not begin like the word that is typed
      .filter((word) => word !== '' && (shell !== 'zsh' || word?.startsWith(typed.split(' ').at(-1) as string)));

  it.skipIf(!there).each([
    ['ru', ['run', 'runner']],
    ['key acc', ['accept', 'accept-all']],
    ['run --bat', ['--batch', '--batch-safe-limit', '--batch-safe-size', '--batch-wait']],
    ['key list --st', ['--stack', '--state', '--state-output', '--state-verbose']],
    ['reactor t', ['test']],
  ])('brine %s', (typed, words) => {
    expect(offered(typed).sort()).toEqual(words);
  });
});
