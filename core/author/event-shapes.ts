/** The tags that Salt and Brine themselves fire, and what the data of each holds (salt-semantics 2.2, 2.4). */
import { editDistance } from '../nearest.ts';
import { overlap } from './glob-overlap.ts';

export interface EventShape {
  readonly tag: string;
  /** Names in `data`, beside `_stamp`; null: any. */
  readonly fields: readonly string[] | null;
  /** Values that a field can have. */
  readonly values?: Readonly<Record<string, readonly (string | boolean)[]>>;
}

const RETURN = [
  ...['cmd', 'id', 'success', 'return', 'retcode', 'jid', 'fun', 'fun_args', 'user', 'out', 'metadata', 'master_id', 'ts'],
  ...[
    'arg',
    'tgt',
    'tgt_type',
    'schedule',
    'pid',
    'traceparent',
    'receipt',
    'tag',
    'ret',
    'missing',
    'head',
    'tail',
    'size',
    'digest',
  ],
];

export const SHAPES: readonly EventShape[] = [
  {
    tag: 'salt/auth',
    fields: ['result', 'act', 'id', 'pub', 'fingerprint', 'version'],
    values: { act: ['accept', 'pend', 'reject', 'denied', 'full'], result: [true, false] },
  },
  {
    tag: 'salt/key',
    fields: ['result', 'act', 'id', 'fingerprint'],
    values: { act: ['accept', 'reject', 'delete'], result: [true, false] },
  },
  { tag: 'salt/minion/*/start', fields: ['id', 'tag', 'data', 'cmd', 'pretag', 'grains', 'ts'] },
  { tag: 'salt/beacon/*/*', fields: null },
  { tag: 'salt/job/*/ret/*', fields: RETURN, values: { success: [true, false] } },
  { tag: 'salt/job/*/new', fields: null },
  { tag: 'salt/job/*/publish', fields: null },
  { tag: 'salt/job/*/prog/*', fields: null },
  { tag: 'salt/job/*/sub/*/error/*', fields: null },
  { tag: 'salt/job/*/error', fields: null },
  { tag: 'salt/run/*/new', fields: null },
  { tag: 'salt/run/*/ret', fields: null },
  { tag: 'salt/run/*/args', fields: null },
  { tag: 'salt/wheel/*/new', fields: null },
  { tag: 'salt/wheel/*/ret', fields: null },
  { tag: 'salt/presence/present', fields: ['present'] },
  { tag: 'salt/presence/change', fields: ['new', 'lost'] },
  { tag: 'salt/state_result/*', fields: null },
  { tag: 'salt/netapi/hook/*', fields: ['post', 'headers', 'body'] },
  { tag: 'salt/cloud/*', fields: null },
  { tag: 'salt/engines/*', fields: null },
  { tag: 'salt/engine/*', fields: null },
  { tag: 'salt/thorium/*', fields: null },
  { tag: 'salt/cluster/*', fields: null },
  { tag: 'salt/fileserver/*', fields: null },
  { tag: 'salt/stats/*', fields: null },
  { tag: 'salt/reactor/*/error', fields: null },
  { tag: 'salt/reactors/manage/*', fields: null },
  { tag: 'salt/batch/*', fields: null },
  { tag: 'salt/brine/*', fields: null },
];

/** The one kind of event that a glob is for; undefined where it may be several or none of these. */
export function shapeOfGlob(written: string): EventShape | undefined {
  const glob = meantTag(written) ?? written;
  if (/^[*?[]/.test(glob)) return undefined;
  const fitting = SHAPES.filter(({ tag }) => overlap(tag, glob));
  const own = fitting.filter(({ tag }) => glob.startsWith(tag.slice(0, tag.indexOf('*') + 1 || undefined).replace('*', '')));
  return fitting.length === 1 && own.length === 1 ? own[0] : undefined;
}

/** For a glob below `salt/` that nothing fires: the tag that was meant, where one is near. */
export function meantTag(glob: string): string | undefined {
  if (/^salt\/beacon\/[^/]+\/\w+$/.test(glob)) return `${glob}/*`;
  if (SHAPES.some(({ tag }) => overlap(tag, glob))) return undefined;
  if (!glob.startsWith('salt/')) {
    const inside =
      /^(minion|beacon|job|auth|presence|key|netapi|cloud|run)(\/|$)/.test(glob) && !glob.startsWith('minion/refresh');
    return inside && SHAPES.some(({ tag, fields }) => overlap(tag, `salt/${glob}`) && (fields || tag.includes('*')))
      ? `salt/${glob}`
      : undefined;
  }
  let [best, least] = ['', 4];
  for (const { tag } of SHAPES) {
    const distance = editDistance(glob, tag, least);
    if (distance < least) [best, least] = [tag, distance];
  }
  return best === '' ? undefined : best;
}
