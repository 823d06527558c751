/** `brine reactor backtest --events FILE [--against DIR|REVISION]`: what recorded events would lead to now, and which of them otherwise than before. Nothing is sent. */
import { diffLines, formatDiff } from '../../core/author/diff.ts';
import { BrineError, formatProblem } from '../../core/errors.ts';
import type { Reactions } from '../../core/reactor/reactions.ts';
import { Dict } from '../../core/value.ts';
import { dumpYaml } from '../../core/yaml/dump.ts';
import type { KnownMinion } from '../../project/known-minions.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { type Opened, openProject, shownProblem } from '../reactor/open.ts';
import { otherProject } from '../reactor/other-project.ts';
import { type Recorded, readRecording } from '../reactor/recording.ts';
import { readMinions, rehearse, shapeOf } from '../reactor/rehearsal.ts';

export const run: Run = async (context, _args, options) => {
  if (typeof options.events !== 'string')
    throw new BrineError({
      code: 'usage.argument',
      text: 'there is no recording',
      hint: 'brine events > recorded; brine reactor backtest --events recorded',
    });
  const opened = openProject(context, options);
  const events = await readRecording(context, options.events);
  const minions = readMinions(context, options) ?? opened.minions;
  const rehearsed = rehearseAll(opened, events, minions);
  const summary = summaryOf(opened, rehearsed);
  const difference =
    typeof options.against === 'string'
      ? compare(context, { opened, against: options.against, events, minions, rehearsed })
      : null;
  if (options.json)
    context.stdout.write(`${JSON.stringify({ ...summary, ...(difference && { against: difference }) }, null, 2)}\n`);
  else print(context, { summary, difference, limit: options.all ? Number.POSITIVE_INFINITY : SHOWN });
  for (const problem of opened.problems) context.stderr.write(`${formatProblem(shownProblem(problem, opened))}\n`);
  return (difference ? difference.events > 0 : summary.problems.length > 0) || opened.problems.length > 0 ? EXIT.failed : EXIT.ok;
};

const SHOWN = 20;

interface Rehearsal {
  readonly event: Recorded;
  readonly result: Reactions;
}

/** The same time for all, so that a template that asks for it differs by nothing else. */
function rehearseAll({ project }: Opened, events: readonly Recorded[], minions: readonly KnownMinion[]): readonly Rehearsal[] {
  const now = Date.now();
  return events.map((event) => ({
    event,
    result: rehearse(project, { tag: event.tag, data: event.data ?? new Dict() }, { minions, now }),
  }));
}

interface Counted {
  readonly text: string;
  readonly events: number;
  readonly first: { readonly line: number; readonly tag: string };
}

interface Summary {
  readonly events: number;
  readonly woke: number;
  readonly reactions: number;
  /** Events of which the recording has the tag alone. */
  readonly withoutData: number;
  readonly entries: readonly {
    readonly glob: string;
    readonly where: string;
    readonly events: number;
    readonly calls: Readonly<Record<string, number>>;
  }[];
  readonly problems: readonly Counted[];
}

function summaryOf(opened: Opened, rehearsed: readonly Rehearsal[]): Summary {
  const { project, shown } = opened;
  const entries = project.entries.map(({ index, glob, where }) => {
    const woken = rehearsed.filter(({ result }) => result.matched.some(({ entry }) => entry === index));
    const calls: Record<string, number> = {};
    for (const { result } of woken)
      for (const { kind, fun, entry } of result.reactions)
        if (entry === index) calls[`${kind}.${fun}`] = (calls[`${kind}.${fun}`] ?? 0) + 1;
    const { file, line } = shown(where);
    return { glob, where: `${file}:${line}`, events: woken.length, calls };
  });
  // Without its data an event says nothing of what its templates do.
  const told = rehearsed.filter(({ event }) => event.data !== null);
  const problems = told.flatMap(({ event, result }) =>
    result.problems.map((problem) => ({ event, text: formatProblem(shownProblem(problem, opened)) })),
  );
  return {
    events: rehearsed.length,
    woke: rehearsed.filter(({ result }) => result.matched.length > 0).length,
    reactions: rehearsed.reduce((sum, { result }) => sum + result.reactions.length, 0),
    withoutData: rehearsed.filter(({ event, result }) => event.data === null && result.matched.length > 0).length,
    entries,
    problems: counted(problems),
  };
}

