/** What became of a job, or of the windows of one: who answered how. */

export interface Outcome {
  readonly answered: string[];
  /** Answered with a return code that is not 0. */
  readonly failed: string[];
  /** Asked, or named by a list, and silent. */
  readonly absent: string[];
  /** Functions that a host does not have. */
  readonly unavailable: Set<string>;
  /** The highest return code. */
  retcode: number;
}

export function newOutcome(): Outcome {
  return { answered: [], failed: [], absent: [], unavailable: new Set(), retcode: 0 };
}

/** Salt's block behind `--summary`; with `--verbose` by name. */
export function summaryOf({ answered, failed, absent }: Outcome, verbose: boolean): string {
  const line = '-'.repeat(43);
  const names = (label: string, ids: readonly string[]) => (verbose && ids.length > 0 ? [`${label}: ${ids.join(' ')}`] : []);
  return [
    '\n',
    line,
    'Summary',
    line,
    `# of minions targeted: ${answered.length + absent.length}`,
    `# of minions returned: ${answered.length}`,
    `# of minions that did not return: ${absent.length}`,
    `# of minions with errors: ${failed.length}`,
    ...names('Minions not responding', absent),
    ...names('Minions with failures', failed),
    line,
    '',
  ].join('\n');
}
