/** What is odd about reactor.conf by itself: tags that nothing fires or that mean less than they look, files that one event meets twice, spent quotas. */
import { BrineError } from '../errors.ts';
import { isGlob } from '../glob.ts';
import { findFiles } from '../reactor/files.ts';
import { compileRules, SOURCES, translateGlob } from '../reactor/pattern.ts';
import type { Project, ReactorEntry } from '../reactor/reactions.ts';
import { meantTag } from './event-shapes.ts';
import { collect, type Finding, type Say } from './finding.ts';
import { overlap } from './glob-overlap.ts';

export function checkEntries(project: Project): readonly Finding[] {
  const { findings, say } = collect();
  const { entries } = project;
  const filesOf = entries.map(({ paths }) => paths.flatMap((path) => findFiles(project, path)));
  entries.forEach((entry, i) => {
    checkGlob(entry, say);
    const files = filesOf[i] as readonly string[];
    const twice = files.find((file, at) => files.indexOf(file) !== at);
    if (twice) say('warning', 'lint.duplicate', `'${entry.glob}' names ${twice} twice: it runs twice`, entry.where);
    for (const [k, other] of entries.slice(0, i).entries()) {
      const shared = filesOf[k]?.find((file) => files.includes(file));
      const same = other.glob === entry.glob;
      const also = [other.where];
      if (same)
        say(
          shared ? 'warning' : 'note',
          'lint.duplicate',
          `'${entry.glob}' stands twice${shared ? `: ${shared} runs twice` : '; both entries run, in order'}`,
          entry.where,
          { also },
        );
      else if (shared && overlap(other.glob, entry.glob))
        say(
          'warning',
          'lint.duplicate',
          `a tag that '${other.glob}' and '${entry.glob}' both match runs ${shared} twice`,
          entry.where,
          { also },
        );
    }
  });
  checkQuotas(project, say);
  return findings;
}

function checkGlob({ glob, where }: ReactorEntry, say: Say): void {
  if (glob === '') return say('warning', 'lint.tag', 'an empty tag matches nothing', where);
  if (translateGlob(glob).values.length === 0)
    return say('warning', 'lint.tag', `'${glob}' matches no tag: a range of its set runs backwards`, where);
  if (/\{[^{}]*,[^{}]*\}/.test(glob))
    return say('warning', 'lint.tag', `braces mean nothing to fnmatch: '${glob}' matches a tag with braces in it alone`, where, {
      hint: 'write one entry for each',
    });
  if (/\[\^/.test(glob))
    say('warning', 'lint.tag', `'[^' does not negate in fnmatch: '${glob}' wants a ^ or one of the others`, where, {
      hint: 'write [!',
    });
  if (/\\[dws.]|\.\*|\.\+|^\^|[^*]\$$|\(.*\|.*\)/.test(glob))
    return say(
      'warning',
      'lint.tag',
      `'${glob}' looks like a regular expression; tags are matched by fnmatch, where . is a dot`,
      where,
      {
        hint: 'write * for any text, ? for one character',
      },
    );
  if (/^\s|\s$/.test(glob))
    return say('warning', 'lint.tag', `'${glob}' begins or ends with white space, and so must its tags`, where);
  const meant = meantTag(glob);
  if (meant) say('warning', 'lint.tag', `nothing fires '${glob}'`, where, { hint: `did you mean '${meant}'?` });
  else if (/^salt\//i.test(glob) && !glob.startsWith('salt/'))
    say('warning', 'lint.tag', `nothing fires '${glob}': tags are compared exactly, and begin with 'salt/'`, where);
  else if (glob === '*') say('note', 'lint.tag', "'*' wakes the reactor for every event, its own jobs included", where);
  else if (!isGlob(glob) && /^salt\/(minion|beacon|job|run)\/?$/.test(glob))
    say('warning', 'lint.tag', `nothing fires '${glob}' as it stands`, where, {
      hint: `did you mean '${glob.replace(/\/?$/, '/*')}'?`,
    });
}

function checkQuotas({ entries }: Project, say: Say): void {
  try {
    for (const { entry, glob, to, why } of compileRules(entries, SOURCES).widenings) {
      const where = entries.find(({ index }) => index === entry)?.where;
      // What a pattern cannot say costs nothing that the author could change.
      if (where && !why.startsWith('a pattern has no'))
        say('warning', 'lint.widened', `'${glob}' is let in as ${JSON.stringify(to)}: ${why}`, where, { onlyBrine: true });
    }
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    say('error', error.code, error.text, error.where ?? { file: 'reactor.conf' }, { onlyBrine: true });
  }
}
