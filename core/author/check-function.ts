/** Is there such a function? A misspelt one is told from one that only Salt's hosts have. */
import { nearest } from '../nearest.ts';
import { SIGNATURES } from '../sls/salt-signatures.ts';
import type { AuthorCall } from './calls.ts';
import type { CallContext } from './check-call.ts';
import { SALT_MODULES } from './salt-modules.ts';

export function checkFunction({ state, fun, where }: AuthorCall, { functions, platform, custom, say }: CallContext): void {
  if (state === 'runner' && fun === 'state.over')
    return say('warning', 'lint.function', 'runner.state.over was removed from Salt in 2015.8', where, {
      hint: 'write an orchestration, runner.state.orchestrate',
    });
  if (state === 'runner' || state === 'wheel') {
    // One that nobody has is told by the compiler.
    if (platform && SIGNATURES[state].has(fun) && !platform.has(state === 'wheel' ? `wheel.${fun}` : fun))
      say('note', 'lint.function', `Brine's platform has no ${state} ${fun}: it is Salt's`, where, { onlyBrine: true });
    return;
  }
  if (functions?.has(fun) || custom.has(fun)) return;
  const [module = '', ...rest] = fun.split('.');
  const known = SALT_MODULES.get(module);
  if (known?.has(rest.join('.'))) {
    if (functions)
      say(
        'note',
        'lint.function',
        `Brine's hosts have no ${fun}: it is Salt's, and a job for it says that it is not available`,
        where,
        {
          onlyBrine: true,
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
