/** What a compiled set of rules costs: which of the given events start the function for nothing. Design section 4; `brine reactor compile --events`. */
import { compileEventPattern } from './event-pattern.ts';
import { matchEntries } from './match.ts';
import { type Compiled, compileRules, type PatternValue, type Widening } from './pattern.ts';
import type { Project } from './reactions.ts';

export interface WideningCost extends Widening {
  /** Share of the events, 0 to 1, that this value lets in and no entry matches. */
  readonly falseStarts: number;
}

export interface RulesCost extends Omit<Compiled, 'widenings'> {
  readonly widenings: readonly WideningCost[];
  readonly events: number;
  /** Events that at least one entry matches. */
  readonly wanted: number;
  /** Share of the events, 0 to 1, that start the function although no entry matches; 0 where no event is given. */
  readonly falseStarts: number;
}

/** `tags`: one for each event of a recording. */
export function costOfRules(project: Pick<Project, 'entries'>, extra: object, tags: readonly string[]): RulesCost {
  const { rules, widenings } = compileRules(project.entries, extra);
  const idle = tags.filter((tag) => matchEntries(project, tag).length === 0);
  const share = (values: readonly PatternValue[]): number => {
    if (tags.length === 0 || values.length === 0) return 0;
    const pattern = compileEventPattern({ tag: values });
    return idle.filter((tag) => pattern.matches({ tag })).length / tags.length;
  };
  const patterns = rules.map(({ pattern }) => compileEventPattern({ detail: (pattern as { detail: object }).detail }));
  const started = idle.filter((tag) => patterns.some((pattern) => pattern.matches({ detail: { tag } }))).length;
  return {
    rules,
    widenings: widenings.map((widening) => ({ ...widening, falseStarts: share([widening.to]) })),
    events: tags.length,
    wanted: tags.length - idle.length,
    falseStarts: tags.length === 0 ? 0 : started / tags.length,
  };
}
