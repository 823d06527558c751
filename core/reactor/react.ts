/** Steps 7–9: event → matching entries → SLS files → reactions. Pure: the Lambda, `brine reactor …` and tests call this one function. */
import type { Event } from '../event.ts';
import type { Project, Reactions, World } from './reactions.ts';

export function react(project: Project, event: Event, world: World): Reactions {
  void project;
  void event;
  void world;
  return { matched: [], reactions: [], problems: [] };
}
