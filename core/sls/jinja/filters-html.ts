/** Filters that write HTML, and what counts as escaped already. */
import { Bytes, Dict, type Value } from '../../value.ts';
import { type Filter, own, pure, text } from './filter.ts';
import { escapeHtml } from './html.ts';
import { escapeText, truthy } from './operate.ts';
import { arg, integer } from './parameters.ts';
import { iterate } from './sequences.ts';
import { asMarkup, asValue, isMarkup, isText, plain, toText } from './text.ts';
import { Undefined } from './undefined.ts';
import { urlize } from './urlize.ts';
import { kind, OperationError } from './values.ts';

const escaped = (of: Value): Value => (isMarkup(of) ? of : asValue(asMarkup(escapeText(toText(of)))));

function urlencode(value: string, slash: boolean): string {
  const encoded = encodeURIComponent(value.toWellFormed?.() ?? value).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return slash ? encoded.replaceAll('%2F', '/') : encoded;
}

function pairOf(value: Value): readonly [Value, Value] {
  const [key, item, more] = iterate(value);
  if (key === undefined || item === undefined || more !== undefined)
    throw new OperationError('a pair has two members', 'jinja.value');
  return [key, item];
}

/** Everything from one sign to the next other one is left out; once over the text, whatever stands in it. */
function without(value: string, [open, close]: readonly [string, string]): string {
  let [out, at] = ['', 0];
  for (let from = value.indexOf(open); from >= 0; from = value.indexOf(open, at)) {
    const to = value.indexOf(close, from + open.length);
    if (to < 0) break;
    out += value.slice(at, from);
    at = to + close.length;
  }
  return out + value.slice(at);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#34': '"' };

export const htmlFilters: Readonly<Record<string, Filter>> = {
  escape: own(escaped),
  e: own(escaped),
  forceescape: own((of) => asValue(asMarkup(escapeText(asMarkup(toText(of), false))))),
  safe: own((of) => asValue(asMarkup(toText(of)))),
  striptags: text((value) =>
    without(without(value, ['<!--', '-->']), ['<', '>'])
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' ')
      .replace(/&(amp|lt|gt|quot|#39|#34);/g, (_all, name: string) => ENTITIES[name] ?? ''),
  ),
  urlencode: pure((of) => {
    const listed = typeof of === 'object' && of !== null && !isText(of) && !(of instanceof Bytes);
    if (!listed) return urlencode(plain(toText(of)), true);
    const pairs = of instanceof Dict ? [...of] : iterate(of).map(pairOf);
    const quote = (value: Value) => urlencode(plain(toText(value)), false).replaceAll('%20', '+');
    return pairs.map(([key, value]) => `${quote(key)}=${quote(value)}`).join('&');
  }),
  urlize: text((value, call) => {
    const limit = arg(call, 0, 'trim_url_limit');
    const words = (given: Value) => plain(toText(given)).split(/\s+/);
    const rel = [
      ...(arg(call, 3, 'rel') === null ? [] : words(arg(call, 3, 'rel'))),
      ...(truthy(arg(call, 1, 'nofollow', false)) ? ['nofollow'] : []),
      'noopener',
    ];
    const target = arg(call, 2, 'target');
    const schemes = arg(call, 4, 'extra_schemes');
    return urlize(value, {
      limit: limit === null ? null : integer(limit),
      rel: [...new Set(rel.filter((word) => word !== ''))].sort().join(' '),
      target: target === null ? null : plain(toText(target)),
      schemes: schemes === null ? [] : iterate(schemes).map((scheme) => plain(toText(scheme))),
    });
  }),
  xmlattr: pure((of, call) => {
    if (!(of instanceof Dict)) throw new OperationError(`'${kind(of)}' object has no attribute 'items'`);
    const pairs = [...of].filter(([, value]) => value !== null && !((value as unknown) instanceof Undefined));
    const parts = pairs.map(([key, value]) => {
      if (!isText(key)) throw new OperationError(`expected string or bytes-like object, got '${kind(key)}'`);
      const name = plain(key);
      if (/[\s/>=]/.test(name)) throw new OperationError(`Invalid character in attribute name: '${name}'`, 'jinja.value');
      return `${escapeHtml(name)}="${escapeHtml(plain(toText(value)))}"`;
    });
    const space = parts.length > 0 && truthy(arg(call, 0, 'autospace', true)) ? ' ' : '';
    return space + parts.join(' ');
  }),
};
