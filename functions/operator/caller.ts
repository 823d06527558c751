/** Who calls: whom AWS names, as `requestContext` of a call through the function's URL says it. Trust section 8. */
import * as v from 'valibot';
import { BrineError } from '../../core/errors.ts';
import { isPrincipal, type Principal, userOf } from '../../core/operators.ts';
import type { FunctionContext } from '../context.ts';

export interface Caller extends Principal {
  /** In jobs and events: the role's ARN, Salt's own `root` for the account's root. */
  readonly user: string;
  readonly administrator: boolean;
}

const urlEvent = v.looseObject({
  requestContext: v.looseObject({
    authorizer: v.looseObject({ iam: v.looseObject({ userArn: v.pipe(v.string(), v.maxLength(2048)) }) }),
  }),
});

/** Throws `operator.denied` for a call that did not come through the URL, or that names nobody. */
export function callerOf(input: unknown, { anonymousOperators, project, stack }: FunctionContext): Caller {
  const found = v.safeParse(urlEvent, input);
  if (!found.success) {
    if (anonymousOperators) return { arn: 'anonymous', session: null, user: 'anonymous', administrator: true };
    throw new BrineError({
      code: 'operator.denied',
      text: 'the call names no caller',
      hint: 'call the function through its URL, signed; for an emulator that names nobody: anonymous_operators: true in brine.yaml',
    });
  }
  const { operators, administrators } = project.settings;
  const principal = principalOf(found.output.requestContext.authorizer.iam.userArn);
  const root = principal.arn === `arn:aws:iam::${stack.split('/')[0]}:root`;
  return {
    ...principal,
    // No role can be called `root`: its name in jobs is an ARN.
    user: root ? 'root' : userOf(operators, principal),
    administrator: root || administrators.some((name) => isPrincipal(name, principal)),
  };
}

function principalOf(userArn: string): Principal {
  const role = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/.exec(userArn);
  if (!role) return { arn: userArn, session: null };
  return { arn: `arn:${role[1]}:iam::${role[2]}:role/${role[3]}`, session: userArn };
}
