/** A function that a host does not have → the nearest that Brine has. The hosts' own modules are not known here. */
import { createModules } from '../../agent/modules/index.ts';
import { nearest } from '../../core/nearest.ts';
import { Dict, type Value } from '../../core/value.ts';

/** The function that a return says is not there. */
export function missingFunction(value: Value): string | undefined {
  const found = (text: Value) => (typeof text === 'string' ? /^'(\S+)' is not available\.$/.exec(text)?.[1] : undefined);
  return value instanceof Dict ? [...value].map(([, text]) => found(text)).find((name) => name !== undefined) : found(value);
}

/** `did you mean test.ping?` */
export async function suggestFunction(fun: string): Promise<string | undefined> {
  const names = [...(await createModules().all()).keys()];
  const close = nearest(fun, names) ?? names.find((name) => name.startsWith(fun));
  return close === undefined ? undefined : `did you mean ${close}?`;
}
