/**
 * STS: AssumeRole with session policy and tags, GetCallerIdentity. A session is its token, sealed with a key of the data directory: it outlives a
 * crash of everything, as AWS's does, and nothing is kept of it.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Access } from '../iam/access.ts';
import { parsePolicy } from '../iam/policy.ts';
import { escapeXml } from '../server.ts';
import { AwsError, type Caller, callerArn, type Service, type ServiceRequest } from '../service.ts';
import { type Journal, noJournal } from '../store/journal.ts';

/** What a token holds. */
interface Session {
  readonly key: string;
  readonly expires: number;
  readonly role: string;
  readonly session: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

interface StsRecord {
  readonly op: 'seal';
  readonly key: string;
}

const [NONCE, TAG] = [12, 16];
/** Characters of a token: it travels in a header. */
const PACKED = 8192;

/** Tokens that are held unsealed. */
const OPENED = 20_000;

export class Sts implements Service {
  readonly name = 'sts';
  journal: Journal = noJournal;
  readonly #access: Access;
  readonly #account: string;
  readonly #now: () => number;
  #seal = randomBytes(32);
  /** Tokens that were unsealed lately: each comes with every request of its session. */
  readonly #opened = new Map<string, Session & { readonly secret: string }>();

  constructor(options: { access: Access; account: string; now: () => number }) {
    this.#access = options.access;
    this.#account = options.account;
    this.#now = options.now;
  }

  find(accessKeyId: string, token: string | undefined): { secret: string; caller: Caller } | null {
    const session = token === undefined ? null : (this.#opened.get(token) ?? this.#open(token));
    if (!session || session.key !== accessKeyId) return null;
    if (session.expires < this.#now())
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', {
        status: 403,
        queryCode: 'ExpiredToken',
      });
    const { role, session: name, tags, policy } = session;
    return {
      secret: session.secret,
      caller: { kind: 'role', account: this.#account, role, session: name, tags, policy },
    };
  }

  async handle(request: ServiceRequest) {
    switch (request.operation) {
      case 'GetCallerIdentity':
        return xml(
          'GetCallerIdentity',
          `<Arn>${escapeXml(callerArn(request.caller))}</Arn><UserId>${request.caller.kind === 'role' ? `AROA:${escapeXml(request.caller.session)}` : this.#account}</UserId><Account>${this.#account}</Account>`,
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
    const expires = this.#now() + options.seconds * 1000;
    const { tags = {}, policy = null } = options;
    const sessionToken = this.#write({ key: accessKeyId, expires, role, session, tags, policy });
    return { accessKeyId, secretAccessKey: this.#secretOf(sessionToken), sessionToken, expiration: new Date(expires) };
  }

  apply(record: StsRecord): void {
    this.#seal = Buffer.from(record.key, 'base64');
    this.#opened.clear();
  }

  *snapshot(): Iterable<StsRecord> {
    yield { op: 'seal', key: this.#seal.toString('base64') };
  }

  #write(session: Session): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#seal, nonce, { authTagLength: TAG });
    const sealed = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  #open(token: string): (Session & { readonly secret: string }) | null {
    const session = this.#read(token);
    if (!session) return null;
    const opened = { ...session, secret: this.#secretOf(token) };
    if (this.#opened.size >= OPENED) this.#opened.clear();
    this.#opened.set(token, opened);
    return opened;
  }

  #read(token: string): Session | null {
    const bytes = Buffer.from(token, 'base64');
    if (bytes.length <= NONCE + TAG) return null;
    const cipher = createDecipheriv('aes-256-gcm', this.#seal, bytes.subarray(0, NONCE), { authTagLength: TAG });
    cipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    try {
      return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(NONCE + TAG)), cipher.final()]).toString('utf8'));
    } catch {
      return null; // not sealed here
    }
  }

  #secretOf(token: string): string {
    return createHmac('sha256', this.#seal).update(`secret of ${token}`).digest('base64');
  }

  #assume(request: ServiceRequest) {
    const input = request.input as Record<string, string | undefined>;
    const arn = input.RoleArn ?? '';
    const role = /^arn:aws:iam::\d{12}:role\/([\w+=,.@/-]+)$/.exec(arn)?.[1] ?? '';
    const session = input.RoleSessionName ?? '';
    const tags = tagsOf(input);
    checkInput(input, tags);
    if (role === '') throw refused(`${arn} is invalid`);
    this.#authorize(request.caller, { arn, role, tags });
    const seconds = Number(input.DurationSeconds ?? 3600);
    if (!Number.isInteger(seconds) || seconds < 900)
      throw refused(
        `1 validation error detected: Value '${input.DurationSeconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
      );
    const longest = request.caller.kind === 'role' ? 3600 : 43_200;
    if (seconds > longest) {
      throw refused(
        `The requested DurationSeconds exceeds the ${longest === 3600 ? '1 hour session limit for roles assumed by role chaining' : 'MaxSessionDuration set for this role'}.`,
      );
    }
    const made = this.open(role, session, { seconds, policy: input.Policy ?? null, tags });
    if (made.sessionToken.length > PACKED)
      throw new AwsError('PackedPolicyTooLarge', 'The policy and the tags together are too large for a session token.');
    return xml(
      'AssumeRole',
      `<Credentials><AccessKeyId>${made.accessKeyId}</AccessKeyId><SecretAccessKey>${escapeXml(made.secretAccessKey)}</SecretAccessKey><SessionToken>${escapeXml(made.sessionToken)}</SessionToken><Expiration>${made.expiration.toISOString()}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:${session}</AssumedRoleId><Arn>arn:aws:sts::${this.#account}:assumed-role/${role}/${session}</Arn></AssumedRoleUser>`,
    );
  }

  /** The role's trust policy decides; where it names no more than the account, the caller's own policies do. An administrator may take any role. */
  #authorize(caller: Caller, { arn, role, tags }: { arn: string; role: string; tags: Readonly<Record<string, string>> }): void {
    const found = this.#access.roles.get(role);
    const context = Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]));
    const actions = Object.keys(tags).length > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
    for (const action of actions) {
      const asked = { action, resource: arn, context, policy: found?.trust, policyDecides: true };
      if (found && (caller.kind === 'root' || this.#access.allows(caller, asked))) continue;
      throw new AwsError(
        'AccessDenied',
        `User: ${callerArn(caller)} is not authorized to perform: ${action} on resource: ${arn}`,
        { status: 403 },
      );
    }
  }
}

function refused(text: string): AwsError {
  return new AwsError('ValidationError', text);
}

/** Aws-facts 4: names, at most 50 tags of 128 and 256 characters, a policy of 2,048. */
function checkInput(input: Readonly<Record<string, string | undefined>>, tags: Readonly<Record<string, string>>): void {
  const session = input.RoleSessionName ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(session))
    throw refused(`1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint`);
  if (Object.keys(tags).length > 50) throw refused('1 validation error detected: a session has at most 50 tags');
  const odd = Object.entries(tags).find(
    ([key, value]) => !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value),
  );
  if (odd) throw refused(`1 validation error detected: Value at 'tags' failed to satisfy constraint: '${odd[0].slice(0, 128)}'`);
  if (input.Policy === undefined) return;
  if (input.Policy.length > 2048)
    throw refused("1 validation error detected: Value at 'policy' failed to satisfy constraint: at most 2048 characters");
  try {
    parsePolicy(input.Policy);
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'The policy document is not valid JSON with a Statement.');
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
