/** Who may do what: one question for every service. Role policy ∩ session policy, or a resource's own policy; a deny anywhere wins. */
import { AwsError, type Caller, callerArn } from '../service.ts';
import { decide, parsePolicy, type Question, type Statement } from './policy.ts';

export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** The resource's own policy text, where it has one. */
  readonly policy?: string | undefined;
  /** KMS: without its key policy's word (for the caller, or for the account, whose own policies then decide) nobody may. */
  readonly policyDecides?: boolean;
}

export class Access {
  /** Role → the statements of its policies. */
  readonly roles = new Map<string, { readonly trust: string; readonly policies: Map<string, string> }>();

  /** Throws AccessDenied unless the caller may. */
  authorize(caller: Caller, asked: Asked): void {
    if (!this.allows(caller, asked)) {
      throw new AwsError(
        'AccessDeniedException',
        `User: ${callerArn(caller)} is not authorized to perform: ${asked.action} on resource: ${asked.resource}`,
        {
          status: 403,
          queryCode: 'AccessDenied',
        },
      );
    }
  }

  allows(caller: Caller, asked: Asked): boolean {
    const question = questionOf(caller, asked);
    const resource = asked.policy ? decide(parsePolicy(asked.policy), question, true) : 'none';
    if (resource === 'deny') return false;
    if (caller.kind === 'service') return resource === 'allow';
    if (asked.policyDecides && resource === 'none') return false;
    if (caller.kind === 'root') return true;
    const identity = decide(this.#statementsOf(caller.role), question, false);
    if (identity === 'deny') return false;
    if (identity !== 'allow' && resource !== 'allow') return false;
    return caller.policy === null || decide(parsePolicy(caller.policy), question, false) === 'allow';
  }

  #statementsOf(role: string): readonly Statement[] {
    return [...(this.roles.get(role)?.policies.values() ?? [])].flatMap((text) => parsePolicy(text));
  }
}

function questionOf(caller: Caller, { action, resource, context = {} }: Asked): Question {
  const keys = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) keys.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  if (caller.kind === 'service') {
    keys.set('aws:sourcearn', [caller.sourceArn]);
    return { action, resource, context: keys, principals: [], account: [], service: caller.service };
  }
  keys.set('aws:principalaccount', [caller.account]);
  const account = `arn:aws:iam::${caller.account}:root`;
  if (caller.kind === 'root') {
    keys.set('aws:principalarn', [account]);
    return { action, resource, context: keys, principals: [account, caller.account], account: [], service: null };
  }
  const role = `arn:aws:iam::${caller.account}:role/${caller.role}`;
  keys.set('aws:principalarn', [role]);
  for (const [name, value] of Object.entries(caller.tags)) keys.set(`aws:principaltag/${name.toLowerCase()}`, [value]);
  return {
    action,
    resource,
    context: keys,
    principals: [role, callerArn(caller)],
    account: [account, caller.account],
    service: null,
  };
}
