/** Functions that a project brings itself: `_modules/*.py`, `_runners/*.py` below salt://, and modules of Brine's own in JavaScript. */
import { SALT_ROOT } from '../reactor/files.ts';

/** `module.function` for hosts, `runner module.function` for the platform. `textOf`: by Salt's name. */
export function customFunctions(names: Iterable<string>, textOf: (name: string) => string | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    const [, folder, stem, kind] = new RegExp(`^${SALT_ROOT}_(modules|runners)/(\\w+)\\.(py|mjs|js|ts)$`).exec(name) ?? [];
    if (!stem) continue;
    const text = textOf(name) ?? '';
    const module = /^__virtualname__\s*=\s*['"](\w+)['"]/m.exec(text)?.[1] ?? stem;
    const pattern = kind === 'py' ? /^(?:async )?def ([a-z]\w*)\s*\(/gim : /^export (?:async )?(?:function|const) (\w+)/gm;
    const aliases = new Map([...text.matchAll(/['"](\w+_)['"]\s*:\s*['"](\w+)['"]/g)].map(([, from, to]) => [from, to]));
    for (const [, fun = ''] of text.matchAll(pattern))
      found.add(`${folder === 'runners' ? 'runner ' : ''}${module}.${aliases.get(fun) ?? fun}`);
  }
  return found;
}

/** SLS files that lie beside those of the reactor and that nothing names. */
export function unusedFiles(names: Iterable<string>, reached: ReadonlySet<string>): readonly string[] {
  const folder = (name: string) => name.slice(0, name.lastIndexOf('/'));
  const folders = new Set([...reached].filter((name) => name.endsWith('.sls') && !name.startsWith(SALT_ROOT)).map(folder));
  return [...names].filter((name) => /\/[^./][^/]*\.sls$/.test(name) && !reached.has(name) && folders.has(folder(name)));
}
