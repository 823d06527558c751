/** The answer of a runner function that failed, in words. */
export class RunnerError extends Error {}
