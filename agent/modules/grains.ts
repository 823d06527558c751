/** `grains.*`: what the host knows of itself. */
import { traverse } from '../../core/target/match.ts';
import { Dict, type Value } from '../../core/value.ts';
import type { Module } from './module.ts';

export const grains: Module = {
  get: {
    doc: 'A grain by its path.',
    parameters: [
      { name: 'key' },
      { name: 'default', value: '' },
      { name: 'delimiter', value: ':' },
      { name: 'ordered', value: true },
    ],
    run: (it, { key = '', default: other = '', delimiter = ':' }) =>
      traverse(it.grains(), String(key), String(delimiter)) ?? other,
  },
  item: {
    doc: 'Grains by name.',
    parameters: [],
    varargs: true,
    keywords: true,
    run: (it, { args = [] }) => Dict.from((args as Value[]).map((name) => [name, it.grains().get(name) ?? ''] as const)),
  },
  items: { doc: 'All grains.', parameters: [{ name: 'sanitize', value: false }], run: (it) => it.grains() },
  ls: { doc: 'The names of all grains.', parameters: [], run: (it) => [...it.grains().keys()].sort() },
  has_value: {
    doc: 'Is there such a grain, with a value?',
    parameters: [{ name: 'key' }],
    run: (it, { key = '' }) => truthy(traverse(it.grains(), String(key), ':')),
  },
  equals: {
    doc: 'Has the grain this value?',
    parameters: [{ name: 'key' }, { name: 'value' }],
    run: (it, { key = '', value = null }) => String(traverse(it.grains(), String(key), ':')) === String(value),
  },
  setval: {
    doc: 'Sets a grain and keeps it.',
    parameters: [{ name: 'key' }, { name: 'val' }, { name: 'destructive', value: false }],
    run: (it, { key = '', val = null }) => {
      it.setGrain(String(key), val);
      return Dict.from([[key, val]]);
    },
  },
  delkey: {
    doc: 'Removes a grain.',
    parameters: [{ name: 'key' }, { name: 'force', value: false }],
    run: (it, { key = '' }) => {
      it.setGrain(String(key), undefined);
      return Dict.of({ changes: Dict.from([[key, null]]), comment: `Removed grain ${String(key)}`, result: true });
    },
  },
};

function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0 || value === 0n) return false;
  return Array.isArray(value) ? value.length > 0 : value instanceof Dict ? value.size > 0 : true;
}
