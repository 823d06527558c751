/** The demo's screen: what every part tells, in the words of the design's table. */
import picocolors from 'picocolors';
import type { Plan } from '../core/job/plan.ts';
import { decode, encode } from '../core/json.ts';
import { pyStr } from '../core/python/print.ts';
import { compileEventPattern } from '../core/reactor/event-pattern.ts';
import { reactorRules } from '../core/reactor/pattern.ts';
import type { MatchedEntry, Project } from '../core/reactor/reactions.ts';
import { Dict, type Value } from '../core/value.ts';
import type { CommandContext } from './command.ts';

export interface Seen {
  accepted: number;
  returns: number;
  runners: number;
  readonly planned: Set<string>;
}

export interface Story {
  readonly log: (part: string, message: string, fields: Readonly<Record<string, unknown>>) => void;
  ready(endpoint: string, ids: readonly string[], seconds: number): void;
  fire(id: string, tag: string, data: string): void;
  clean(): void;
  next(): void;
  /** Resolves to true as soon as it holds, to false when the signal is aborted first. */
  until(holds: (seen: Seen) => boolean, signal: AbortSignal): Promise<boolean>;
}

/** What the event's sender said, without what the platform writes beside it. */
function ownData(text: string | undefined): string {
  const data = text === undefined ? null : decode(text);
  if (!(data instanceof Dict)) return '';
  return encode(data.get('cmd') === '_minion_event' ? (data.get('data') ?? null) : data);
}

export function createStory(context: CommandContext, project: Project): Story {
  const paint = picocolors.createColors(
    context.env.NO_COLOR === undefined && (context.stdout.isTTY === true || context.env.FORCE_COLOR !== undefined),
  );
  const seen: Seen = { accepted: 0, returns: 0, runners: 0, planned: new Set() };
  const waiting = new Set<() => void>();
  const say = (text: string) => void context.stdout.write(`${text}\n`);
  const step = (number: string, what: string, text: string) =>
    say(`  ${paint.dim(number.padStart(5))}  ${paint.cyan(what.padEnd(9))} ${text}`);
  const jids = new Set<string>();
  /** Tags whose event was told when it was fired. */
  const told = new Set<string>();
  const rules = reactorRules('brine', project.entries).map(({ name, pattern }) => ({ name, ...compileEventPattern(pattern) }));

  const tellEvent = (id: string, tag: string, data: string, linked = true) => {
    say('');
    say(`${paint.green('event')} ${paint.bold(tag)} ${data} from ${id}`);
    step('1–5', 'event', `${linked ? 'logged, signed, sent over the link' : 'signed'}, taken by EventBridge`);
  };

  const tellPlan = (fields: { tag: string; matched: readonly MatchedEntry[]; plan: Plan }) => {
    if (!told.delete(fields.tag)) {
      const [id = '', ...rest] = fields.plan.uid.split(':');
      tellEvent(id, fields.tag, ownData(fields.plan.data), rest.length > 1);
    }
    const event = { source: 'brine.minion', detail: { tag: [fields.tag] } };
    const passed = rules.filter((rule) => rule.matches(event)).map(({ name }) => name);
    step('6', 'rule', `${passed.join(', ')} wakes the reactor`);
    for (const { glob, files } of fields.matched) step('7', 'match', `'${glob}' → ${files.join(', ')}`);
    for (const { reaction, addressees, jid } of fields.plan.jobs) {
      const args = reaction.args.map((arg) => pyStr(arg as Value)).join(' ');
      step('8–9', 'reaction', `${reaction.id}: ${reaction.kind}.${reaction.fun} ${args}`.trimEnd());
      if (reaction.target)
        step('10', 'hosts', `${String(reaction.target.tgt)} → ${addressees.map((one) => one.id).join(', ') || 'nobody'}`);
      step('11', 'plan', `stored, signed and sent as ${jid}`);
      jids.add(jid);
    }
    for (const problem of fields.plan.problems) step('!', 'problem', paint.red(problem.text));
    seen.planned.add(fields.tag);
  };

  return {
    log: (part, message, fields) => {
      if (message === 'link_state' && fields.state === 'accepted') seen.accepted += 1;
      else if (part === 'reactor' && message === 'plan') tellPlan(fields as never);
      else if (part.startsWith('minion ') && message === 'done' && jids.has(String(fields.jid))) {
        step(
          '12–14',
          'return',
          `${part.slice(7)}: retcode ${String(fields.retcode)}, salt/job/${String(fields.jid)}/ret/${part.slice(7)}`,
        );
      } else if (part === 'recorder' && message === 'return' && jids.has(String(fields.jid))) {
        step('15', 'recorded', `${String(fields.id)} answered ${String(fields.jid)}`);
        seen.returns += 1;
      } else if (part === 'runner' && message === 'runner') {
        step('12–14', 'runner', `${String(fields.fun)}: ${paint.yellow(pyStr((fields.return ?? null) as Value))}`);
        seen.runners += 1;
      } else if (message === 'refused' || message === 'failed' || message === 'function_failed')
        say(paint.red(`${part}: ${message} ${JSON.stringify(fields)}`));
      for (const look of waiting) look();
    },
    ready: (endpoint, ids, seconds) =>
      say(
        `${paint.bold('Brine')} is up after ${seconds.toFixed(2)} s: embedded AWS at ${endpoint}, functions, a relay, minions ${ids.join(' ')}`,
      ),
    fire: (id, tag, data) => {
      told.add(tag);
      tellEvent(id, tag, data);
    },
    clean: () => say(`\n${paint.green('✓')} every return came, and the tmp/ of the demo minions is clean`),
    next: () => {
      say(
        `\nIt stays up. In another terminal, in this directory:\n\n  npx brine run '*' test.ping\n  npx brine call --minion mysql1 event.fire_master '{state: refresh}' test1xtag\n  npx brine events --pretty 'salt/job/*'\n\nCtrl-C ends it.`,
      );
    },
    until: (holds, signal) =>
      new Promise((resolve) => {
        const look = () => {
          if (holds(seen)) done(true);
        };
        const stop = () => done(false);
        const done = (answer: boolean) => {
          waiting.delete(look);
          signal.removeEventListener('abort', stop);
          resolve(answer);
        };
        waiting.add(look);
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        look();
      }),
  };
}
