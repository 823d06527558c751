/** Lambda entry of reactor: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './reactor.ts';

export const handler = create(createContext(createPorts));
