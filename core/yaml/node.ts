/**
 * A YAML document with places: what `parseYamlTree` gives, and what `core/sls/render.ts` gives once Jinja's placeholders are filled in.
 * Lines and columns are those of the author's own file, through Jinja back to the template's line.
 */
import type { Where } from '../errors.ts';
import type { Value } from '../value.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: Value;
  readonly where: Where;
  /** For text: the ranges [from, to) in UTF-16 units that a host could have written. For other scalars `[[0, 0]]` means that it did. */
  readonly taint: readonly (readonly [from: number, to: number])[];
  /** Ranges of `taint` that a filter has quoted for a shell. */
  readonly safe?: readonly (readonly [from: number, to: number])[];
  /** Was written in quotes or as a block: a plain word otherwise. */
  readonly quoted: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  /** Of `!!pairs`: each item is a mapping of one key, and means a tuple. */
  readonly pairs?: boolean;
  readonly items: readonly Node[];
  readonly where: Where;
}

export interface MapNode {
  readonly kind: 'map';
  /** Of `!!set`: the keys are its members. */
  readonly set?: boolean;
  readonly entries: readonly (readonly [key: Node, value: Node])[];
  readonly where: Where;
}

export type Node = ScalarNode | ListNode | MapNode;
