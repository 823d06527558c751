/** Whether a runner or wheel function is there and takes what a file gives it, by Salt's rules for the old schema (salt-semantics 1.9). */
import { nearest } from '../nearest.ts';
import type { Call, Complain } from './call.ts';
import { INTERNAL } from './call-keys.ts';
import { SIGNATURES } from './salt-signatures.ts';

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
  const given = [...call.keys].filter(([name]) => !INTERNAL.has(name) || names.includes(name));
  const has = (name: string) => name === 'name' || given.some(([key]) => key === name);
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
        `it takes ${names.join(', ') || 'none'}`,
      );
}

/** Functions that take any name see a bare `arg` a second time, under that name. */
export function takesAnything({ kind, fun }: Pick<Call, 'kind' | 'fun'>): boolean {
  return (kind === 'runner' || kind === 'wheel') && (SIGNATURES[kind].get(fun)?.includes('**') ?? false);
}
