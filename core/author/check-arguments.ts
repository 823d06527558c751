/** What is odd about the arguments of a function: texts where lists are meant, data in a shell command, expressions that take for ever. */
import type { Where } from '../errors.ts';
import type { Node } from '../yaml/node.ts';
import { type AuthorCall, argumentOf, chosen, scalarsIn, textOfKey } from './calls.ts';
import type { CallContext } from './check-call.ts';
import type { Say } from './finding.ts';
import { isSlowRegex } from './slow-regex.ts';

const SHELL = /^cmd\.(run|run_all|run_stdout|run_stderr|run_bg|retcode|shell)$/;

export function checkCommand(call: AuthorCall, { say }: CallContext): void {
  const { keys, settled, where, fun } = call;
  if (!SHELL.test(fun)) return;
  const command = argumentOf(call, 0, 'cmd');
  // A list is no shell command: each of its members is one argument.
  for (const hole of command?.kind === 'scalar' ? settled.holes(command) : [])
    if (hole.ofHost && !hole.quoted && !hole.harmless && !chosen(hole, settled.guards(command as Node)))
      say(
        'warning',
        'lint.quote',
        `what a host wrote (${hole.shown}) stands in the shell command of ${fun} without quote: in Salt it is run, in Brine it is refused unless it is plain`,
        hole.where,
        {
          hint: `{{ ${hole.shown.includes('…') ? '…' : hole.shown} | quote }}`,
        },
      );
  const tgt = keys.get('tgt')?.[1];
  const own = tgt && settled.open(tgt) && settled.holes(tgt)[0]?.shown === 'data.id';
  if (!keys.has('queue_ttl') && !own)
    say('note', 'lint.ttl', `a host that is away for more than 15 minutes does not run this ${fun}`, where, {
      hint: 'add - queue_ttl: 3600 where it should, or 900 to say that it should not',
      onlyBrine: true,
    });
}

export function checkArguments({ keys, state, fun, settled }: AuthorCall, { say }: CallContext): void {
  const [arg, args] = [keys.get('arg'), keys.get('args')];
  const local = state === 'local' || state === 'cmd';
  if (args && (arg || keys.has('kwarg')))
    say(
      'warning',
      'lint.ignored',
      "beside 'args' Salt passes over arg and kwarg",
      (arg ?? keys.get('kwarg'))?.[0].where ?? args[0].where,
    );
  if (arg?.[1].kind === 'scalar' && typeof arg[1].value === 'string' && !settled.open(arg[1]))
    say('warning', 'lint.arg', 'arg is one text: Salt sends its letters one by one, Brine sends it whole', arg[0].where, {
      hint: 'arg: [ … ]',
    });
  if (local && args?.[1].kind === 'list')
    for (const item of args[1].items)
      if (item.kind === 'scalar' && !settled.open(item))
        say(
          'warning',
          'lint.arg',
          `'${String(item.value)}' under args is the name of an argument without a value, not a value`,
          item.where,
          {
            hint: 'write positional arguments under arg:',
          },
        );
  const names = new Set<string>();
  for (const item of args?.[1].kind === 'list' ? args[1].items : [])
    for (const [key] of item.kind === 'map' ? item.entries : []) {
      const name = key.kind === 'scalar' ? String(key.value) : '';
      if (names.has(name)) say('warning', 'lint.silent', `'${name}' stands twice under args: the later one counts`, key.where);
      names.add(name);
    }
  if (local && arg?.[1].kind === 'list')
    for (const item of arg[1].items) {
      const text = item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '';
      if (/^state\.(apply|sls|highstate|single)$/.test(fun) && /^\S+\s+\w+=\S/.test(text))
        say('warning', 'lint.arg', `'${text}' is one argument, not two`, item.where, { hint: 'a dash for each, or kwarg:' });
    }
}

/** Regular expressions of a target. */
export function checkExpressions({ keys, settled }: AuthorCall, { say }: CallContext): void {
  const tgt = keys.get('tgt')?.[1];
  const type = String(textOfKey({ keys } as AuthorCall, 'tgt_type') ?? textOfKey({ keys } as AuthorCall, 'expr_form') ?? 'glob');
  if (!tgt) return;
  for (const scalar of scalarsIn(tgt)) {
    if (typeof scalar.value !== 'string' || settled.holes(scalar).length > 0) continue;
    for (const expression of expressionsOf(scalar.value, type)) sayIfSlow(expression, scalar.where, say);
  }
}

function expressionsOf(text: string, type: string): readonly string[] {
  if (type === 'pcre') return [text];
  if (type === 'grain_pcre' || type === 'pillar_pcre') return [text.slice(text.lastIndexOf(':') + 1)];
  if (type !== 'compound') return [];
  return text.split(/\s+/).flatMap((word) => {
    const [, letter, rest] = /^([EPJ])\S?@(.*)$/.exec(word.replace(/^([EPJ])@/, '$1@')) ?? [];
    if (!letter || rest === undefined) return [];
    return [letter === 'E' ? rest : rest.slice(rest.lastIndexOf(':') + 1)];
  });
}

export function sayIfSlow(expression: string, where: Where, say: Say): void {
  if (isSlowRegex(expression))
    say(
      'warning',
      'lint.regex',
      `'${expression}' repeats what repeats: on a text of 30 characters Python tries a billion ways, and Salt's reactor stands still`,
      where,
      {
        hint: 'let each character have one way to be matched; Brine stops it after a budget of steps',
      },
    );
}
