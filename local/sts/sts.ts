/** STS: AssumeRole with session policy and tags, GetCallerIdentity. Sessions are forgotten with the process; whoever needs one asks again. */
import { randomBytes } from 'node:crypto';
import type { Access } from '../iam/access.ts';
import { decide, parsePolicy } from '../iam/policy.ts';
import { escapeXml } from '../server.ts';
import { AwsError, type Caller, callerArn, type Service, type ServiceRequest } from '../service.ts';

interface Session {
  readonly secret: string;
  readonly token: string;
  readonly expires: number;
  readonly caller: Extract<Caller, { kind: 'role' }>;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export class Sts implements Service {
  readonly name = 'sts';
  readonly #sessions = new Map<string, Session>();
  readonly #access: Access;
  readonly #account: string;
  readonly #now: () => number;

  constructor(options: { access: Access; account: string; now: () => number }) {
    this.#access = options.access;
    this.#account = options.account;
    this.#now = options.now;
  }

  find(accessKeyId: string, token: string | undefined): { secret: string; caller: Caller } | null {
    const session = this.#sessions.get(accessKeyId);
    if (!session || session.token !== token) return null;
    if (session.expires < this.#now())
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', { status: 403 });
    return session;
  }

  async handle(request: ServiceRequest) {
    switch (request.operation) {
      case 'GetCallerIdentity':
        return xml(
          'GetCallerIdentity',
          `<Arn>${escapeXml(callerArn(request.caller))}</Arn><UserId>${request.caller.kind === 'role' ? request.caller.session : this.#account}</UserId><Account>${this.#account}</Account>`,
        );
      case 'AssumeRole':
        return this.#assume(request);
      default:
        throw new AwsError('InvalidAction', `Could not find operation ${request.operation}`);
    }
  }

  /** Credentials for a role's session; Lambda's own host uses it for the functions' roles. */
  open(
    role: string,
    session: string,
    options: { seconds: number; policy?: string | null; tags?: Readonly<Record<string, string>> },
  ): SessionCredentials {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const [secretAccessKey, sessionToken] = [randomBytes(30).toString('base64'), randomBytes(48).toString('base64')];
    const expires = this.#now() + options.seconds * 1000;
    const caller = {
      kind: 'role',
      account: this.#account,
      role,
      session,
      tags: options.tags ?? {},
      policy: options.policy ?? null,
    } as const;
    this.#sessions.set(accessKeyId, { secret: secretAccessKey, token: sessionToken, expires, caller });
    if (this.#sessions.size > 10_000) this.#sweep();
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expires) };
  }

  #sweep(): void {
    for (const [key, session] of this.#sessions) if (session.expires < this.#now()) this.#sessions.delete(key);
  }

  #assume(request: ServiceRequest) {
    const input = request.input as Record<string, string | undefined>;
    const arn = input.RoleArn ?? '';
    const role = /^arn:aws:iam::\d{12}:role\/(.+)$/.exec(arn)?.[1] ?? '';
    const found = this.#access.roles.get(role);
    const session = input.RoleSessionName ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
      throw new AwsError(
        'ValidationError',
        `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint`,
      );
    }
    const tags = tagsOf(input);
    const context = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
    this.#access.authorize(request.caller, { action: 'sts:AssumeRole', resource: arn, context });
    if (Object.keys(tags).length > 0)
      this.#access.authorize(request.caller, { action: 'sts:TagSession', resource: arn, context });
    if (!found || !this.#trusts(found.trust, request.caller)) {
      throw new AwsError(
        'AccessDenied',
        `User: ${callerArn(request.caller)} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
        { status: 403 },
      );
    }
    const seconds = Number(input.DurationSeconds ?? 3600);
    const longest = request.caller.kind === 'role' ? 3600 : 43_200;
    if (!Number.isInteger(seconds) || seconds < 900 || seconds > longest) {
      throw new AwsError(
        'ValidationError',
        `The requested DurationSeconds exceeds the ${longest === 3600 ? '1 hour session limit for roles assumed by role chaining' : 'MaxSessionDuration set for this role'}.`,
      );
    }
    if ((input.Policy ?? '').length > 2048)
      throw new AwsError('ValidationError', 'the session policy is longer than 2048 characters');
    const made = this.open(role, session, { seconds, policy: input.Policy ?? null, tags });
    return xml(
      'AssumeRole',
      `<Credentials><AccessKeyId>${made.accessKeyId}</AccessKeyId><SecretAccessKey>${escapeXml(made.secretAccessKey)}</SecretAccessKey><SessionToken>${escapeXml(made.sessionToken)}</SessionToken><Expiration>${made.expiration.toISOString()}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:${session}</AssumedRoleId><Arn>arn:aws:sts::${this.#account}:assumed-role/${role}/${session}</Arn></AssumedRoleUser>`,
    );
  }

  #trusts(policy: string, caller: Caller): boolean {
    if (caller.kind === 'root') return true;
    if (caller.kind !== 'role') return false;
    const role = `arn:aws:iam::${caller.account}:role/${caller.role}`;
    const principals = [role, callerArn(caller), `arn:aws:iam::${caller.account}:root`];
    const statements = parsePolicy(policy).map((statement) => ({ ...statement, Action: 'sts:AssumeRole', Resource: '*' }));
    return (
      decide(statements, { action: 'sts:AssumeRole', resource: '*', context: new Map(), principals, service: null }, true) ===
      'allow'
    );
  }
}

function tagsOf(input: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let i = 1; input[`Tags.member.${i}.Key`] !== undefined; i += 1)
    tags[input[`Tags.member.${i}.Key`] as string] = input[`Tags.member.${i}.Value`] ?? '';
  return tags;
}

export function xml(operation: string, result: string) {
  return {
    body: `<${operation}Response xmlns="https://brine.invalid/"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${operation}Response>`,
  };
}
