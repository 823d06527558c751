/** The version that `test.version` and the grain `brineversion` tell. */
export { VERSION } from '../core/version.ts';
