/** Lambda entry of recorder: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './recorder.ts';

export const handler = create(createContext(createPorts));
