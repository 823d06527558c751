/** Whether a runner or wheel function is there and takes what a file gives it, by Salt's rules for the old schema (salt-semantics 1.9). */
import { nearest } from '../nearest.ts';
import { Dict } from '../value.ts';
import { valueOfNode } from '../yaml/node-value.ts';
import type { Call, Complain } from './call.ts';
import { INTERNAL, REQUISITES } from './call-keys.ts';
import { SIGNATURES } from './salt-signatures.ts';

/** What the reactor keeps for itself: Salt's old schema hands everything else on, requisites too. */
const KEPT = new Set(
  [...INTERNAL].filter((name) => !REQUISITES.includes(name) && !['use', 'listen', 'require_in'].includes(name)),
);

/** Words of the reactor that a function of Salt's may have as a parameter: the old schema hands it the reactor's own, not the file's. */
const OWN_WORDS = ['name', 'fun', 'state'];

/** What the old schema hands on by name, beside `arg` and `kwarg`. */
export function namedArguments(call: Call): Dict {
  const kwargs = new Dict();
  if (call.keys.has('arg') && call.keys.has('kwarg')) return kwargs;
  const parameters = (SIGNATURES[call.kind as 'runner' | 'wheel'].get(call.fun) ?? []).map((one) => one.replace('=', ''));
  for (const [name, [, node]] of call.keys) {
    const own = INTERNAL.has(name) && !(name === 'key' && parameters.includes('key'));
    if (!own && name !== 'arg' && name !== 'kwarg') kwargs.set(name, valueOfNode(node));
  }
  const name = call.keys.get('name');
  if (parameters.includes('name')) kwargs.set('name', name ? valueOfNode(name[1]) : call.id);
  if (parameters.includes('fun')) kwargs.set('fun', call.fun);
  return kwargs;
}

export function checkSignature(call: Call, complain: Complain): void {
  // What is given whole is called as it stands, and answers for itself.
  if (call.keys.has('args') || (call.keys.has('arg') && call.keys.has('kwarg'))) return;
  const parameters = SIGNATURES[call.kind as 'runner' | 'wheel'].get(call.fun);
  if (!parameters) {
    const near = nearest(call.fun, [...SIGNATURES[call.kind as 'runner' | 'wheel'].keys()]);
    return complain(
      'reactor.function',
      `${call.kind} function ${call.fun} is not available`,
      call.where,
      near && `did you mean ${near}?`,
    );
  }
  const names = parameters.map((parameter) => parameter.replace('=', ''));
  const given = [...call.keys].filter(([name]) => !KEPT.has(name) || names.includes(name));
  const has = (name: string) => OWN_WORDS.includes(name) || given.some(([key]) => key === name);
  const required = parameters.filter((parameter) => !/[=*]/.test(parameter));
  const missing = required.filter((name) => !has(name));
  if (missing.length > 0) {
    const count = required.length - missing.length;
    return complain(
      'reactor.arguments',
      `${call.fun} takes at least ${required.length} argument${required.length === 1 ? '' : 's'} (${count} given)`,
      call.where,
      `- ${missing[0]}: …`,
    );
  }
  if (parameters.includes('**')) return;
  for (const [name, [key]] of given)
    if (!names.includes(name))
      complain(
        'reactor.arguments',
        `'${name}' is an invalid keyword argument for ${call.fun}`,
        key.where,
        REQUISITES.includes(name) ? `beside '${name}', give its arguments under args:` : `it takes ${names.join(', ') || 'none'}`,
      );
}

/** Functions that take any name see a bare `arg` a second time, under that name. */
export function takesAnything({ kind, fun }: Pick<Call, 'kind' | 'fun'>): boolean {
  return (kind === 'runner' || kind === 'wheel') && (SIGNATURES[kind].get(fun)?.includes('**') ?? false);
}
