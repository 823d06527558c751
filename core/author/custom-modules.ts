/** Functions that a project brings itself: Salt's `_modules/*.py` and `_runners/*.py`, and Brine's modules and executables (docs/custom-modules.md). */
import { SALT_ROOT } from '../reactor/files.ts';

/** `module.function` for hosts, `runner module.function` for the platform. `textOf`: by Salt's name. */
export function customFunctions(names: Iterable<string>, textOf: (name: string) => string | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    const [, folder, path = ''] = new RegExp(`^${SALT_ROOT}_(modules|runners)/(.+)$`).exec(name) ?? [];
    if (!folder) continue;
    const text = textOf(name) ?? '';
    const prefix = folder === 'runners' ? 'runner ' : '';
    for (const fun of functionsOf(path, text)) found.add(prefix + fun);
  }
  return found;
}

function functionsOf(path: string, text: string): readonly string[] {
  const [, stem = '', kind = ''] = /^(.*?)(?:\.(\w+))?$/.exec(path) ?? [];
  if (kind === 'py') return pythonFunctions(stem, text);
  if (['ts', 'mjs', 'js'].includes(kind))
    return stem.includes('/')
      ? []
      : [...text.matchAll(/^export (?:async )?(?:function\*?|const) (\w+)/gm)].map(([, fun]) => `${stem}.${fun}`);
  // An executable: `disk/clean.sh` is disk.clean, `clean.sh` is clean.run.
  return text.startsWith('#!') ? [stem.includes('/') ? stem.replace('/', '.') : `${stem}.run`] : [];
}

function pythonFunctions(stem: string, text: string): readonly string[] {
  const module = /^__virtualname__\s*=\s*['"](\w+)['"]/m.exec(text)?.[1] ?? stem;
  const aliases = new Map([...text.matchAll(/['"](\w+_)['"]\s*:\s*['"](\w+)['"]/g)].map(([, from, to]) => [from, to]));
  return [...text.matchAll(/^(?:async )?def ([a-z]\w*)\s*\(/gim)].map(([, fun = '']) => `${module}.${aliases.get(fun) ?? fun}`);
}

/** SLS files that lie beside those of the reactor and that nothing names. */
export function unusedFiles(names: Iterable<string>, reached: ReadonlySet<string>): readonly string[] {
  const folder = (name: string) => name.slice(0, name.lastIndexOf('/'));
  const folders = new Set([...reached].filter((name) => name.endsWith('.sls') && !name.startsWith(SALT_ROOT)).map(folder));
  return [...names].filter((name) => /\/[^./][^/]*\.sls$/.test(name) && !reached.has(name) && folders.has(folder(name)));
}
