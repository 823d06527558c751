/** A pair of `groupby`: also `.grouper` and `.list`. */
import { Tuple } from '../../value.ts';

export class Group extends Tuple {}
