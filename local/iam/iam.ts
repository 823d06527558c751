/** IAM, as much as a deployment of Brine's roles needs. */

import { escapeXml } from '../server.ts';
import { AwsError, type Service, type ServiceRequest } from '../service.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { xml } from '../sts/sts.ts';
import type { Access } from './access.ts';
import { parsePolicy } from './policy.ts';

type IamRecord =
  | { readonly op: 'role'; readonly role: string; readonly trust: string }
  | { readonly op: 'policy'; readonly role: string; readonly name: string; readonly text: string | null }
  | { readonly op: 'gone'; readonly role: string };

export class Iam implements Service {
  readonly name = 'iam';
  journal: Journal = noJournal;
  readonly access: Access;
  readonly #account: string;

  constructor(access: Access, account: string) {
    this.access = access;
    this.#account = account;
  }

  async handle(request: ServiceRequest) {
    const input = request.input as Record<string, string | undefined>;
    const role = input.RoleName ?? '';
    this.access.authorize(request.caller, { action: `iam:${request.operation}`, resource: this.#arn(role) });
    switch (request.operation) {
      case 'CreateRole':
        if (!/^[\w+=,.@-]{1,64}$/.test(role))
          throw new AwsError('ValidationError', 'The specified value for roleName is invalid. It has 1 to 64 of [\\w+=,.@-].');
        if (this.access.roles.has(role))
          throw new AwsError('EntityAlreadyExists', `Role with name ${role} already exists.`, { status: 409 });
        await this.#write({ op: 'role', role, trust: checkPolicy(input.AssumeRolePolicyDocument) });
        return xml('CreateRole', this.#describe(role));
      case 'UpdateAssumeRolePolicy':
        this.#get(role);
        await this.#write({ op: 'role', role, trust: checkPolicy(input.PolicyDocument) });
        return xml('UpdateAssumeRolePolicy', '');
      case 'GetRole':
        this.#get(role);
        return xml('GetRole', this.#describe(role));
      case 'ListRoles':
        return xml(
          'ListRoles',
          `<IsTruncated>false</IsTruncated><Roles>${[...this.access.roles.keys()].map((name) => `<member>${this.#fields(name)}</member>`).join('')}</Roles>`,
        );
      case 'GetAccountAuthorizationDetails':
        return xml('GetAccountAuthorizationDetails', this.#everybody());
      case 'ListRolePolicies':
        return xml(
          'ListRolePolicies',
          `<IsTruncated>false</IsTruncated><PolicyNames>${[...this.#get(role).policies.keys()].map((name) => `<member>${escapeXml(name)}</member>`).join('')}</PolicyNames>`,
        );
      case 'PutRolePolicy':
        this.#get(role);
        await this.#write({ op: 'policy', role, name: input.PolicyName ?? '', text: checkPolicy(input.PolicyDocument) });
        return xml('PutRolePolicy', '');
      case 'GetRolePolicy': {
        const text = this.#get(role).policies.get(input.PolicyName ?? '');
        if (text === undefined) throw new AwsError('NoSuchEntity', 'The role policy cannot be found.', { status: 404 });
        return xml(
          'GetRolePolicy',
          `<RoleName>${role}</RoleName><PolicyName>${escapeXml(input.PolicyName ?? '')}</PolicyName><PolicyDocument>${encodeURIComponent(text)}</PolicyDocument>`,
        );
      }
      case 'DeleteRolePolicy':
        this.#get(role);
        await this.#write({ op: 'policy', role, name: input.PolicyName ?? '', text: null });
        return xml('DeleteRolePolicy', '');
      case 'DeleteRole':
        this.#get(role);
        await this.#write({ op: 'gone', role });
        return xml('DeleteRole', '');
      default:
        throw new AwsError('InvalidAction', `Could not find operation ${request.operation}`);
    }
  }

  apply(record: IamRecord): void {
    if (record.op === 'gone') this.access.roles.delete(record.role);
    else if (record.op === 'role')
      this.access.roles.set(record.role, {
        trust: record.trust,
        policies: this.access.roles.get(record.role)?.policies ?? new Map(),
      });
    else if (record.text === null) this.access.roles.get(record.role)?.policies.delete(record.name);
    else this.access.roles.get(record.role)?.policies.set(record.name, record.text);
  }

  *snapshot(): Iterable<IamRecord> {
    for (const [role, { trust, policies }] of this.access.roles) {
      yield { op: 'role', role, trust };
      for (const [name, text] of policies) yield { op: 'policy', role, name, text };
    }
  }

  async #write(record: IamRecord): Promise<void> {
    await this.journal.append(record);
    this.apply(record);
  }

  #get(role: string) {
    const found = this.access.roles.get(role);
    if (!found) throw new AwsError('NoSuchEntity', `The role with name ${role} cannot be found.`, { status: 404 });
    return found;
  }

  #arn(role: string): string {
    return `arn:aws:iam::${this.#account}:role/${role}`;
  }

  /** Roles with their policies; there are no users and no managed policies here. */
  #everybody(): string {
    const roles = [...this.access.roles].map(([name, { policies }]) => {
      const list = [...policies].map(
        ([policy, text]) =>
          `<member><PolicyName>${escapeXml(policy)}</PolicyName><PolicyDocument>${encodeURIComponent(text)}</PolicyDocument></member>`,
      );
      return `<member>${this.#fields(name)}<RolePolicyList>${list.join('')}</RolePolicyList></member>`;
    });
    return `<IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><RoleDetailList>${roles.join('')}</RoleDetailList><Policies/>`;
  }

  #describe(role: string): string {
    return `<Role>${this.#fields(role)}</Role>`;
  }

  #fields(role: string): string {
    return `<Path>/</Path><RoleName>${escapeXml(role)}</RoleName><RoleId>AROA${role}</RoleId><Arn>${this.#arn(role)}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>${encodeURIComponent(this.#get(role).trust)}</AssumeRolePolicyDocument>`;
  }
}

function checkPolicy(text: string | undefined): string {
  try {
    parsePolicy(text ?? '');
    return text as string;
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'The policy document is not valid JSON with a Statement.');
  }
}
