/** Is there such a function? A misspelt one is told from one that only Salt's hosts have. */
import { nearest } from '../nearest.ts';
import type { AuthorCall } from './calls.ts';
import type { CallContext } from './check-call.ts';
import { SALT_MODULES } from './salt-modules.ts';

export function checkFunction({ state, fun, where }: AuthorCall, { functions, custom, say }: CallContext): void {
  if (state === 'runner' && fun === 'state.over')
    return say('warning', 'lint.function', 'runner.state.over was removed from Salt in 2015.8', where, {
      hint: 'write an orchestration, runner.state.orchestrate',
    });
  // Runner and wheel functions are told by the compiler.
  if (state === 'runner' || state === 'wheel') return;
  if (functions?.has(fun) || custom.has(fun)) return;
  const [module = '', ...rest] = fun.split('.');
  const known = SALT_MODULES.get(module);
  if (known?.has(rest.join('.'))) {
    if (functions)
      say(
        'note',
        'lint.function',
        `Brine's hosts have no ${fun} of themselves: Salt's function, a job for it fails there`,
        where,
        {
          onlyBrine: true,
          hint: `give it to them as a module of your own: srv/salt/_modules/${module}.mjs`,
        },
      );
    return;
  }
  const all = [
    ...[...SALT_MODULES].flatMap(([name, list]) => [...list].map((one) => `${name}.${one}`)),
    ...custom,
    ...(functions ?? []),
  ];
  const near = nearest(fun, known ? all.filter((one) => one.startsWith(`${module}.`)) : all) ?? nearest(fun, all);
  const hint = near === undefined ? undefined : `did you mean ${near}?`;
  if (known || near) say('warning', 'lint.function', `hosts have no function ${fun}`, where, { hint });
  else
    say(
      'note',
      'lint.function',
      `no module '${module}' comes with Salt 3008: hosts need it as an extension or a module of their own`,
      where,
    );
}
