/** What differs from call to call, out of a screen: job ids, times, process ids, fingerprints; and the order in which hosts answered. */
import type { Screen } from './screens.ts';

/** Noise of Salt 3008.5 on standard error, nobody's interface; and where `brine` says that it acts. */
const NOISE = /unclosed .* object at 0x|DeprecationWarning: 'crypt'|^ {2}import crypt|^→ |^watching$/;

export function masked({ out, err, exit }: Screen): Screen {
  const lines = mask(err).split('\n');
  return { out: inOrder(mask(out)), err: lines.filter((line) => !NOISE.test(line)).join('\n'), exit };
}

export function mask(text: string): string {
  return text
    .replace(/'?\b20\d{18}(?:_[a-z2-7]{16})?\b'?/g, 'JID')
    .replace(/\b\d{4}, [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6}\b/g, 'START')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00| UTC|Z)?/g, 'TIME')
    .replace(/("ts": )\d+/g, '$10')
    .replace(/("(?:__pub_)?pid": )\d+/g, '$10')
    .replace(/\b((?:__pub_)?pid:(?:\n +| ))\d+/g, '$1PID')
    .replace(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){31}\b/g, 'FINGERPRINT')
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:FINGERPRINT')
    .replace(/('cwd': )'[^']*'/g, "$1'DIR'");
}

/** Several hosts' returns by name: which of them was first is chance. What follows them (a summary) stays where it is. */
export function inOrder(text: string): string {
  const end = text.search(/\n\n\n-{43}/);
  const [returns, rest] = end < 0 ? [text, ''] : [text.slice(0, end + 1), text.slice(end + 1)];
  const blocks = returns.startsWith('{\n') ? jsonBlocks(returns) : textBlocks(returns);
  return blocks.length > 1 ? blocks.sort().join('') + rest : text;
}

/** What begins with one host's name stays together, in as many lines as it has. */
function textBlocks(text: string): string[] {
  const blocks: string[] = [];
  for (const part of text.split(/^(?=[a-z]\w*\d:|\{')/m)) {
    const name = /^\w+:/.exec(part)?.[0];
    if (name !== undefined && blocks.at(-1)?.startsWith(name)) blocks[blocks.length - 1] += part;
    else blocks.push(part);
  }
  return blocks;
}

/** One object for each host; or one for all, whose keys are then sorted. */
function jsonBlocks(text: string): string[] {
  const blocks = text.split(/(?<=^}\n)/m);
  if (blocks.length > 1) return blocks;
  const object = parsed(text);
  if (object === null) return blocks;
  return [
    ...Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify({ [key]: object[key] }, null, 4)}\n`),
    '',
  ];
}

/** Python's JSON has `Infinity` and `NaN`. */
function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
