/** Lambda entry of runner: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './runner.ts';

export const handler = create(createContext(createPorts));
