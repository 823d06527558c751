/** The answer of a runner function that failed, in words. */
export class RunnerError extends Error {}
/** Arguments that do not fit its signature, in Python's words; answered with its documentation below, as Salt does. */
export class RunnerArguments extends RunnerError {}
/** A keyword argument that it does not know: Salt answers with its documentation alone. */
export class RunnerKeyword extends RunnerError {}
/** Salt's exception out of a runner function. */
export class RunnerException extends RunnerError {}
