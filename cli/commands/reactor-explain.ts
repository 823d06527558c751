/** `brine reactor explain --event FILE|UID`: for every entry why it did or did not match, which lines ran, which hosts are meant and why. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BrineError } from '../../core/errors.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import type { Opened } from '../reactor/open.ts';
import { openExisting } from '../reactor/open.ts';
import { page } from '../reactor/page.ts';
import { readEvent, readMinions } from '../reactor/rehearsal.ts';
import { type Host, type Report, reportOn } from '../reactor/report.ts';
import { askPlan, isUid, type Told } from '../reactor/stored-plan.ts';

export const run: Run = async (context, _args, options) => {
  const opened = openExisting(context, options);
  const given = options.event as string | undefined;
  const told = given !== undefined && isUid(given) ? await askPlan(context, options, given) : null;
  const event = told ? eventOf(told) : await readEvent(context, options);
  const read = readMinions(context, options);
  const minions = read ?? told?.minions ?? opened.minions;
  const report = reportOn(opened, event, { minions, plan: told?.plan ?? null, notes: told ? notesOn(told, opened) : [] });
  if (typeof options.html === 'string') {
    writeFileSync(resolve(context.cwd, options.html), page('explain', forPage(report), `${report.event.tag} explained`));
    context.stderr.write(`written to ${options.html}\n`);
  } else if (options.json) context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else print(report, context);
  return report.problems.length > 0 ? EXIT.failed : EXIT.ok;
};

function eventOf({ event, plan }: Told) {
  if (event) return event;
  throw new BrineError({
    code: 'lint.event',
    text: `the plan of ${plan.uid} does not hold its event's data: that was above 100,000 characters, the job was a person's, or an earlier version of Brine made the plan`,
    hint: 'give the event as a file: --event event.yaml',
  });
}

function notesOn({ plan }: Told, { project }: Opened): readonly string[] {
  if (plan.bundle === project.digest || plan.bundle === '') return [];
  return [
    `the plan was made by the bundle ${plan.bundle.slice(0, 12)}; the project here is ${project.digest.slice(0, 12)}: what follows is what it would do now, and what was planned stands at the end`,
  ];
}

/** What a template should not have to work out. */
function forPage(report: Report): object {
  const group = (hosts: readonly Host[], kind: string, sign: string, label: string) => ({
    hosts,
    kind,
    sign,
    label,
    open: kind !== 'no' || hosts.length <= 5,
  });
  return {
    ...report,
    matched: report.entries.filter(({ why }) => why === null).length,
    entries: report.entries.map((one) => ({
      ...one,
      near: one.why?.startsWith('near: '),
      why: one.why?.replace(/^near: /, '') ?? null,
    })),
    reactions: report.reactions.map((one) => ({
      ...one,
      meant: one.hosts.filter(({ meant }) => meant === true),
      groups: [
        group(
          one.hosts.filter(({ meant }) => meant === true),
          'yes',
          '✓',
          'meant',
        ),
        group(
          one.hosts.filter(({ meant }) => meant === 'unknown'),
          'maybe',
          '?',
          'not known: not meant',
        ),
        group(
          one.hosts.filter(({ meant }) => meant === false),
          'no',
          '–',
          'not meant',
        ),
      ],
    })),
  };
}

function print({ event, entries, files, reactions, problems, minions, plan, notes }: Report, { stdout }: CommandContext): void {
  stdout.write(`event ${event.tag}\n`);
  for (const note of notes) stdout.write(`note: ${note}\n`);
  stdout.write('\nentries\n');
  for (const one of entries)
    stdout.write(
      one.why === null
        ? `  ✓ '${one.glob}' (${one.where}): ${one.files.join(', ') || 'no file'}\n`
        : `  – '${one.glob}' (${one.where}): ${one.why}\n`,
    );
  if (entries.length === 0) stdout.write('  none\n');
  for (const { file, lines } of files) {
    stdout.write(`\n${file}\n`);
    const width = String(lines.length).length;
    for (const { number, text, state, note } of lines) {
      const sign = state === 'ran' ? '●' : state === 'skipped' ? '○' : ' ';
      stdout.write(`${`  ${sign} ${String(number).padStart(width)}  ${text}${note ? `   ← ${note}` : ''}`.trimEnd()}\n`);
    }
  }
  stdout.write(`\nreactions${reactions.length === 0 ? ': none' : ''}\n`);
  for (const one of reactions) {
    stdout.write(`  ${one.id} (${one.where})\n${one.call.replace(/^/gm, '    ')}\n`);
    if (one.target !== null && minions === 0)
      stdout.write('    hosts are not known here: --minions FILE, or --event UID of a running system\n');
    for (const host of one.hosts) stdout.write(`    ${lineOf(host)}\n`);
  }
  if (plan) printPlan(plan, stdout);
  if (problems.length > 0) stdout.write('\nproblems\n');
  for (const problem of problems) stdout.write(`  ${problem}\n`);
}

function lineOf({ id, meant, terms }: Host): string {
  const sign = meant === true ? '✓' : meant === false ? '–' : '?';
  const answer = (one: boolean | 'unknown') => (one === true ? 'yes' : one === false ? 'no' : 'unknown');
  return `${sign} ${id}: ${terms.map((one) => `${one.term} ${answer(one.answer)}${one.why ? ` (${one.why})` : ''}`).join('; ')}`;
}

function printPlan(plan: NonNullable<Report['plan']>, stdout: CommandContext['stdout']): void {
  stdout.write(`\nplanned at ${plan.at} by bundle ${plan.bundle.slice(0, 12) || 'none'}, for ${plan.user}\n`);
  for (const { jid, call, to, unknown, expires } of plan.jobs) {
    stdout.write(`  ${jid} ${call} → ${to.length > 0 ? to.join(', ') : 'no host'}; expires ${expires}\n`);
    if (unknown.length > 0) stdout.write(`    grains unknown, so not meant: ${unknown.join(', ')}\n`);
  }
  if (plan.jobs.length === 0) stdout.write('  no job\n');
  for (const problem of plan.problems) stdout.write(`  ${problem}\n`);
}
