/** `brine reactor check [PATH…]`: every problem and trap of a project at once, `file:line:col code message (hint)`. */
import { createModules } from '../../agent/modules/index.ts';
import { checkProject, type Finding } from '../../core/author/check.ts';
import { BrineError, formatWhere } from '../../core/errors.ts';
import { EXIT, type Run } from '../command.ts';
import { openProject } from '../reactor/rehearsal.ts';

export const run: Run = async (context, paths, options) => {
  const functions = new Set((await createModules().all()).keys());
  const dirs = (paths[0] as readonly string[] | undefined) ?? [];
  const findings = (dirs.length > 0 ? dirs : [undefined]).flatMap((dir): Finding[] => {
    try {
      const { project, problems } = openProject(context, options, dir);
      const errors = problems.map(({ code, text, where, hint }) => ({
        level: 'error' as const,
        code,
        text,
        where: where ?? { file: dir ?? '.' },
        hint,
      }));
      return [...errors, ...checkProject(project, { functions })];
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      return [
        { level: 'error', code: error.code, text: error.text, where: error.where ?? { file: dir ?? '.' }, hint: error.hint },
      ];
    }
  });
  if (options.json) context.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else {
    for (const { level, code, text, where, hint } of findings)
      context.stdout.write(
        `${formatWhere(where)} ${level === 'note' ? 'note ' : ''}${code} ${text}${hint ? ` (${hint.replaceAll('\\n', ' ⏎ ')})` : ''}\n`,
      );
    const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
    context.stderr.write(`${count('error')} errors, ${count('warning')} warnings, ${count('note')} notes\n`);
  }
  return findings.some(({ level }) => level === 'error') || (options.strict && findings.some(({ level }) => level === 'warning'))
    ? EXIT.failed
    : EXIT.ok;
};
