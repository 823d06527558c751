/** `manage.*`: which hosts are there. Each is asked: what a registry remembers is no sign of life. */
import type { TargetType } from '../../../core/job/job.ts';
import { TARGET_TYPES } from '../../../core/job/job.ts';
import { decode } from '../../../core/json.ts';
import { matchTarget } from '../../../core/target/match.ts';
import { Dict, type Value } from '../../../core/value.ts';
import { VERSION } from '../../../core/version.ts';
import { changeKeys, listKeys } from '../../keys.ts';
import { askHosts } from '../ask-hosts.ts';
import { namesOf } from './arguments.ts';
import { RunnerError } from './errors.ts';
import type { RunnerContext, RunnerFunction, RunnerModule } from './types.ts';

interface Found {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** Who answered a ping, and who of the accepted did not: never enrolled, away, or two with one key. */
async function ping(it: RunnerContext, values: Readonly<Record<string, Value>>): Promise<Found> {
  const tgt = targetOf(values.tgt);
  const tgt_type = typeOf(values.tgt_type);
  const seconds = Number(values.timeout ?? 0);
  const { asked, answers } = await askHosts(it, { fun: 'test.ping', tgt, tgt_type, ...(seconds > 0 && { seconds }) });
  const up = asked.filter((id) => answers.has(id)).sort();
  const target = { tgt, tgt_type, literal: typeof tgt === 'string' ? [[]] : tgt.map(() => []), delimiter: ':' };
  const { nodegroups } = it.context.project.settings;
  const accepted = (await it.context.ports.registry.minions()).minions.filter((minion) => {
    if (minion.state !== 'accepted' || minion.edge) return false;
    const grains = minion.grains === null ? null : decode(minion.grains);
    return (
      matchTarget(target, { id: minion.id, grains: grains instanceof Dict ? grains : null, pillar: null }, { nodegroups }) ===
      true
    );
  });
  const down = [...new Set([...accepted.map((minion) => minion.id as string), ...asked])].filter((id) => !up.includes(id)).sort();
  return { up, down };
}

export function targetOf(value: Value | undefined): string | readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value ?? '*');
}

export function typeOf(value: Value | undefined): TargetType {
  if (value === undefined) return 'glob';
  const found = TARGET_TYPES.find((type) => type === value);
  if (found) return found;
  throw new RunnerError(
    `Passed invalid arguments: there is no tgt_type '${String(value)}'; it is one of ${TARGET_TYPES.join(', ')}`,
  );
}

const TARGET = [
  { name: 'tgt', value: '*' },
  { name: 'tgt_type', value: 'glob' },
  { name: 'timeout', value: null },
  { name: 'gather_job_timeout', value: null },
] as const;
const SUBSET = [
  { name: 'subset', value: null },
  { name: 'show_ip', value: false },
] as const;

function presence(which: 'up' | 'down', doc: string): RunnerFunction {
  return {
    doc,
    parameters: SUBSET,
    run: async (it, values) => {
      const subset = namesOf(values.subset);
      const ids = (await ping(it, {}))[which].filter((id) => subset === null || subset.includes(id));
      return values.show_ip === true && which === 'up' ? addressesOf(it, ids) : [...ids];
    },
  };
}

/** The first address of each that is not its own machine's alone. */
async function addressesOf(it: RunnerContext, ids: readonly string[]): Promise<Dict> {
  const { minions } = await it.context.ports.targets.registered();
  return Dict.from(
    ids.map((id) => {
      const addresses = minions.find((minion) => minion.id === id)?.grains?.get('ipv4');
      const shown = Array.isArray(addresses) ? addresses.map(String).find((address) => !address.startsWith('127.')) : undefined;
      return [id, shown ?? null] as const;
    }),
  );
}

async function down(it: RunnerContext, values: Readonly<Record<string, Value>>): Promise<Value> {
  const found = (await ping(it, values)).down;
  if (values.removekeys === true) {
    const rows = (await listKeys(it.context)).filter((row) => row.state === 'accepted' && found.includes(row.id));
    await changeKeys(it.context, { change: 'delete', rows, signer: it.signer, source: 'brine.platform' });
  }
  return [...found];
}

const LABELS = {
  offline: 'Minion offline',
  older: 'Minion requires update',
  same: 'Up to date',
  newer: 'Minion newer than master',
} as const;

async function versions(it: RunnerContext): Promise<Value> {
  const { answers } = await askHosts(it, { fun: 'test.version' });
  const result = new Dict();
  const groups = new Map<string, [string, Value][]>();
  for (const { id } of (await it.context.ports.registry.minions()).minions.filter(
    (minion) => minion.state === 'accepted' && !minion.edge,
  )) {
    const version = answers.get(id)?.get('return');
    const label = typeof version === 'string' ? LABELS[compareVersions(version, VERSION)] : LABELS.offline;
    groups.set(label, [...(groups.get(label) ?? []), [id, typeof version === 'string' ? version : false]]);
  }
  for (const [label, rows] of groups) result.set(label, Dict.from(rows.sort(([a], [b]) => (a < b ? -1 : 1))));
  return result.set('Master', VERSION);
}

function compareVersions(a: string, b: string): 'older' | 'same' | 'newer' {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0 ? 'older' : 'newer';
  }
  return 'same';
}

const up = (words: string): RunnerFunction => presence('up', `Accepted hosts that answer now${words}.`);
const away = (words: string): RunnerFunction => presence('down', `Accepted hosts that do not answer now${words}.`);

export const manageRunners: RunnerModule = {
  'manage.status': {
    doc: 'Which hosts answer a ping, and which accepted hosts do not.',
    parameters: [{ name: 'output', value: true }, ...TARGET],
    run: async (it, values) => {
      const found = await ping(it, values);
      return Dict.of({ up: [...found.up], down: [...found.down] });
    },
  },
  'manage.up': {
    doc: 'Hosts that answer a ping.',
    parameters: TARGET,
    run: async (it, values) => [...(await ping(it, values)).up],
  },
  'manage.down': {
    doc: 'Accepted hosts that do not answer a ping; removekeys=True deletes their keys.',
    parameters: [{ name: 'removekeys', value: false }, ...TARGET],
    run: down,
  },
  'manage.versions': { doc: 'The version of each host’s agent, beside the platform’s own.', parameters: [], run: versions },
  'manage.present': up(''),
  'manage.not_present': away(''),
  'manage.list_state': up(', as manage.present'),
  'manage.list_not_state': away(', as manage.not_present'),
  'manage.joined': up(', as manage.present'),
  'manage.not_joined': away(', as manage.not_present'),
  'manage.allowed': up(', as manage.present'),
  'manage.not_allowed': away(', as manage.not_present'),
  'manage.alived': up(', as manage.present'),
  'manage.not_alived': away(', as manage.not_present'),
  'manage.reaped': up(', as manage.present'),
  'manage.not_reaped': away(', as manage.not_present'),
};
