/** The version that `test.version` and the grain `saltversion` tell; a test holds it against package.json. */
export const VERSION = '0.1.0';
