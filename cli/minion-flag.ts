/** `--minion web1:os=CentOS,role=web`: an id, and grains that it has instead of what the machine would say. */
import { BrineError } from '../core/errors.ts';
import { type MinionId, parseMinionId } from '../core/ids.ts';

export interface WantedMinion {
  readonly id: MinionId;
  readonly grains: Readonly<Record<string, string>>;
}

/** All of them; an id is named once. */
export function parseMinionFlags(texts: readonly string[]): readonly WantedMinion[] {
  const minions = texts.map(parseMinionFlag);
  const twice = minions.find(({ id }, i) => minions.findIndex((one) => one.id === id) < i);
  if (twice)
    throw new BrineError({
      code: 'usage.argument',
      text: `--minion: ${twice.id} is named twice`,
      hint: `one --minion for each host: ${twice.id}:os=CentOS,role=web`,
    });
  return minions;
}

export function parseMinionFlag(text: string): WantedMinion {
  const colon = text.indexOf(':');
  const id = parseMinionId(colon < 0 ? text : text.slice(0, colon));
  const grains: Record<string, string> = {};
  for (const pair of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw new BrineError({
        code: 'usage.argument',
        text: `--minion ${text}: expected name=value, found ${JSON.stringify(pair)}`,
        hint: '--minion web1:os=CentOS,role=web',
      });
    }
    grains[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return { id, grains };
}
