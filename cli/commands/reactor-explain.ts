/** `brine reactor explain --event FILE`: for every entry why it did or did not match, which lines ran, which hosts are meant and why. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { termsOf, whyNot } from '../../core/author/explain.ts';
import { formatProblem, formatWhere } from '../../core/errors.ts';
import { matchTarget } from '../../core/target/match.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { EXIT, type Run } from '../command.ts';
import { openProject } from '../reactor/open.ts';
import { page } from '../reactor/page.ts';
import { readEvent, readMinions, rehearse, shapeOf } from '../reactor/rehearsal.ts';

export const run: Run = async (context, _args, options) => {
  const { project } = openProject(context, options);
  const event = await readEvent(context, options);
  const minions = readMinions(context, options);
  const taken: { file: string; line: number; taken: number }[] = [];
  const result = rehearse(project, event, { minions, branch: (file, line, which) => taken.push({ file, line, taken: which }) });
  const { nodegroups } = project.settings;
  const entries = project.entries.map(({ index, glob, where }) => ({
    glob,
    where: formatWhere(where),
    why: whyNot(event.tag, glob),
    files: result.matched.find((entry) => entry.entry === index)?.files ?? [],
  }));
  const reactions = result.reactions.map((reaction) => ({
    id: reaction.id,
    where: formatWhere(reaction.where),
    call: dumpYaml(shapeOf(reaction)).trimEnd(),
    hosts: minions
      .map((minion) => {
        if (!reaction.target) return null;
        const answer = matchTarget(reaction.target, minion, { nodegroups });
        return { id: minion.id, meant: answer, terms: termsOf(reaction.target, minion, nodegroups) };
      })
      .filter((host) => host !== null),
  }));
  const branches = taken.map((one) => ({
    ...one,
    what: one.taken < 0 ? 'not taken' : one.taken === 0 ? 'taken' : `branch ${one.taken + 1} taken`,
  }));
  const problems = result.problems.map(formatProblem);
  const report = { event: { tag: event.tag, data: dumpYaml(event.data) }, entries, branches, reactions, problems };
  if (typeof options.html === 'string') {
    writeFileSync(resolve(context.cwd, options.html), page('explain', report));
    context.stderr.write(`written to ${options.html}\n`);
  } else if (options.json) context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const { stdout } = context;
    stdout.write(`event ${event.tag}\n\nentries\n`);
    for (const { glob, where, why, files } of entries)
      stdout.write(
        why === null ? `  ✓ '${glob}' (${where}): ${files.join(', ') || 'no file'}\n` : `  – '${glob}' (${where}): ${why}\n`,
      );
    if (branches.length > 0) stdout.write('\nbranches\n');
    for (const { file, line, what } of branches) stdout.write(`  ${file}:${line} ${what}\n`);
    stdout.write(`\nreactions${reactions.length === 0 ? ': none' : ''}\n`);
    for (const { id, where, call, hosts } of reactions) {
      stdout.write(`  ${id} (${where})\n${call.replace(/^/gm, '    ')}\n`);
      for (const host of hosts)
        stdout.write(
          `    ${host.meant === true ? '✓' : '–'} ${host.id}: ${host.terms.map(({ term, answer }) => `${term} ${answer === true ? 'yes' : answer === false ? 'no' : 'unknown'}`).join(', ')}\n`,
        );
    }
    for (const problem of problems) stdout.write(`${problem}\n`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
};
