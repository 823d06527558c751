/** status: who the caller is here, and what the function is made of. No secret is in it, so everybody who may call may ask. */
import { rulesOf } from '../../core/operators.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function statusAction({ caller, context }: ActionContext): Promise<OperatorAnswer> {
  const { project, ports, stack, clock } = context;
  const relays = (await ports.registry.relays()).map(({ push, sub, key, name = '1' }) => ({ push, sub, key, name }));
  return {
    code: 'ok',
    text: `you are ${caller.user}${caller.administrator ? ', an administrator' : ''}`,
    user: caller.user,
    arn: caller.session ?? caller.arn,
    administrator: caller.administrator,
    rules: rulesOf(project.settings.operators, caller),
    stack,
    bundle: project.digest,
    entries: project.entries.length,
    now: clock.now(),
    relays,
  };
}
