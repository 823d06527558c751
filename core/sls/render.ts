/** Step 8: an SLS file → Jinja → YAML → a tree with places, in which what a host wrote is marked. */
import { BrineError } from '../errors.ts';
import type { Event } from '../event.ts';
import { textOf } from '../reactor/files.ts';
import type { Project, World } from '../reactor/reactions.ts';
import type { Node } from '../yaml/node.ts';
import { parseYamlTree } from '../yaml/parse.ts';

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

export function renderSls(project: Project, { file }: RenderRequest): Rendered {
  const text = textOf(project, file);
  if (text === undefined) throw new BrineError({ code: 'reactor.missing_file', text: `no text in ${file}`, where: { file } });
  return { node: parseYamlTree(text, { file }), jinja: text };
}
