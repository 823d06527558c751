/** Who calls: the role's ARN as AWS names it. A session name is chosen by its bearer and counts for nothing. */
import * as v from 'valibot';
import { BrineError } from '../../core/errors.ts';
import type { FunctionContext } from '../context.ts';

export interface Caller {
  /** `arn:aws:iam::<account>:role/<name>`, or the account's root. */
  readonly arn: string;
  readonly user: string;
  readonly administrator: boolean;
}

const urlEvent = v.looseObject({
  requestContext: v.looseObject({ authorizer: v.optional(v.looseObject({ iam: v.looseObject({ userArn: v.string() }) })) }),
});

/** Throws `operator.denied` for a call that did not come through the URL, or that names nobody. */
export function callerOf(input: unknown, { anonymousOperators, stack }: FunctionContext): Caller {
  const found = v.safeParse(urlEvent, input);
  const arn = found.success ? found.output.requestContext.authorizer?.iam.userArn : undefined;
  if (arn === undefined) {
    if (anonymousOperators) return { arn: 'anonymous', user: 'anonymous', administrator: true };
    throw new BrineError({
      code: 'operator.denied',
      text: 'the call names no caller',
      hint: 'call the function through its URL, signed; an emulator that names nobody needs anonymous_operators',
    });
  }
  const account = stack.split('/')[0] as string;
  const role = /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  const name = role ? `arn:aws:iam::${role[1]}:role/${role[2]}` : arn;
  return {
    arn: name,
    user: role ? (role[2] as string) : (arn.split(/[:/]/).at(-1) as string),
    administrator: arn === `arn:aws:iam::${account}:root`,
  };
}
