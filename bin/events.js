/** `brine/events`, the library. */
import { load } from './load.js';

export const { iterEvents } = await load('client/events');
