/** The version that `test.version` and the grain `brineversion` tell; a test holds it against package.json. */
export const VERSION = '0.1.0';
