/** Addresses in a text as links, by the rules of Jinja's `urlize`. */
import { escapeHtml } from './html.ts';

export interface UrlizeOptions {
  /** Characters of an address that are shown. */
  readonly limit: number | null;
  readonly rel: string;
  readonly target: string | null;
  readonly schemes: readonly string[];
}

const HOST = String.raw`(?:(?:https?:\/\/|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59})|(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)|https?:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))`;
const ADDRESS = new RegExp(`^${HOST}(?::\\d{1,5})?(?:[/?#]\\S*)?$`, 'i');
const MAIL = /^\S+@\w[\w.-]*\.\w+$/;

export function urlize(text: string, options: UrlizeOptions): string {
  return escapeHtml(text)
    .split(/(\s+)/)
    .map((word) => link(word, options))
    .join('');
}

function link(word: string, options: UrlizeOptions): string {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? '';
  let middle = word.slice(head.length);
  let tail = /(?:[)>.,\n]|&gt;)+$/.exec(middle)?.[0] ?? '';
  middle = middle.slice(0, middle.length - tail.length);
  const count = (where: string, what: string) => where.split(what).length - 1;
  for (const [open, close] of [
    ['(', ')'],
    ['<', '>'],
    ['&lt;', '&gt;'],
  ] as const) {
    // A closing bracket belongs to an address that has an opening one.
    while (count(middle, open) > count(middle, close) && tail.includes(close)) {
      const end = tail.indexOf(close) + close.length;
      middle += tail.slice(0, end);
      tail = tail.slice(end);
    }
  }
  return head + anchor(middle, options) + tail;
}

function anchor(middle: string, { limit, rel, target, schemes }: UrlizeOptions): string {
  const more = `${rel ? ` rel="${escapeHtml(rel)}"` : ''}${target === null ? '' : ` target="${escapeHtml(target)}"`}`;
  const shown = limit !== null && [...middle].length > limit ? `${[...middle].slice(0, limit).join('')}...` : middle;
  if (ADDRESS.test(middle)) return `<a href="${/^https?:\/\//.test(middle) ? '' : 'https://'}${middle}"${more}>${shown}</a>`;
  if (middle.startsWith('mailto:') && MAIL.test(middle.slice(7))) return `<a href="${middle}">${middle.slice(7)}</a>`;
  if (middle.includes('@') && !middle.startsWith('www.') && !middle.includes(':') && MAIL.test(middle))
    return `<a href="mailto:${middle}">${middle}</a>`;
  const scheme = schemes.find((one) => middle !== one && middle.startsWith(one));
  return scheme === undefined ? middle : `<a href="${middle}"${more}>${middle}</a>`;
}
