/** Step 8: an SLS file → Jinja → YAML → a tree with places, in which what a host wrote is marked and can change nothing of the structure. */
import { BrineError, type Where } from '../errors.ts';
import type { Event } from '../event.ts';
import { SALT_ROOT, textOf } from '../reactor/files.ts';
import type { Project, World } from '../reactor/reactions.ts';
import { Dict, fromPlain, type Value } from '../value.ts';
import type { Node } from '../yaml/node.ts';
import { parseYamlTree } from '../yaml/parse.ts';
import { fillIn, type Placeholders, withPlaceholders } from './fill-in.ts';
import { Evaluator, type Piece } from './jinja/evaluate.ts';
import { DEFAULTS, type LexOptions } from './jinja/lexer.ts';
import { asValue, HostDict, tainted, taintValue } from './jinja/text.ts';
import { saltFunctions } from './salt-functions.ts';

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
}

export function renderSls(project: Project, { event, world, file }: RenderRequest): Rendered {
  const source = textOf(project, file);
  if (source === undefined) throw new BrineError({ code: 'reactor.missing_file', text: `no text in ${file}`, where: { file } });
  if (source !== '' && source.trim() === '')
    throw new BrineError({ code: 'sls.empty', text: 'the file is nothing but white space', where: { file, line: 1, col: 1 } });
  const { pipe, body, skipped } = rendererOf(source, file);
  const { text: template, options } = optionsOf(body, project.settings.jinja_env);
  if (template.trim() === '') return { node: null, jinja: template };
  if (!pipe.includes('jinja'))
    return { node: parseYamlTree(template, { file, line: (line) => line + skipped }), jinja: template };
  const evaluator = new Evaluator(
    {
      load: (path) => textOf(project, path.startsWith('/') ? path : SALT_ROOT + path),
      options,
      random: world.random,
      now: world.now,
      allowUndefined: project.settings.allow_undefined,
    },
    contextOf(project, { event, world, file }),
  );
  const pieces = evaluator.render(template, file);
  const { text, lines, placeholders } = assemble(pieces, template.endsWith('\n'));
  const shown = placeholders.restore(text);
  if (shown.trim() === '') return { node: null, jinja: shown };
  const line = (at: number) => (lines[at - 1] ?? lines.at(-1) ?? at) + skipped;
  const node = parseYamlTree(text, { file, line });
  return { node: node && fillIn(node, placeholders), jinja: shown };
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
    salt: saltFunctions(grains, project.settings),
  };
}

/** `#!jinja|yaml` in the first line. */
function rendererOf(source: string, file: string): { pipe: readonly string[]; body: string; skipped: number } {
  const found = /^#!([^/\n][^\n]*)\n?/.exec(source);
  if (!found) return { pipe: ['jinja', 'yaml'], body: source, skipped: 0 };
  const pipe = (found[1] as string)
    .trim()
    .replace(/^(\w+)_(\w+)$/, '$2|$1')
    .split('|')
    .map((part) => part.trim().split(/\s/)[0] as string);
  const unknown = pipe.find((part) => !['jinja', 'yaml', 'json'].includes(part));
  if (unknown === undefined) return { pipe, body: source.slice(found[0].length), skipped: 1 };
  const where: Where = { file, line: 1, col: 1 };
  throw new BrineError({
    code: 'sls.renderer',
    text: `there is no renderer '${unknown}'`,
    where,
    hint: 'write the file in jinja|yaml',
  });
}

/** `#jinja2: {…}` in the first line, and `jinja_env` of the settings: options of Jinja's environment. */
function optionsOf(body: string, settings: Readonly<Record<string, unknown>>): { text: string; options: Partial<LexOptions> } {
  const found = /^#jinja2:\s*(\{[^\n]*\})\s*(\n|$)/.exec(body);
  let own: Record<string, unknown> = {};
  if (found) {
    try {
      own = JSON.parse(found[1] as string) as Record<string, unknown>;
    } catch {
      return { text: body, options: {} };
    }
  }
  const names = Object.keys(DEFAULTS);
  const options = Object.fromEntries(
    Object.entries({ ...settings, ...own })
      .map(([name, value]) => [name.toLowerCase(), value])
      .filter(([name]) => names.includes(name as string)),
  );
  // The line stays as an empty one, so that later lines keep their numbers.
  return {
    text: found ? body.slice((found[0] as string).length).replace(/^/, '\n') : body,
    options: options as Partial<LexOptions>,
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
  if (newline && !text.endsWith('\n')) text += '\n';
  return { text, lines, placeholders };
}
