/** Where the command line of this run of tests lies, bundled as the package has it (`bundle-once.ts`). */
import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder with `bin/` and `dist/`. */
    installed: string;
  }
}

/** Of `bin/brine.js`. */
export const installedBrine = (): string => join(inject('installed'), 'bin/brine.js');

/** Of `cli/main.js` and the other entries. */
export const installedDist = (): string => join(inject('installed'), 'dist');
