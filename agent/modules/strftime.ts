/** strftime(3), in English and the zone of this machine. */
const pad = (value: number, length = 2) => String(value).padStart(length, '0');
const named = (date: Date, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', options).format(date);

const FORMS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: (date) => pad(date.getFullYear() % 100),
  m: (date) => pad(date.getMonth() + 1),
  d: (date) => pad(date.getDate()),
  H: (date) => pad(date.getHours()),
  I: (date) => pad(date.getHours() % 12 || 12),
  M: (date) => pad(date.getMinutes()),
  S: (date) => pad(date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  a: (date) => named(date, { weekday: 'short' }),
  A: (date) => named(date, { weekday: 'long' }),
  b: (date) => named(date, { month: 'short' }),
  B: (date) => named(date, { month: 'long' }),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  '%': () => '%',
};

export function strftime(date: Date, format: string): string {
  return format.replace(/%([a-zA-Z%])/g, (all, letter: string) =>
    Object.hasOwn(FORMS, letter) ? (FORMS[letter] as (date: Date) => string)(date) : all,
  );
}
