/** brine.yaml → settings, each of its errors with the line where the setting stands. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrineError, type Problem, type Where } from '../core/errors.ts';
import { defaultSettings, parseSettings, type Settings } from '../core/settings.ts';
import { toPlain } from '../core/value.ts';
import type { Node } from '../core/yaml/node.ts';
import { valueOfNode } from '../core/yaml/node-value.ts';
import { parseYamlTree } from '../core/yaml/parse.ts';
import { type KnownMinion, knownMinions } from './known-minions.ts';
import { unreadable } from './lazy-files.ts';
import { readUtf8 } from './utf8.ts';

const FILE = 'brine.yaml';

export interface Own {
  readonly settings: Settings;
  /** Hosts to rehearse with; they are no part of the bundle. */
  readonly minions: readonly KnownMinion[];
}

const NOTHING: Own = { settings: defaultSettings, minions: [] };

export function readSettings(dir: string, problems: Problem[]): Own {
  const path = join(dir, FILE);
  if (!existsSync(path)) return NOTHING;
  let tree: Node | null = null;
  try {
    tree = parseYamlTree(readUtf8(path, FILE), { file: FILE });
    if (!tree) return NOTHING;
  } catch (error) {
    problems.push(error instanceof BrineError ? error : { ...unreadable(path, error), where: { file: FILE } });
    return NOTHING;
  }
  const minions =
    tree.kind === 'map' ? tree.entries.find(([key]) => key.kind === 'scalar' && key.value === 'minions') : undefined;
  const rest = minions && tree.kind === 'map' ? { ...tree, entries: tree.entries.filter((entry) => entry !== minions) } : tree;
  return { settings: settingsOf(rest, problems), minions: minions ? minionsOf(minions[1], problems) : [] };
}

function minionsOf(node: Node, problems: Problem[]): readonly KnownMinion[] {
  try {
    return knownMinions(node);
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    problems.push(error);
    return [];
  }
}

/** One setting after the other is taken out when it is wrong, so that all are told at once and the others hold. */
function settingsOf(tree: Node, problems: Problem[]): Settings {
  let rest = toPlain(valueOfNode(tree));
  for (;;) {
    try {
      return parseSettings(rest, FILE);
    } catch (error) {
      if (!(error instanceof BrineError)) throw error;
      const path = error.where?.path ?? '';
      problems.push({
        ...error,
        code: error.code,
        text: error.text,
        hint: error.hint,
        where: { ...error.where, ...placeOf(tree, path) },
      });
      const [name] = path.split('.');
      if (typeof rest !== 'object' || rest === null || !name || !(name in rest)) return defaultSettings;
      rest = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== name));
    }
  }
}

/** The place of `compat.order` in the tree: of the value, or of the key that is too much. */
function placeOf(tree: Node, path: string): Where {
  let [node, where]: [Node, Where] = [tree, tree.where];
  for (const part of path.split('.')) {
    if (node.kind === 'map') {
      const found: readonly [Node, Node] | undefined = node.entries.find(
        ([key]) => key.kind === 'scalar' && String(key.value) === part,
      );
      if (!found) break;
      [node, where] = [found[1], found[0].where];
    } else if (node.kind === 'list' && node.items[Number(part)]) {
      node = node.items[Number(part)] as Node;
      where = node.where;
    } else break;
  }
  return where;
}
