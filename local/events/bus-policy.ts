/** A bus's own policy, as PutPermission and RemovePermission change it. */
import { parsePolicy } from '../iam/policy.ts';
import { AwsError } from '../service.ts';

/** Characters. */
const LENGTH = 10_240;

export interface Permission {
  readonly Policy?: string | undefined;
  readonly StatementId?: string | undefined;
  readonly Action?: string | undefined;
  /** An account, or `*`. */
  readonly Principal?: string | undefined;
}

interface Document {
  readonly Version: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** The policy with one more statement, or with this text instead. */
export function permitted(policy: string | null, bus: string, { Policy, StatementId, Action, Principal }: Permission): string {
  const text = Policy ?? withStatement(policy, { StatementId, Action, Principal, bus });
  if (text.length > LENGTH)
    throw new AwsError('PolicyLengthExceededException', `The event bus policy is longer than ${LENGTH} characters.`);
  try {
    parsePolicy(text);
  } catch {
    throw new AwsError('ValidationException', 'Provided policy is not a valid policy document.');
  }
  return text;
}

function withStatement(
  policy: string | null,
  { bus, StatementId: Sid, Action, Principal }: Permission & { bus: string },
): string {
  if (!Sid || !Action || !Principal)
    throw new AwsError('ValidationException', 'Parameter(s) Action, Principal and StatementId, or Policy, must be specified.');
  const who = Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` };
  const statement = { Sid, Effect: 'Allow', Principal: who, Action, Resource: bus };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [...statements(policy).filter((one) => one.Sid !== Sid), statement],
  });
}

/** Without that statement, or without any; null when none is left. */
export function withdrawn(policy: string | null, id: string | undefined): string | null {
  const left = id === undefined ? [] : statements(policy).filter((one) => one.Sid !== id);
  if (id !== undefined && left.length === statements(policy).length)
    throw new AwsError('ResourceNotFoundException', `Statement ${id} does not exist.`);
  return left.length === 0 ? null : JSON.stringify({ Version: '2012-10-17', Statement: left });
}

function statements(policy: string | null): Document['Statement'] {
  return policy === null ? [] : [(JSON.parse(policy) as Document).Statement].flat();
}
