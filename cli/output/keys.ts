/** Salt's `key` outputter: ids by the state of their keys, with fingerprints where these are given. */
import { pyStr } from '../../core/python/print.ts';
import { Dict, type Value } from '../../core/value.ts';
import { type Color, paintOf } from './colors.ts';
import { sortedEntries, withoutEscape } from './nested.ts';

const SECTIONS: Readonly<Record<string, readonly [title: string, titleColor: Color, color: Color]>> = {
  minions: ['Accepted Keys:', 'LIGHT_GREEN', 'GREEN'],
  minions_denied: ['Denied Keys:', 'LIGHT_MAGENTA', 'MAGENTA'],
  minions_pre: ['Unaccepted Keys:', 'LIGHT_RED', 'RED'],
  minions_rejected: ['Rejected Keys:', 'LIGHT_BLUE', 'BLUE'],
};

/** `{minions: [ids], minions_pre: {id: fingerprint}, …}` → lines. */
export function keysText(keys: Dict, color: boolean): string {
  const paint = paintOf(color);
  const lines = sortedEntries(keys).flatMap(([state, members]) => {
    const [title, titleColor, own] = SECTIONS[pyStr(state)] ?? [`${pyStr(state)}:`, 'WHITE', 'WHITE'];
    return [paint(titleColor, title), ...idsOf(members).map((line) => paint(own, line))];
  });
  return lines.map((line) => `${line}\n`).join('');
}

function idsOf(members: Value): string[] {
  if (members instanceof Dict) return sortedEntries(members).map(([id, text]) => `${withoutEscape(pyStr(id))}:  ${pyStr(text)}`);
  return Array.isArray(members) ? members.map((id) => withoutEscape(pyStr(id))).sort() : [];
}