function counted(all: readonly { readonly text: string; readonly event: Recorded }[]): readonly Counted[] {
  const groups = new Map<string, Counted>();
  for (const { text, event } of all) {
    const known = groups.get(text);
    groups.set(text, { text, events: (known?.events ?? 0) + 1, first: known?.first ?? { line: event.line, tag: event.tag } });
  }
  return [...groups.values()].sort((a, b) => b.events - a.events);
}

interface Difference {
  readonly name: string;
  readonly events: number;
  readonly groups: readonly Counted[];
}

interface Comparing {
  readonly opened: Opened;
  readonly against: string;
  readonly events: readonly Recorded[];
  readonly minions: readonly KnownMinion[];
  readonly rehearsed: readonly Rehearsal[];
}

function compare(context: CommandContext, { opened, against, events, minions, rehearsed }: Comparing): Difference {
  using other = otherProject(against, { cwd: context.cwd, project: opened.path });
  const before = rehearseAll(openProject(context, {}, other.path), events, minions);
  const changed = rehearsed.flatMap(({ event, result }, i) => {
    const [a, b] = [outcomeText((before[i] as Rehearsal).result), outcomeText(result)];
    return a === b ? [] : [{ event, text: formatDiff(diffLines(a, b)) }];
  });
  return { name: other.name, events: changed.length, groups: counted(changed) };
}

/** What an event leads to: its reactions in order, and the kinds of what went wrong. */
function outcomeText({ reactions, problems }: Reactions): string {
  const whole = new Dict().set('reactions', reactions.map(shapeOf));
  if (problems.length > 0)
    whole.set(
      'problems',
      problems.map(({ code, text }) => `${code} ${text}`),
    );
  return dumpYaml(whole);
}

function print(
  { stdout }: CommandContext,
  { summary, difference, limit }: { summary: Summary; difference: Difference | null; limit: number },
): void {
  const { events, woke, reactions, entries, problems, withoutData } = summary;
  stdout.write(`${count(events, 'event')}, ${woke} of which wake the reactor; ${count(reactions, 'reaction')}\n`);
  for (const { glob, where, events: found, calls } of entries) {
    const list = Object.entries(calls).map(([call, times]) => `${call} × ${times}`);
    stdout.write(
      `  ${String(found).padStart(6)}  '${glob}' (${where})${list.length > 0 ? `: ${list.join(', ')}` : found > 0 ? ': no reaction' : ''}\n`,
    );
  }
  if (withoutData > 0)
    stdout.write(`${count(withoutData, 'event')} of these came without data: what their templates do with it cannot be told\n`);
  if (problems.length > 0) stdout.write(`\nproblems\n${groupsText(problems, limit, '  ')}`);
  if (!difference) return;
  stdout.write(
    `\nagainst ${difference.name}: ${difference.events === 0 ? 'every event leads to the same' : `${count(difference.events, 'event')} of ${events} lead${difference.events === 1 ? 's' : ''} to something else`}\n`,
  );
  for (const { text, events: found, first } of difference.groups.slice(0, limit))
    stdout.write(`\n${count(found, 'event')}, the first in line ${first.line}: ${first.tag}\n${text}\n`);
  if (difference.groups.length > limit)
    stdout.write(`\nand ${difference.groups.length - limit} other differences: --all shows them\n`);
}

function groupsText(groups: readonly Counted[], limit: number, indent: string): string {
  const more = groups.length > limit ? `${indent}and ${groups.length - limit} others: --all shows them\n` : '';
  return `${groups
    .slice(0, limit)
    .map(({ text, events, first }) => `${indent}${events} ×  ${text}; first in line ${first.line}, ${first.tag}\n`)
    .join('')}${more}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
