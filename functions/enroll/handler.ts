/** Lambda entry of enroll: environment and bundle → context. */

import { createPorts } from '../../aws/ports.ts';
import { createContext } from '../lambda-context.ts';
import { create } from './enroll.ts';

export const handler = create(createContext(createPorts));
