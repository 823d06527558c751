/** Steps 7–9: event → matching entries → SLS files → reactions. Pure: the Lambda, `brine reactor …` and tests call this one function. */
import { BrineError } from '../errors.ts';
import type { Event } from '../event.ts';
import { isGlob } from '../glob.ts';
import { nearest } from '../nearest.ts';
import { compileSls, type Draft, orderDrafts } from '../sls/compile.ts';
import { renderSls } from '../sls/render.ts';
import { expandNodegroups, type Nodegroups, unknownNodegroups } from '../target/nodegroups.ts';
import { findFiles } from './files.ts';
import { matchEntries } from './match.ts';
import type { MatchedEntry, Project, ReactionProblem, Reactions, World } from './reactions.ts';

export function react(project: Project, event: Event, world: World): Reactions {
  const matched: MatchedEntry[] = [];
  const problems: ReactionProblem[] = [];
  const drafts: Draft[] = [];
  // What a reaction itself set off on the platform wakes no reaction, as in Salt (1.11).
  const own = event.origin.kind === 'platform' && /^salt\/(run|wheel)\//.test(event.tag);
  if (own && event.data.get('user') === 'Reactor') return { matched, reactions: [], problems };
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
        const sls = path.startsWith('salt://') ? file : !isGlob(path) ? path : path.startsWith('/') ? file : file.slice(1);
        drafts.push(...readSls(project, { event, world, file, sls, entry: entry.index, problems }));
      }
    }
    matched.push({ entry: entry.index, glob: entry.glob, files });
  }
  const { nodegroups } = project.settings;
  const known = drafts.flatMap((draft) => {
    if (!draft.target) return [draft];
    const unknown = unknownNodegroups(draft.target, nodegroups);
    problems.push(...unknown.map((name) => noNodegroup(name, draft, nodegroups)));
    return unknown.length > 0 ? [] : [{ ...draft, target: expandNodegroups(draft.target, nodegroups) }];
  });
  return { matched, ...orderDrafts(known, problems, project.settings) };
}

/** Also what a check says of a file. */
export function noNodegroup(name: string, { where, sls, id, entry }: Draft, groups: Nodegroups): ReactionProblem {
  const near = nearest(name, Object.keys(groups));
  const hint = near ? `did you mean ${near}?` : "nodegroups: in brine.yaml or in Salt's master file";
  return { code: 'reactor.target', text: `there is no nodegroup '${name}'`, where, sls, id, entry, hint };
}

interface Reading {
  readonly event: Event;
  readonly world: World;
  readonly file: string;
  /** The same as it is said: a relative path stays one. */
  readonly sls: string;
  readonly entry: number;
  readonly problems: ReactionProblem[];
}

/** What goes wrong in one file never stops the others. */
function readSls(project: Project, { event, world, file, sls, entry, problems }: Reading): readonly Draft[] {
  try {
    const { node } = renderSls(project, { event, world, file });
    if (!node) return [];
    const compiled = compileSls(node, { sls, entry, event });
    problems.push(...compiled.problems.map((problem) => ({ ...problem, sls, entry })));
    return compiled.drafts;
  } catch (error) {
    if (!(error instanceof BrineError) || error.family === 'ours') throw error;
    const { code, text, where, hint, also } = error;
    problems.push({ code, text, where, hint, also, sls, entry });
    return [];
  }
}
