/** Keys of a reaction that are no arguments. */

export const REQUISITES = [
  'require',
  'watch',
  'onchanges',
  'onfail',
  'require_any',
  'watch_any',
  'onchanges_any',
  'onfail_any',
  'prereq',
];
/** What the compiler itself reads. */
export const INTERNAL = new Set([
  ...REQUISITES,
  'name',
  'names',
  'order',
  'use',
  'listen',
  'require_in',
  'fun',
  'state',
  'key',
  '__id__',
  '__sls__',
  'queue_ttl',
  'on_crash',
]);
