/** Salt's `json_query`: JMESPath over a value. Whole numbers beyond 2^53 go in as they are, and take part in nothing but being found. */
import { search } from '@jmespath-community/jmespath';
import { fromPlain, toPlain } from '../../value.ts';
import { type Filter, pure, str } from './filter.ts';
import { arg } from './parameters.ts';
import { OperationError } from './values.ts';

export const jsonQueryFilters: Readonly<Record<string, Filter>> = {
  json_query: pure((of, call) => {
    const expression = str(arg(call, 0, 'expr'), 'json_query');
    try {
      return fromPlain(search(toPlain(of) as never, expression));
    } catch (error) {
      throw new OperationError((error as Error).message, 'jinja.value');
    }
  }),
};
