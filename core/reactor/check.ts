/** What can be said of a project before any event: problems and traps, with their places, all at once. `brine reactor check`; design section 8. */
import { BrineError, type ErrorCode, type Problem } from '../errors.ts';
import { parseUid } from '../ids.ts';
import { compileSls } from '../sls/compile.ts';
import { filterNames } from '../sls/jinja/filters.ts';
import { type Mention, mentionsOf, readTemplate, type Template, templatePath } from '../sls/template.ts';
import { parseTag } from '../tag.ts';
import { Dict } from '../value.ts';
import { parseYamlTree } from '../yaml/parse.ts';
import { findFiles, textOf } from './files.ts';
import { matchEntries } from './match.ts';
import { compileRules, translateGlob } from './pattern.ts';
import type { Project } from './reactions.ts';

export interface Finding extends Problem {
  /** `error`: it cannot work. `warning`: it works otherwise than it looks. */
  readonly severity: 'error' | 'warning';
}

export type Checked = Pick<Project, 'entries' | 'files' | 'settings'>;

/** `sources`: what the rules ask beside the tag. A file is checked once, however many entries name it. */
export function checkProject(project: Checked, sources: object = {}): readonly Finding[] {
  const files = new Set(project.entries.flatMap(({ paths }) => paths.flatMap((path) => findFiles(project, path))));
  return [
    ...project.entries.flatMap((entry) => checkEntry(project, entry)),
    ...[...files].flatMap((file) => checkFile(project, file)),
    ...checkIds(project, [...files]),
    ...compileRules(project.entries, sources).widenings.flatMap(({ entry, to, why }) => {
      const where = project.entries.find(({ index }) => index === entry)?.where;
      return /^a pattern has no/.test(why)
        ? []
        : [warning('check.widened', `the rule asks for ${JSON.stringify(to)}, since ${why}`, { where })];
    }),
  ];
}

function warning(code: ErrorCode, text: string, rest: Partial<Problem>): Finding {
  return { severity: 'warning', code, text, ...rest };
}

function checkEntry(project: Checked, { glob, paths, where }: Checked['entries'][number]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  if (translateGlob(glob).values.length === 0)
    findings.push(warning('check.never', `'${glob}' matches no tag: a range of its set runs backwards`, { where }));
  for (const path of paths) {
    const found = findFiles(project, path);
    if (found.length === 0)
      findings.push({ severity: 'error', code: 'reactor.missing_file', text: `no file for ${path}`, where });
    for (const file of found) {
      if (seen.has(file)) findings.push(warning('check.repeated', `'${glob}' names ${file} twice: it runs twice`, { where }));
      seen.add(file);
    }
  }
  const own = 'salt/job/20260101000000000000/ret/web1';
  if (matchEntries({ entries: [{ index: 0, glob, paths, where }] }, own).length > 0) {
    const acting = [...seen].find((file) => /^\s+(local|cmd)\./m.test(textOf(project, file) ?? ''));
    if (acting)
      findings.push(
        warning('check.loop', `'${glob}' matches the returns of the jobs that ${acting} sends`, {
          where,
          hint: 'narrow the tag',
        }),
      );
  }
  return findings;
}

function checkFile(project: Checked, file: string): Finding[] {
  const source = textOf(project, file);
  if (source === undefined) return [];
  try {
    const template = readTemplate(source, file, project.settings);
    const mentions = mentionsOf(template, file);
    return [
      ...mentions.flatMap((mention) => checkMention(project, mention, file)),
      ...(hasJinja(template) ? [] : checkPlain(template, file)),
    ];
  } catch (error) {
    if (!(error instanceof BrineError) || error.family === 'ours') throw error;
    const { code, text, where, hint, also } = error;
    return [{ severity: 'error', code, text, where: where ?? { file }, hint, also }];
  }
}

function checkMention(project: Checked, { kind, name, optional, where }: Mention, file: string): Finding[] {
  if (name === null || optional) return [];
  if (kind === 'filter' && !filterNames().has(name))
    return [{ severity: 'error', code: 'jinja.missing', text: `there is no filter '${name}'`, where }];
  if (kind !== 'template' || textOf(project, templatePath(name, file)) !== undefined) return [];
  return [
    {
      severity: 'error',
      code: 'jinja.missing',
      text: `there is no template ${name}`,
      where,
      hint: `make ${templatePath(name, file)}`,
    },
  ];
}

function hasJinja({ pipe, text }: Template): boolean {
  return pipe.includes('jinja') && /\{[{%#]|^\s*#\s*jinja2:/m.test(text);
}

/** A file without a template says the same for every event. */
function checkPlain({ text, skipped }: Template, file: string): Finding[] {
  if (text.trim() === '') return [];
  const tree = parseYamlTree(text, { file, line: (line) => line + skipped });
  if (!tree) return [];
  const event = {
    tag: parseTag('check'),
    data: new Dict(),
    uid: parseUid('operator:01ARZ3NDEKTSV4RRFFQ69G5FAV'),
    stamp: 0,
    origin: { kind: 'platform' as const, role: 'check' },
  };
  return compileSls(tree, { sls: file, entry: 0, event }).problems.map((problem) => ({ ...problem, severity: 'error' }));
}

/** IDs at the left margin that two files of one entry share: Salt keeps the later alone. */
function checkIds(project: Checked, files: readonly string[]): Finding[] {
  const places = new Map<string, { file: string; line: number }>();
  return files.flatMap((file) =>
    (textOf(project, file) ?? '').split('\n').flatMap((row, i) => {
      const id = /^([A-Za-z0-9_][\w .-]*):\s*(#.*)?$/.exec(row)?.[1];
      if (id === undefined) return [];
      const first = places.get(id);
      const where = { file, line: i + 1, col: 1 };
      if (!first) places.set(id, where);
      if (!first || first.file === file || !shareAnEntry(project, first.file, file)) return [];
      const text = `'${id}' stands in two files of one entry: Brine runs both, Salt the later alone`;
      return [warning('check.duplicate_id', text, { where, also: [first] })];
    }),
  );
}

function shareAnEntry(project: Checked, a: string, b: string): boolean {
  return project.entries.some(({ paths }) => {
    const found = paths.flatMap((path) => findFiles(project, path));
    return found.includes(a) && found.includes(b);
  });
}
