/** Step 8: an SLS file → Jinja → YAML → a tree with places, in which what a host wrote is marked and can change nothing of the structure. */
import { BrineError } from '../errors.ts';
import type { Event } from '../event.ts';
import { SALT_ROOT, textOf } from '../reactor/files.ts';
import type { Project, World } from '../reactor/reactions.ts';
import { Dict, fromPlain, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { parseYamlTree } from '../yaml/parse.ts';
import { fillIn, type Placeholders, withPlaceholders } from './fill-in.ts';
import { Evaluator } from './jinja/evaluate.ts';
import type { Piece } from './jinja/frame.ts';
import { asValue, HostDict, tainted, taintValue } from './jinja/text.ts';
import { type JsonText, parseJsonTree } from './json-file.ts';
import { isMatched, type OwnMinion } from './own-minion.ts';
import { saltFunctions } from './salt-functions.ts';
import { readTemplate } from './template.ts';

export interface RenderRequest {
  readonly event: Event;
  readonly world: World;
  readonly file: string;
}

export interface Rendered {
  /** null: the file says nothing for this event. */
  readonly node: Node | null;
  /** Jinja's output, for `brine reactor render`. */
  readonly jinja: string;
  /** The template's own line for each line of it. */
  readonly lines: readonly number[];
}

export function renderSls(project: Project, { event, world, file }: RenderRequest): Rendered {
  const source = textOf(project, file);
  if (source === undefined) throw new BrineError({ code: 'reactor.missing_file', text: `no text in ${file}`, where: { file } });
  const { pipe, text: template, options } = readTemplate(source, file, project.settings);
  const own = template.split('\n').map((_line, i) => i + 1);
  if (template.trim() === '') return { node: null, jinja: template, lines: own };
  if (!pipe.includes('jinja'))
    return {
      node: parseAs(pipe, { text: template, file, blank: (text) => text, line: (at) => at }),
      jinja: template,
      lines: own,
    };
  const evaluator = new Evaluator(
    {
      load: (path) => textOf(project, path.startsWith('/') ? path : SALT_ROOT + path),
      options,
      random: world.random,
      now: world.now,
      matches: (target) => isMatched(minionOf(project, { event, world, file }), 'compound', target),
      ...(world.branch && { branch: world.branch }),
      allowUndefined: project.settings.allow_undefined,
    },
    contextOf(project, { event, world, file }),
  );
  const pieces = evaluator.render(template, file);
  const { text, lines, placeholders } = assemble(pieces, template.endsWith('\n'));
  const shown = placeholders.restore(text);
  const line = (at: number) => lines[at - 1] ?? lines.at(-1) ?? at;
  // What a host wrote may have lines of its own.
  const rows = text.split('\n').flatMap((row, i) =>
    placeholders
      .restore(row)
      .split('\n')
      .map(() => line(i + 1)),
  );
  if (shown.trim() === '') return { node: null, jinja: shown, lines: rows };
  const node = parseAs(pipe, { text, file, blank: placeholders.blank, line });
  return { node: node && fillIn(node, placeholders), jinja: shown, lines: rows };
}

function parseAs(pipe: readonly string[], source: JsonText): Node | null {
  return pipe.at(-1) === 'json' ? parseJsonTree(source) : parseYamlTree(source.text, source);
}

/** The minion that the event is of. */
function minionOf({ settings }: Project, { event, world }: RenderRequest): OwnMinion {
  const id = event.origin.kind === 'minion' ? event.origin.id : null;
  return { id, grains: world.grains ? taintValue(world.grains) : new HostDict(), nodegroups: settings.nodegroups };
}

function contextOf(project: Project, { event, world, file }: RenderRequest): Record<string, Value> {
  const grains = world.grains ? taintValue(world.grains) : new HostDict();
  return {
    data: taintValue(event.data),
    tag: asValue(tainted(event.tag)),
    grains,
    pillar: new HostDict(),
    opts: fromPlain({}),
    proxy: new Dict(),
    renderers: new Dict(),
    saltenv: 'base',
    sls: '',
    slspath: '',
    slsdotpath: '',
    slscolonpath: '',
    sls_path: '',
    tplpath: file,
    tplfile: file.slice(file.lastIndexOf('/') + 1),
    tpldir: '.',
    tpldot: '',
    salt: saltFunctions(minionOf(project, { event, world, file }), project.settings),
  };
}

/** Output with placeholders, and for each of its lines the template's own. */
function assemble(
  pieces: readonly Piece[],
  newline: boolean,
): { text: string; lines: readonly number[]; placeholders: Placeholders } {
  const placeholders = withPlaceholders();
  const lines: number[] = [];
  let text = '';
  let fresh = true;
  for (const piece of pieces) {
    const part = placeholders.write(piece.text);
    const rows = part.split('\n');
    rows.forEach((row, i) => {
      if (i > 0) fresh = true;
      if (fresh && (row !== '' || i < rows.length - 1)) {
        lines.push(piece.text.toString().includes('\n') ? piece.line + i : piece.line);
        fresh = false;
      }
    });
    text += part;
  }
  // Jinja drops the last newline, Salt puts it back.
  if (newline) text += '\n';
  return { text, lines, placeholders };
}
