/** How a return is shown: what the command line says, and what the return itself says. */

export interface Look {
  readonly color: boolean;
  /** Of the function; other than 0 paints names red. */
  readonly retcode: number;
  /** `--out-indent`; below 0 everything stands on one line. */
  readonly indent?: number;
  readonly states?: StateLook;
}

/** `--state-output`, `--state-verbose`, `--output-diff`. */
export interface StateLook {
  /** full, terse, mixed or changes, with `_id` behind it for IDs instead of names. */
  readonly output: string;
  readonly verbose: boolean;
  readonly diff: boolean;
}

export const ALL_STATES: StateLook = { output: 'full', verbose: true, diff: false };

/** The value has not the form that an outputter is for; it is shown nested, as Salt does. */
export class Unfit extends Error {}
