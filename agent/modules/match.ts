/** `match.*`: does a target mean this host? The rules are those by which jobs are addressed. */
import type { TargetType } from '../../core/job/job.ts';
import { pyStr } from '../../core/python/print.ts';
import { matchTarget } from '../../core/target/match.ts';
import { Dict, type Value } from '../../core/value.ts';
import { filterBy } from './filter-by.ts';
import type { Module, ModuleContext, ModuleFunction, Parameter } from './module.ts';
import { mapping, text, words } from './schemas.ts';

const tgt: Parameter = { name: 'tgt', is: words };
const delimiter: Parameter = { name: 'delimiter', value: ':', is: text };
const minionId: Parameter = { name: 'minion_id', value: null, is: text };

const of = (type: TargetType, doc: string, example: string, more: readonly Parameter[] = []): ModuleFunction => ({
  doc,
  example,
  parameters: [tgt, ...more],
  run: (it, { tgt: wanted = '', delimiter: between = ':', minion_id = null }) =>
    means(it, { type, tgt: wanted, delimiter: between as string, id: minion_id as string | null }),
});

export const match: Module = {
  compound: of('compound', 'Is this host meant by a compound target?', "'G@os:Debian and not db*'", [minionId]),
  glob: of('glob', 'Does the id fit a glob?', "'web*'", [minionId]),
  pcre: of('pcre', 'Does the id begin with what a regular expression says?', "'web[0-9]+'", [minionId]),
  list: of('list', 'Is the id one of a list?', 'web1,web2', [minionId]),
  grain: of('grain', 'Does a grain fit a glob?', "'os:Deb*'", [delimiter]),
  grain_pcre: of('grain_pcre', 'Does a grain begin with what a regular expression says?', "'os:(Debian|Ubuntu)'", [delimiter]),
  ipcidr: of('ipcidr', 'Has this host an address, or one in a network?', '10.0.0.0/8'),
  pillar: of('pillar', 'Does pillar fit a glob? A host does not hold its pillar: False.', "'role:web'", [delimiter]),
  pillar_pcre: of('pillar_pcre', 'Does pillar fit a regular expression? A host does not hold its pillar: False.', "'role:w.*'", [
    delimiter,
  ]),
  search_by: {
    doc: 'The names of those lists of targets that mean this host.',
    example: "'{web: [web*, G@role:web], db: [db*]}'",
    parameters: [{ name: 'lookup', is: mapping }, { name: 'tgt_type', value: 'compound', is: text }, minionId],
    run: (it, { lookup, tgt_type = 'compound', minion_id = null }) => {
      const names = [...(lookup as Dict)].filter(([, targets]) =>
        (Array.isArray(targets) ? targets : [targets]).some((target) =>
          means(it, { type: tgt_type as TargetType, tgt: pyStr(target), delimiter: ':', id: minion_id as string | null }),
        ),
      );
      return names.length > 0 ? names.map(([name]) => name) : null;
    },
  },
  filter_by: {
    doc: 'The entry of a mapping whose key is a target that means this host.',
    example: "'{web*: {port: 80}, default: {port: 8080}}'",
    parameters: [
      { name: 'lookup', is: mapping },
      { name: 'tgt_type', value: 'compound', is: text },
      minionId,
      { name: 'merge', value: null },
      { name: 'merge_lists', value: false },
      { name: 'default', value: 'default' },
    ],
    run: (it, { lookup, tgt_type = 'compound', minion_id = null, merge = null, default: other = null }) => {
      const key = [...(lookup as Dict).keys()].find((target) =>
        means(it, { type: tgt_type as TargetType, tgt: pyStr(target), delimiter: ':', id: minion_id as string | null }),
      );
      const chosen = Dict.from([
        ['chosen', (key === undefined ? undefined : (lookup as Dict).get(key)) ?? (lookup as Dict).get(other) ?? null],
      ]);
      return filterBy(chosen, { values: 'chosen', merge, otherwise: null, base: null });
    },
  },
};

interface Question {
  readonly type: TargetType;
  readonly tgt: Value;
  readonly delimiter: string;
  readonly id: string | null;
}

function means(it: ModuleContext, { type, tgt: wanted, delimiter: between, id }: Question): boolean {
  const words_ = Array.isArray(wanted) ? wanted.map((word) => pyStr(word)) : pyStr(wanted);
  const target = {
    tgt_type: type,
    tgt: words_,
    literal: Array.isArray(words_) ? words_.map(() => []) : [[]],
    delimiter: between,
  };
  return matchTarget(target, { id: id ?? it.id, grains: it.grains(), pillar: null }) === true;
}
