/**
 * What a function's bundle holds in the place of re2js: the engine lies beside the handler and is read at the first regular expression, since most
 * reactions have none and a cold start pays for each byte.
 */
import { createRequire } from 'node:module';
import type { RE2JS as Engine } from 're2js';

let engine: typeof Engine | undefined;

export const RE2JS: Pick<typeof Engine, 'compile'> = {
  compile(pattern, flags) {
    engine ??= (createRequire(import.meta.url)('./re2.cjs') as { RE2JS: typeof Engine }).RE2JS;
    return engine.compile(pattern, flags);
  },
};
