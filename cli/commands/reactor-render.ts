/** `brine reactor render FILE --event FILE|-`: Jinja's text, the YAML that it is, and the reactions; the author's line beside each. Nothing is sent. */
import { existsSync, statSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { BrineError, formatProblem, formatWhere } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { reachedFiles } from '../../core/reactor/reach.ts';
import type { Project, Reaction } from '../../core/reactor/reactions.ts';
import { type Rendered, renderSls } from '../../core/sls/render.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { type Opened, openProject, projectAround, shownProblem } from '../reactor/open.ts';
import { eventFor, type Rehearsed, readEvent, readMinions, rehearse, shapeOf } from '../reactor/rehearsal.ts';
import { yamlLines } from '../reactor/yaml-lines.ts';

export const run: Run = async (context, [file], options) => {
  const opened = openProject(context, options, projectOf(context, options, String(file)));
  const event = await readEvent(context, options);
  const found = findSls(opened, context, String(file));
  const minions = readMinions(context, options) ?? opened.minions;
  const project = withOnly(opened, event, found);
  const { reactions, problems } = rehearse(project, event, { minions });
  const rendered = tryRender(project, {
    event,
    file: found,
    grains: minions.find(({ id }) => id === event.data.get('id'))?.grains ?? null,
  });
  const shown = problems.map((problem) => shownProblem(problem, opened));
  if (options.json) context.stdout.write(jsonOf(rendered, { reactions, problems: shown }));
  else {
    if (rendered) print(rendered, { reactions, opened, context });
    for (const problem of shown) context.stderr.write(`${formatProblem(problem)}\n`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
};

/** Without --project: the project in which the file lies. */
function projectOf(context: CommandContext, options: Options, file: string): string | undefined {
  if (options.project !== undefined) return undefined;
  const path = resolve(context.cwd, file);
  return existsSync(path) && statSync(path).isFile() ? projectAround(path) : undefined;
}

/** By the path in the terminal, by Salt's name, or relative to the project. */
function findSls({ files, path }: Opened, context: CommandContext, file: string): string {
  const real = [resolve(context.cwd, file), resolve(path, file)];
  const wanted = [file, `/${relative(path, resolve(path, file)).split(sep).join('/')}`, file.replace(/^salt:\/\//, '/srv/salt/')];
  const found = [...files.keys()].find((name) => wanted.includes(name) || real.includes(files.pathOf(name) as string));
  if (found) return found;
  const known = [...files.keys()].filter((name) => name.endsWith('.sls')).map((name) => name.slice(1));
  const near = nearest(file, known) ?? known.find((name) => basename(name) === basename(file));
  throw new BrineError({
    code: 'reactor.missing_file',
    text: `the project has no file ${file}`,
    hint: near ? `did you mean ${near}?` : `it has ${known.slice(0, 5).join(', ') || 'no SLS file'}`,
  });
}

/** The project with one entry: this event runs this file. */
function withOnly({ project, files }: Opened, event: Rehearsed, file: string): Project {
  const entries = [
    { index: 0, glob: event.tag.replace(/[*?[]/g, '[$&]'), paths: [file.replace(/[*?[]/g, '[$&]')], where: { file } },
  ];
  return { ...project, entries, files: reachedFiles({ settings: project.settings, entries, files }) };
}

/** null where the file has an error, which the rehearsal tells too. */
function tryRender(
  project: Project,
  { event, file, grains }: { event: Rehearsed; file: string; grains: Rendered['node'] | unknown },
): Rendered | null {
  try {
    const world = { grains: (grains ?? null) as null, now: Date.now(), random: () => 0.5 };
    return renderSls(project, { event: eventFor(event), world, file });
  } catch (error) {
    if (error instanceof BrineError && error.family !== 'ours') return null;
    throw error;
  }
}

interface Shown {
  readonly reactions: readonly Reaction[];
  readonly opened: Opened;
  readonly context: CommandContext;
}

function print({ jinja, lines, node }: Rendered, { reactions, opened, context }: Shown): void {
  const { stdout } = context;
  const numbered = (line: number | undefined, text: string) => `${`${String(line ?? '').padStart(4)}  ${text}`.trimEnd()}\n`;
  stdout.write('# jinja\n');
  jinja
    .replace(/\n$/, '')
    .split('\n')
    .forEach((text, i) => {
      stdout.write(numbered(lines[i], text));
    });
  stdout.write('# yaml\n');
  if (node) for (const { line, text } of yamlLines(node)) stdout.write(numbered(line, text));
  stdout.write(`# reactions${reactions.length === 0 ? ': none' : ''}\n`);
  for (const reaction of reactions)
    stdout.write(
      `${formatWhere(opened.shown(reaction.where))} ${reaction.id}\n${dumpYaml(shapeOf(reaction)).replace(/^/gm, '  ').trimEnd()}\n`,
    );
}

function jsonOf(
  rendered: Rendered | null,
  { reactions, problems }: { reactions: readonly Reaction[]; problems: readonly unknown[] },
): string {
  const out = {
    jinja:
      rendered?.jinja
        .replace(/\n$/, '')
        .split('\n')
        .map((text, i) => ({ line: rendered.lines[i], text })) ?? null,
    yaml: rendered?.node ? yamlLines(rendered.node) : null,
    reactions: reactions.map((one) => ({ id: one.id, where: one.where, call: dumpYaml(shapeOf(one)) })),
    problems,
  };
  return `${JSON.stringify(out, null, 2)}\n`;
}
