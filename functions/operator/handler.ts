/** Lambda entry of operator: environment and bundle → context. */

import { lambdaClient } from '../../aws/clients.ts';
import { createPorts } from '../../aws/ports.ts';
import { createReactorInvoker } from '../../aws/reactor-invoker.ts';
import { stackParts } from '../../aws/topology.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './operator.ts';

export const handler = create(
  createContext((stack) => {
    const { region, name } = stackParts(stack);
    return { ...createPorts(stack), replay: createReactorInvoker(lambdaClient({ region }), `${name}-reactor`) };
  }),
);
