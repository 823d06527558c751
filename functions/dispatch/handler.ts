/** Lambda entry of dispatch: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './dispatch.ts';

export const handler = create(createContext(createPorts));
