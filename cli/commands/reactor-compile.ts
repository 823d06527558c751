/** `brine reactor compile`: the EventBridge rules of a project, what they use of the quotas, and each widening with its reason and its price. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import { matchGlob } from '../../core/glob.ts';
import { compileEventPattern } from '../../core/reactor/event-pattern.ts';
import { compileRules } from '../../core/reactor/pattern.ts';
import { EXIT, type Run } from '../command.ts';
import { openProject } from '../reactor/open.ts';

export const run: Run = async (context, _args, options) => {
  const { project, problems } = openProject(context, options);
  const { rules, widenings } = compileRules(project.entries, { source: ['brine.minion', 'brine.platform', 'brine.operator'] });
  const tags = readTags(options.events as string | undefined, context.cwd);
  const compiled = rules.map(({ pattern }) => compileEventPattern(JSON.stringify(pattern)));
  const letIn = tags.filter((tag) => compiled.some((one) => one.matches({ source: 'brine.minion', detail: { tag: [tag] } })));
  const meant = tags.filter((tag) => project.entries.some(({ glob }) => matchGlob(tag, glob)));
  if (options.json)
    context.stdout.write(
      `${JSON.stringify({ rules, widenings, events: tags.length, started: letIn.length, meant: meant.length }, null, 2)}\n`,
    );
  else {
    for (const [i, { pattern, complexity, characters, entries }] of rules.entries())
      context.stdout.write(
        `rule ${i + 1}: ${entries.length} entries, complexity ${complexity} of 10, ${characters} of 2048 characters\n  ${JSON.stringify(pattern)}\n`,
      );
    const wild = rules.filter(({ complexity }) => complexity > 0).length;
    context.stdout.write(`${rules.length} of 290 rules, ${wild} of 30 with wildcards\n`);
    for (const { glob, to, why } of widenings) context.stdout.write(`'${glob}' → ${JSON.stringify(to)}: ${why}\n`);
    if (tags.length > 0)
      context.stdout.write(
        `of ${tags.length} events ${letIn.length} start the reactor, ${letIn.length - meant.length} of them for nothing (${percent(letIn.length - meant.length, letIn.length)})\n`,
      );
  }
  for (const problem of problems) context.stderr.write(`${problem.text}\n`);
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
};

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : ((100 * part) / whole).toFixed(1)} %`;
}

/** A tag a line, as `brine events` prints them: what follows a tab is left out. */
function readTags(file: string | undefined, cwd: string): readonly string[] {
  if (file === undefined) return [];
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new BrineError({ code: 'lint.event', text: 'there is no such file', where: { file } });
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split('\t')[0] as string)
    .filter((tag) => tag !== '');
}
