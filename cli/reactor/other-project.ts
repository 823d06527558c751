/** What a project is held against: another directory, or a revision of its own git repository, written out beside and forgotten. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BrineError } from '../../core/errors.ts';

export interface OtherProject extends Disposable {
  readonly path: string;
  readonly name: string;
}

/** A directory counts over a revision of the same name. */
export function otherProject(against: string, { cwd, project }: { cwd: string; project: string }): OtherProject {
  const path = resolve(cwd, against);
  if (existsSync(path) && statSync(path).isDirectory()) return { path, name: against, [Symbol.dispose]: () => {} };
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', project, ...words], { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 512 * 1024 * 1024 });
  const out = mkdtempSync(join(tmpdir(), 'brine-against-'));
  const dispose = () => rmSync(out, { recursive: true, force: true });
  try {
    const prefix = git('rev-parse', '--show-prefix').toString().trim();
    const top = git('rev-parse', '--show-toplevel').toString().trim();
    const commit = git('rev-parse', '--verify', '--end-of-options', `${against}^{commit}`).toString().trim();
    writeFileSync(join(out, '.tar'), git('-C', top, 'archive', '--format=tar', `${commit}:${prefix}`));
    execFileSync('tar', ['-x', '-C', out, '-f', join(out, '.tar')]);
    rmSync(join(out, '.tar'));
    return { path: out, name: `${against} (${commit.slice(0, 12)})`, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    const said = String((error as { stderr?: Buffer }).stderr ?? '')
      .trim()
      .split('\n')[0];
    throw new BrineError({
      code: 'project.missing',
      text: `${against} is neither a directory nor a revision of git${said ? ` (${said})` : ''}`,
      hint: '--against ../before, --against HEAD~1',
    });
  }
}
