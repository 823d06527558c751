/** `config.*`: the settings of the minion, then its grains. Neither join string nor secret is among them. */
import { pyStr } from '../../core/python/print.ts';
import { traverse } from '../../core/target/match.ts';
import { Dict, type Value } from '../../core/value.ts';
import { merged } from './filter-by.ts';
import type { Module, ModuleContext } from './module.ts';
import { flag, text } from './schemas.ts';

export const config: Module = {
  get: {
    doc: 'A setting by its path: of the minion, else a grain, else `default` (empty text). With merge=recurse\nor overwrite both are put together.',
    example: 'backup:keep default=7',
    parameters: [
      { name: 'key', is: text },
      { name: 'default', value: '' },
      { name: 'delimiter', value: ':', is: text },
      { name: 'merge', value: null },
      { name: 'omit_opts', value: false, is: flag },
      { name: 'omit_pillar', value: false },
      { name: 'omit_master', value: false },
      { name: 'omit_grains', value: false, is: flag },
    ],
    run: (it, { key = '', default: other = '', delimiter = ':', merge = null, omit_opts, omit_grains }) => {
      const [opts, grains] = [omit_opts === true ? new Dict() : it.shown, omit_grains === true ? new Dict() : it.grains()];
      const at = (from: Dict): Value | undefined => traverse(from, key as string, delimiter as string);
      if (merge !== null) return given(at(merge === 'overwrite' ? over(grains, opts) : merged(grains, opts)), other);
      const [first, second] = [at(opts), at(grains)];
      return given(first === undefined ? second : first, other);
    },
  },
  option: {
    doc: 'A setting of the minion, else a grain, by its name; `default` (empty text) where there is none.',
    example: 'backup',
    parameters: [
      { name: 'value', is: text },
      { name: 'default', value: null },
      { name: 'omit_opts', value: false, is: flag },
      { name: 'omit_grains', value: false, is: flag },
      ...['omit_pillar', 'omit_master', 'omit_all', 'wildcard'].map((name) => ({ name, value: false, is: flag })),
    ],
    run: (it, { value = '', default: other = '', omit_opts, omit_grains, omit_all }) => {
      const first = omit_opts === true || omit_all === true ? undefined : it.shown.get(value);
      return given(
        first === undefined && omit_grains !== true && omit_all !== true ? it.grains().get(value) : first,
        other ?? '',
      );
    },
  },
  manage_mode: {
    doc: 'A file mode as four octal digits.',
    example: '644',
    parameters: [{ name: 'mode' }],
    run: (_it, { mode = null }) => (mode === null ? null : pyStr(mode).replace(/^0o?/, '').padStart(4, '0')),
  },
  items: { doc: 'All settings of the minion.', parameters: [], run: (it: ModuleContext) => it.shown },
};

function given(value: Value | undefined, other: Value): Value {
  return value === undefined ? other : value;
}

function over(below: Dict, above: Dict): Dict {
  return Dict.from([...below, ...above]);
}
