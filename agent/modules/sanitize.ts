/** Grains without the names of a host, for showing to strangers. */
import { pyStr } from '../../core/python/print.ts';
import type { Dict, Value } from '../../core/value.ts';

const HIDDEN: Readonly<Record<string, (text: string) => string>> = {
  serialnumber: (text) => text.slice(0, Math.floor(text.length * 0.75)).padEnd(text.length, 'X'),
  domain: () => 'DOMAINNAME',
  fqdn: () => 'MINION.DOMAINNAME',
  id: () => 'MINION.DOMAINNAME',
  host: () => 'MINION',
  localhost: () => 'MINION',
  nodename: () => 'MINION',
};

export function sanitized(grains: Dict): Dict {
  const shown = grains.copy();
  for (const [name, hide] of Object.entries(HIDDEN)) if (shown.has(name)) shown.set(name, hide(pyStr(shown.get(name) as Value)));
  return shown;
}
