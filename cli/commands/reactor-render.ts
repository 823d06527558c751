/** `brine reactor render FILE --event FILE|-`: Jinja's text, the YAML that it is, and the reactions. Nothing is sent. */
import { BrineError, formatProblem, formatWhere } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import { findFiles } from '../../core/reactor/files.ts';
import { renderSls } from '../../core/sls/render.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import { valueOfNode } from '../../core/yaml/parse.ts';
import { EXIT, type Run } from '../command.ts';
import { openProject } from '../reactor/open.ts';
import { readEvent, rehearse, shapeOf } from '../reactor/rehearsal.ts';

export const run: Run = async (context, [file], options) => {
  const { project } = openProject(context, options);
  const event = await readEvent(context, options);
  const wanted = String(file).replace(/^\.?\/?(srv\/)/, '/$1');
  const [found] = findFiles(project, wanted);
  if (!found)
    throw new BrineError({
      code: 'reactor.missing_file',
      text: `the project has no file ${String(file)}`,
      hint: 'brine reactor render srv/reactor/start.sls --event event.yaml',
    });
  const only = {
    ...project,
    entries: [{ index: 0, glob: event.tag.replace(/[*?[]/g, '[$&]'), paths: [found], where: { file: found } }],
  };
  const rendered = renderSls(project, {
    event: { tag: event.tag, data: event.data } as Event,
    world: { grains: null, now: Date.now(), random: () => 0.5 },
    file: found,
  });
  const { reactions, problems } = rehearse(only, event);
  if (options.json) {
    const out = {
      jinja: rendered.jinja,
      reactions: reactions.map((one) => ({ ...one, kwargs: undefined, call: dumpYaml(shapeOf(one)) })),
      problems,
    };
    context.stdout.write(`${JSON.stringify(out, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`);
  } else {
    const numbered = rendered.jinja
      .replace(/\n$/, '')
      .split('\n')
      .map((line, i) => `${String(i + 1).padStart(4)}  ${line}\n`);
    context.stdout.write(`# jinja\n${numbered.join('')}`);
    context.stdout.write(`# yaml\n${rendered.node ? dumpYaml(valueOfNode(rendered.node)) : ''}`);
    context.stdout.write('# reactions\n');
    for (const reaction of reactions)
      context.stdout.write(
        `${formatWhere(reaction.where)} ${reaction.id}\n${dumpYaml(shapeOf(reaction)).replace(/^/gm, '  ').trimEnd()}\n`,
      );
    for (const problem of problems) context.stderr.write(`${formatProblem(problem)}\n`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.ok;
};
