/** `brine reactor compile`: the EventBridge rules of a project, what they use of the quotas, and each widening with its reason and its price. */
import { formatProblem } from '../../core/errors.ts';
import { costOfRules, type RulesCost } from '../../core/reactor/false-starts.ts';
import { LIMITS, SOURCES } from '../../core/reactor/pattern.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { openProject, shownProblem } from '../reactor/open.ts';
import { readRecording } from '../reactor/recording.ts';

export const run: Run = async (context, _args, options) => {
  const opened = openProject(context, options);
  const events = typeof options.events === 'string' ? await readRecording(context, options.events) : [];
  const cost = costOfRules(
    opened.project,
    SOURCES,
    events.map(({ tag }) => tag),
  );
  if (options.json) context.stdout.write(`${JSON.stringify(cost, null, 2)}\n`);
  else print(cost, context);
  for (const problem of opened.problems) context.stderr.write(`${formatProblem(shownProblem(problem, opened))}\n`);
  return opened.problems.length > 0 ? EXIT.failed : EXIT.ok;
};

function print(cost: RulesCost, { stdout }: CommandContext): void {
  const { rules, widenings, events } = cost;
  for (const [i, { pattern, complexity, characters, entries }] of rules.entries())
    stdout.write(
      `rule ${i + 1}: ${plural(entries.length, 'entry', 'entries')}, complexity ${complexity} of ${LIMITS.complexity}, ${characters} of ${LIMITS.characters} characters\n  ${JSON.stringify(pattern)}\n`,
    );
  const wild = rules.filter(({ complexity }) => complexity > 0).length;
  stdout.write(
    `${plural(rules.length, 'rule', 'rules')} of ${LIMITS.rules}, ${wild} of ${LIMITS.wildcardRules} with wildcards\n`,
  );
  if (widenings.length > 0)
    stdout.write(`\n${widenings.length} of the globs ${widenings.length === 1 ? 'is' : 'are'} let in wider than written:\n`);
  for (const { glob, to, why, falseStarts } of widenings)
    stdout.write(
      `  '${glob}' → ${JSON.stringify(to)}: ${why}${events > 0 ? `; ${percent(falseStarts)} of the events start it for nothing` : ''}\n`,
    );
  if (widenings.length > 0)
    stdout.write('The function matches each event again, exactly: a wider rule costs starts and never a reaction.\n');
  if (events > 0) printEvents(cost, stdout);
  else if (widenings.length > 0)
    stdout.write('Give a recording for their share: brine events > recorded; brine reactor compile --events recorded\n');
}

function printEvents({ events, wanted, falseStarts }: RulesCost, stdout: CommandContext['stdout']): void {
  const idle = Math.round(falseStarts * events);
  stdout.write(
    `\nof ${plural(events, 'event', 'events')} ${wanted + idle} start the reactor, ${idle} of them for nothing (${percent(falseStarts)} of all)\n`,
  );
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
