/** What an author wants to hear before an event comes: problems and traps of a project, each with its place. Nothing is rendered and nothing is sent. */
import type { Where } from '../errors.ts';
import type { Event } from '../event.ts';
import { parseUid } from '../ids.ts';
import { findFiles, textOf } from '../reactor/files.ts';
import { noNodegroup } from '../reactor/react.ts';
import type { Project, ReactorEntry } from '../reactor/reactions.ts';
import { compileSls, type Draft, orderDrafts } from '../sls/compile.ts';
import { DEFAULTS } from '../sls/jinja/lexer.ts';
import { parseTemplate } from '../sls/jinja/parser.ts';
import { mentionsOf, readTemplate } from '../sls/template.ts';
import { parseTag } from '../tag.ts';
import { unknownNodegroups } from '../target/nodegroups.ts';
import { Dict } from '../value.ts';
import { type AuthorCall, callsOf } from './calls.ts';
import { checkCall } from './check-call.ts';
import { checkEntries } from './check-entries.ts';
import { checkComments, checkMentions, checkTemplate, sayError, type TemplateContext } from './check-template.ts';
import { collect, type Finding, type Say, tidy } from './finding.ts';
import { overlap } from './glob-overlap.ts';
import { checkLoops, type Fired, firedBy } from './loops.ts';
import { outlineOf } from './outline.ts';
import { type Settled, settle } from './settle.ts';

export interface CheckOptions {
  /** Functions that Brine's hosts have of themselves; absent: only Salt's are known. */
  readonly functions?: ReadonlySet<string> | undefined;
  /** Runners of Brine's platform, and its wheel functions as `wheel.…`. */
  readonly platform?: ReadonlySet<string> | undefined;
  /** Functions of the project's own modules. */
  readonly custom?: ReadonlySet<string>;
}

interface FileRead {
  readonly file: string;
  readonly entries: readonly ReactorEntry[];
  readonly calls: readonly AuthorCall[];
  readonly drafts: readonly Draft[];
}

export function checkProject(project: Project, options: CheckOptions = {}): readonly Finding[] {
  const { findings, say } = collect();
  findings.push(...checkEntries(project));
  const named = new Map<string, ReactorEntry[]>();
  for (const entry of project.entries)
    for (const file of new Set(entry.paths.flatMap((path) => findFiles(project, path))))
      named.set(file, [...(named.get(file) ?? []), entry]);
  const files = [...named].map(([file, entries]) => readFile(project, { file, entries, options, say }));
  checkIds(files, say);
  checkRequisites(project, files, say);
  checkNodegroups(project, files, say);
  const ofEntry = new Map<ReactorEntry, string[]>();
  for (const [file, entries] of named) for (const entry of entries) ofEntry.set(entry, [...(ofEntry.get(entry) ?? []), file]);
  const filesOf = (entry: ReactorEntry) => ofEntry.get(entry) ?? [];
  checkLoops(project.entries, files.flatMap(firedIn), filesOf, say);
  return tidy(findings);
}

/** A function that stands in several variants fires once. */
function firedIn({ file, calls }: FileRead): readonly Fired[] {
  const found = new Map<string, Fired>();
  for (const one of calls.flatMap((call) => firedBy(call, file)))
    found.set(`${one.where.line}:${one.where.col} ${one.glob}`, one);
  return [...found.values()];
}

interface Reading {
  readonly file: string;
  readonly entries: readonly ReactorEntry[];
  readonly options: CheckOptions;
  readonly say: Say;
}

function readFile(project: Project, { file, entries, options, say }: Reading): FileRead {
  const nothing: FileRead = { file, entries, calls: [], drafts: [] };
  const source = textOf(project, file);
  if (source === undefined) {
    say('error', 'reactor.missing_file', 'this is no text, or above 1 MB', { file });
    return nothing;
  }
  try {
    const template = readTemplate(source, file, project.settings);
    const context: TemplateContext = { project, file, globs: entries.map(({ glob }) => glob), say };
    if (!template.pipe.includes('jinja'))
      return readVariants([settle(plainText(template.text, file), file)], nothing, { options, say });
    const statements = parseTemplate(template.text, file, { ...DEFAULTS, ...template.options });
    checkMentions(mentionsOf(template, file), context);
    checkComments(source, context);
    const load = (path: string) => textOf(project, path);
    const outline = outlineOf({ statements, file, options: template.options, load });
    checkTemplate(statements, outline, context);
    return readVariants(
      outline.variants.map((variant) => settle(variant, file)),
      nothing,
      { options, say },
    );
  } catch (error) {
    sayError(error, file, say);
    return nothing;
  }
}

function plainText(text: string, file: string) {
  return { segments: [{ part: text, where: { file, line: 1, col: 1 }, guards: [] }] };
}

