/** Times as people type them for `start_time` and `end_time`, in UTC as jids are; a whole date parser is not worth its size here. */
import type { Value } from '../../../core/value.ts';
import { RunnerError } from './errors.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Milliseconds UTC; null for none given. `2026-11-22 15:11`, `2026, Nov 22 15:11:06`, `20261122`, a jid. Throws `RunnerError`. */
export function parseMoment(value: Value | undefined): number | null {
  if (value === null || value === undefined) return null;
  const text = String(value).trim();
  if (/^\d{14,}/.test(text)) return jidMoment(text);
  const found =
    /^(\d{4})[-/, ]*([a-z]{3,9}|\d{1,2})[-/, ]*(\d{1,2})?(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?Z?$/i.exec(text) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  const [, year, month = '', day = '1', hour = '0', minute = '0', second = '0'] = found ?? [];
  const number = /^\d+$/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.slice(0, 3).toLowerCase());
  const at = Date.UTC(Number(year), number, Number(day), Number(hour), Number(minute), Number(second));
  if (!found || number < 0 || number > 11 || Number.isNaN(at))
    throw new RunnerError(`Passed invalid arguments: expected a time such as '2026-11-22 15:11' (UTC), found '${text}'`);
  return at;
}

/** When a jid was made. */
export function jidMoment(jid: string): number {
  const [, year, month, day, hour, minute, second, thousandth = '0'] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?/.exec(jid)?.map(String) ?? [];
  return Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(thousandth) || 0,
  );
}
