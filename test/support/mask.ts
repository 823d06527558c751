/** What differs from call to call, out of a screen: job ids, times, process ids, fingerprints; and the order in which hosts answered. */
import type { Screen } from './screens.ts';

/** Noise of Salt 3008.5 on standard error, nobody's interface. */
const NOISE = /unclosed .* object at 0x|DeprecationWarning: 'crypt'|^ {2}import crypt/;

export function masked({ out, err, exit }: Screen): Screen {
  return {
    out: inOrder(mask(out)),
    err: mask(err)
      .split('\n')
      .filter((line) => !NOISE.test(line) && !line.startsWith('→ ') && line !== 'watching')
      .join('\n'),
    exit,
  };
}

export function mask(text: string): string {
  return text
    .replace(/(?:'(20\d{18})'|\b20\d{18}(?:_[a-z2-7]{16})?\b)/g, 'JID')
    .replace(/\b\d{4}, [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6}\b/g, 'START')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00| UTC|Z)?/g, 'TIME')
    .replace(/("ts": )\d+/g, '$1TS')
    .replace(/("(?:__pub_)?pid": )\d+/g, '$1PID')
    .replace(/\b((?:__pub_)?pid:(?:\n +| ))\d+/g, '$1PID')
    .replace(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){31}\b/g, 'FINGERPRINT');
}

/** Several hosts' returns by name: which of them was first is chance. */
export function inOrder(text: string): string {
  const blocks = text.startsWith('{\n') ? text.split(/(?<=^}\n)/m) : text.split(/^(?=[a-z{]\w*\d[:']|\{')/m);
  return blocks.length > 1 ? blocks.sort().join('') : text;
}