const EVENT: Event = {
  tag: parseTag('check'),
  data: new Dict(),
  uid: parseUid('operator:01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  stamp: 0,
  origin: { kind: 'platform', role: 'check' },
};

function readVariants(
  variants: readonly Settled[],
  read: FileRead,
  { options, say }: Pick<Reading, 'options' | 'say'>,
): FileRead {
  const calls: AuthorCall[] = [];
  const drafts: Draft[] = [];
  const { file } = read;
  for (const settled of variants) {
    if (settled.problem) sayError(settled.problem, file, say);
    if (!settled.tree || settled.open(settled.tree)) continue;
    const open = openPlaces(settled);
    const compiled = compileSls(settled.tree, { sls: file, entry: 0, event: EVENT });
    drafts.push(...compiled.drafts);
    for (const { code, text, where, hint, also } of compiled.problems) {
      // What stands there is not known, or is told better by a rule.
      if ((code !== 'reactor.tainted' || text.startsWith("'args' is a text")) && open.has(placeOf(where))) continue;
      if (code === 'reactor.tainted' && /shell command of \S+ with|has the character/.test(text)) continue;
      const [, runner = ''] = /^runner function (\S+) is not available/.exec(text) ?? [];
      if (options.custom?.has(`runner ${runner}`)) {
        say(
          'note',
          'lint.function',
          `${runner} is a runner of the project's own: Brine's platform does not have it`,
          where ?? { file },
          { onlyBrine: true },
        );
        continue;
      }
      say('error', code, text, where ?? { file }, { hint, also });
    }
    const found = callsOf(settled);
    calls.push(...found);
    checkPairs(found, say);
    checkHidden(settled, say);
    for (const call of found)
      checkCall(call, { functions: options.functions, platform: options.platform, custom: options.custom ?? new Set(), say });
  }
  return { ...read, calls, drafts };
}

/** Functions that begin with two underscores are passed over; of IDs the compiler says it. */
function checkHidden({ tree }: Settled, say: Say): void {
  if (tree?.kind !== 'map') return;
  for (const [, body] of tree.entries)
    for (const [name] of body.kind === 'map' ? body.entries : [])
      if (name.kind === 'scalar' && String(name.value).startsWith('__'))
        say(
          'warning',
          'lint.silent',
          `'${String(name.value)}' begins with two underscores: it is passed over in silence`,
          name.where,
        );
}

function placeOf(where: Where | undefined): string {
  return `${where?.file}:${where?.line}:${where?.col}`;
}

function openPlaces(settled: Settled): ReadonlySet<string> {
  const places = new Set<string>();
  const visit = (node: NonNullable<Settled['tree']>): void => {
    if (node.kind === 'scalar') {
      if (settled.holes(node).some(({ ofHost }) => !ofHost) || settled.open(node)) places.add(placeOf(node.where));
    } else if (node.kind === 'list') node.items.forEach(visit);
    else for (const [key, value] of node.entries) [key, value].forEach(visit);
  };
  if (settled.tree) visit(settled.tree);
  return places;
}

/** Two functions of one type under one ID: Salt runs one. */
function checkPairs(calls: readonly AuthorCall[], say: Say): void {
  calls.forEach((call, i) => {
    const first = calls.slice(0, i).find(({ idWhere, state }) => idWhere === call.idWhere && state === call.state);
    if (first)
      say(
        'warning',
        'lint.silent',
        `'${call.id}' has two functions of ${call.state}: Salt runs the alphabetically first alone, Brine both`,
        call.where,
        {
          also: [first.where],
          hint: 'give each an ID of its own',
        },
      );
  });
}

/** The same ID in two files that one event can run: Salt keeps the later alone. */
function checkIds(files: readonly FileRead[], say: Say): void {
  const seen: { id: string; where: Where; read: FileRead }[] = [];
  for (const read of files) {
    const own = new Map(read.calls.filter(({ idOpen }) => !idOpen).map(({ id, idWhere }) => [id, idWhere] as const));
    for (const [id, where] of own) {
      const other = seen.find((one) => one.id === id && meet(one.read, read));
      if (other)
        say(
          'warning',
          'lint.duplicate',
          `the ID '${id}' stands in ${other.read.file} too: where an event runs both, Salt drops one; Brine runs both`,
          where,
          { also: [other.where] },
        );
    }
    seen.push(...[...own].map(([id, where]) => ({ id, where, read })));
  }
}

function meet(a: FileRead, b: FileRead): boolean {
  return a.entries.some((one) => b.entries.some((other) => one === other || overlap(one.glob, other.glob)));
}

/** A nodegroup that nobody has: one report for each place. */
function checkNodegroups({ settings }: Project, files: readonly FileRead[], say: Say): void {
  const told = new Set<string>();
  for (const draft of files.flatMap(({ drafts }) => drafts))
    for (const name of draft.target ? unknownNodegroups(draft.target, settings.nodegroups) : []) {
      const { code, text, where, hint } = noNodegroup(name, draft, settings.nodegroups);
      if (name.includes('{{') || told.has(`${placeOf(where)} ${name}`)) continue;
      told.add(`${placeOf(where)} ${name}`);
      say('error', code, text, where ?? { file: draft.sls }, { hint });
    }
}

/** Requisites find their other reaction in any variant of any file that the event can run. */
function checkRequisites({ settings }: Project, files: readonly FileRead[], say: Say): void {
  for (const read of files) {
    if (!read.drafts.some(({ requires }) => requires.length > 0)) continue;
    const others = files.filter((one) => one !== read && meet(one, read));
    const all = [read, ...others].flatMap(({ drafts }) => drafts);
    const once = [...new Map(all.map((draft) => [`${placeOf(draft.where)} ${draft.name}`, draft])).values()];
    for (const { code, text, where, sls } of orderDrafts(once, [], settings).problems)
      if (sls === read.file && !text.includes('{{')) say('error', code, text, where ?? { file: read.file });
  }
}
