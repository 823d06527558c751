/** Steps 7–9: event → matching entries → SLS files → reactions. Pure: the Lambda, `brine reactor …` and tests call this one function. */
import { BrineError } from '../errors.ts';
import type { Event } from '../event.ts';
import { compileSls, type Draft, orderDrafts } from '../sls/compile.ts';
import { renderSls } from '../sls/render.ts';
import { findFiles } from './files.ts';
import { matchEntries } from './match.ts';
import type { MatchedEntry, Project, ReactionProblem, Reactions, World } from './reactions.ts';

export function react(project: Project, event: Event, world: World): Reactions {
  const matched: MatchedEntry[] = [];
  const problems: ReactionProblem[] = [];
  const drafts: Draft[] = [];
  for (const entry of matchEntries(project, event.tag)) {
    const files: string[] = [];
    for (const path of entry.paths) {
      const found = findFiles(project, path);
      if (found.length === 0) {
        problems.push({
          code: 'reactor.missing_file',
          text: `no file for ${path}`,
          where: entry.where,
          entry: entry.index,
          sls: path,
          hint: 'a path is looked up under the project first; check its spelling',
        });
      }
      for (const file of found) {
        files.push(file);
        drafts.push(...readSls(project, { event, world, file, entry: entry.index, problems }));
      }
    }
    matched.push({ entry: entry.index, glob: entry.glob, files });
  }
  return { matched, ...orderDrafts(drafts, problems, project.settings) };
}

interface Reading {
  readonly event: Event;
  readonly world: World;
  readonly file: string;
  readonly entry: number;
  readonly problems: ReactionProblem[];
}

/** What goes wrong in one file never stops the others. */
function readSls(project: Project, { event, world, file, entry, problems }: Reading): readonly Draft[] {
  try {
    const { node } = renderSls(project, { event, world, file });
    if (!node) return [];
    const compiled = compileSls(node, { sls: file, entry, event });
    problems.push(...compiled.problems.map((problem) => ({ ...problem, sls: file, entry })));
    return compiled.drafts;
  } catch (error) {
    if (!(error instanceof BrineError) || error.family === 'ours') throw error;
    const { code, text, where, hint, also } = error;
    problems.push({ code, text, where, hint, also, sls: file, entry });
    return [];
  }
}
