/** What `brine reactor explain` has to say of one event, as plain data: printed, or written as a page. */

import { termsOf, whyNot } from '../../core/author/explain.ts';
import { ranLines, type TakenAt } from '../../core/author/ran-lines.ts';
import { formatProblem, formatWhere, type Problem, type Where } from '../../core/errors.ts';
import { textOf } from '../../core/reactor/files.ts';
import type { Reaction, Reactions } from '../../core/reactor/reactions.ts';
import { DEFAULTS } from '../../core/sls/jinja/lexer.ts';
import { parseTemplate } from '../../core/sls/jinja/parser.ts';
import { readTemplate } from '../../core/sls/template.ts';
import { matchTarget } from '../../core/target/match.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import type { KnownMinion } from '../../project/known-minions.ts';
import { type Opened, shownProblem } from './open.ts';
import { type Rehearsed, rehearse, shapeOf } from './rehearsal.ts';
import type { StoredPlan } from './stored-plan.ts';

export interface SourceLine {
  readonly number: number;
  readonly text: string;
  /** Empty: nothing that runs. */
  readonly state: 'ran' | 'skipped' | '';
  /** Of an if or for: the way that was taken. */
  readonly note: string;
}

export interface Host {
  readonly id: string;
  readonly meant: boolean | 'unknown';
  readonly terms: readonly { readonly term: string; readonly answer: boolean | 'unknown'; readonly why: string }[];
}

export interface Report {
  readonly event: { readonly tag: string; readonly data: string };
  readonly entries: readonly {
    readonly glob: string;
    readonly where: string;
    readonly why: string | null;
    readonly files: readonly string[];
  }[];
  readonly files: readonly { readonly file: string; readonly lines: readonly SourceLine[] }[];
  readonly reactions: readonly {
    readonly id: string;
    readonly where: string;
    readonly call: string;
    readonly target: string | null;
    readonly hosts: readonly Host[];
  }[];
  readonly problems: readonly string[];
  /** How many hosts were asked about. */
  readonly minions: number;
  readonly plan: StoredPlan | null;
  readonly notes: readonly string[];
}

export interface Asked {
  readonly minions: readonly KnownMinion[];
  readonly plan: StoredPlan | null;
  readonly notes: readonly string[];
}

export function reportOn(opened: Opened, event: Rehearsed, { minions, plan, notes }: Asked): Report {
  const { project, shown } = opened;
  const taken = new Map<string, Set<number>>();
  const told: { key: string; note: string }[] = [];
  const result = rehearse(project, event, {
    minions,
    branch: (file, { line, col }, way) => {
      const key = `${file}:${line}:${col}`;
      taken.set(key, (taken.get(key) ?? new Set()).add(way));
      told.push({ key: `${file}:${line}`, note: way < 0 ? 'not taken' : way === 0 ? 'taken' : `branch ${way + 1} taken` });
    },
  });
  const files = new Set([
    ...result.matched.flatMap((one) => one.files),
    ...told.map(({ key }) => key.slice(0, key.lastIndexOf(':'))),
  ]);
  const place = (where: Where) => formatWhere(shown(where));
  return {
    event: { tag: event.tag, data: dumpYaml(event.data) },
    entries: project.entries.map(({ index, glob, where }) => ({
      glob,
      where: place(where),
      why: whyNot(event.tag, glob),
      files: (result.matched.find((entry) => entry.entry === index)?.files ?? []).map((file) => shown({ file }).file as string),
    })),
    files: [...files].map((file) => ({
      file: shown({ file }).file as string,
      lines: linesOf(opened, file, {
        taken: ({ line, col }) => taken.get(`${file}:${line}:${col}`),
        told: told.filter(({ key }) => key.startsWith(`${file}:`)),
      }),
    })),
    reactions: reactionsOf(result, opened, minions).map((reaction) => ({ ...reaction, where: place(reaction.where) })),
    problems: problemsOf(opened, result).map((problem) => formatProblem(shownProblem(problem, opened))),
    minions: minions.length,
    plan,
    notes,
  };
}

/** Of the project as it was read, then of the reactions; a file that is not there is told by both. */
function problemsOf({ problems }: Opened, result: Reactions): readonly Problem[] {
  const at = ({ code, where }: Problem) => `${code} ${formatWhere(where ?? {})}`;
  const told = new Set(problems.map(at));
  return [...problems, ...result.problems.filter((problem) => !told.has(at(problem)))];
}

interface Ways {
  readonly taken: TakenAt;
  readonly told: readonly { readonly key: string; readonly note: string }[];
}

function linesOf({ project, files }: Opened, file: string, { taken, told }: Ways): readonly SourceLine[] {
  const source = textOf(project, file) ?? textOf({ files }, file) ?? '';
  let states: ReturnType<typeof ranLines> = new Map();
  try {
    const template = readTemplate(source, file, project.settings);
    if (template.pipe.includes('jinja')) {
      states = ranLines(parseTemplate(template.text, file, { ...DEFAULTS, ...template.options }), taken);
    }
  } catch {
    // what is no template is among the problems
  }
  return source
    .replace(/\n$/, '')
    .split('\n')
    .map((text, i) => {
      const notes = told.filter(({ key }) => key.endsWith(`:${i + 1}`)).map(({ note }) => note);
      return { number: i + 1, text, state: states.get(i + 1) ?? '', note: [...new Set(notes)].join(', ') };
    });
}

function reactionsOf({ reactions }: Reactions, { project }: Opened, minions: readonly KnownMinion[]) {
  const { nodegroups } = project.settings;
  return reactions.map((reaction) => ({
    id: reaction.id,
    where: reaction.where,
    call: dumpYaml(shapeOf(reaction)).trimEnd(),
    target: targetText(reaction),
    hosts: minions.flatMap((minion): Host[] => {
      if (!reaction.target) return [];
      const meant = matchTarget(reaction.target, minion, { nodegroups });
      return [{ id: minion.id, meant, terms: termsOf(reaction.target, minion, nodegroups) }];
    }),
  }));
}

function targetText({ target }: Reaction): string | null {
  if (!target) return null;
  return `${target.tgt_type} ${typeof target.tgt === 'string' ? target.tgt : target.tgt.join(', ')}`;
}
