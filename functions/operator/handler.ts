/** Lambda entry of operator: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './operator.ts';

export const handler = create(createContext(createPorts));
