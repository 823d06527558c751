/** KMS: P-256 signing keys whose own policy decides who signs; made at first start and kept in the data directory. */
import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Access } from '../iam/access.ts';
import { parsePolicy } from '../iam/policy.ts';
import { AwsError, type Service, type ServiceRequest } from '../service.ts';
import { shaped, struct } from '../shape.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { ALGORITHM, type Key, metadata, signed, verified } from './key.ts';

type KmsRecord =
  | { readonly op: 'key'; readonly key: Key }
  | { readonly op: 'policy'; readonly id: string; readonly policy: string }
  | { readonly op: 'alias'; readonly alias: string; readonly id: string | null };

const optional = v.optional(v.string());
/** Of all operations' inputs, what is read here. */
const strings = struct({
  KeyId: optional,
  AliasName: optional,
  TargetKeyId: optional,
  KeySpec: optional,
  KeyUsage: optional,
  Policy: optional,
  Message: optional,
  Signature: optional,
  MessageType: optional,
  SigningAlgorithm: optional,
});

export class Kms implements Service {
  readonly name = 'kms';
  journal: Journal = noJournal;
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, string>();
  readonly #options: { access: Access; account: string; region: string };

  constructor(options: { access: Access; account: string; region: string }) {
    this.#options = options;
  }

  async handle(request: ServiceRequest) {
    const input = shaped(strings, request.input);
    switch (request.operation) {
      case 'CreateKey':
        return { body: { KeyMetadata: metadata(await this.#create(request), this.#options.account) } };
      case 'CreateAlias': {
        const alias = input.AliasName ?? '';
        if (!/^alias\/[\w/-]+$/.test(alias)) throw new AwsError('ValidationException', 'an alias is alias/ and a name');
        if (this.#aliases.has(alias))
          throw new AwsError('AlreadyExistsException', `An alias with the name ${alias} already exists`);
        await this.#write({ op: 'alias', alias, id: this.#find(request, 'CreateAlias', input.TargetKeyId).id });
        return { body: {} };
      }
      case 'DeleteAlias': {
        const alias = input.AliasName ?? '';
        this.#find(request, 'DeleteAlias', alias);
        await this.#write({ op: 'alias', alias, id: null });
        return { body: {} };
      }
      case 'ListAliases':
        return { body: { Aliases: this.#listed(request, input.KeyId), Truncated: false } };
      case 'ListKeys':
        this.#authorizeAll(request);
        return { body: { Keys: [...this.#keys.values()].map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), Truncated: false } };
      case 'DescribeKey':
        return { body: { KeyMetadata: metadata(this.#find(request, 'DescribeKey'), this.#options.account) } };
      case 'GetPublicKey': {
        const key = this.#find(request, 'GetPublicKey');
        const PublicKey = createPublicKey(key.pem).export({ format: 'der', type: 'spki' }).toString('base64');
        return {
          body: {
            KeyId: key.arn,
            PublicKey,
            KeySpec: 'ECC_NIST_P256',
            KeyUsage: 'SIGN_VERIFY',
            SigningAlgorithms: [ALGORITHM],
          },
        };
      }
      case 'Sign':
        return { body: signed(this.#find(request, 'Sign'), input) };
      case 'Verify':
        return { body: verified(this.#find(request, 'Verify'), input) };
      case 'GetKeyPolicy':
        return { body: { Policy: this.#find(request, 'GetKeyPolicy').policy, PolicyName: 'default' } };
      case 'PutKeyPolicy':
        await this.#write({ op: 'policy', id: this.#find(request, 'PutKeyPolicy').id, policy: checkPolicy(input.Policy) });
        return { body: {} };
      default:
        throw new AwsError('UnknownOperationException', `KMS here has no ${request.operation}`);
    }
  }

  apply(record: KmsRecord): void {
    if (record.op === 'key') this.#keys.set(record.key.id, { ...record.key });
    else if (record.op === 'policy') {
      const key = this.#keys.get(record.id);
      if (key) key.policy = record.policy;
    } else if (record.id === null) this.#aliases.delete(record.alias);
    else this.#aliases.set(record.alias, record.id);
  }

  *snapshot(): Iterable<KmsRecord> {
    for (const key of this.#keys.values()) yield { op: 'key', key };
    for (const [alias, id] of this.#aliases) yield { op: 'alias', alias, id };
  }

  async #write(record: KmsRecord): Promise<void> {
    await this.journal.append(record);
    this.apply(record);
  }

  #listed(request: ServiceRequest, asked: string | undefined) {
    this.#authorizeAll(request);
    const id = asked?.split('/').at(-1);
    const { region, account } = this.#options;
    return [...this.#aliases]
      .filter(([, target]) => id === undefined || target === id)
      .map(([AliasName, TargetKeyId]) => ({
        AliasName,
        TargetKeyId,
        AliasArn: `arn:aws:kms:${region}:${account}:${AliasName}`,
      }));
  }

  /** For what is asked about no key in particular. */
  #authorizeAll({ caller, operation }: ServiceRequest): void {
    this.#options.access.authorize(caller, { action: `kms:${operation}`, resource: '*' });
  }

  async #create(request: ServiceRequest): Promise<Key> {
    const { access, account, region } = this.#options;
    const input = shaped(strings, request.input);
    if (input.KeySpec !== 'ECC_NIST_P256' || input.KeyUsage !== 'SIGN_VERIFY') {
      throw new AwsError('UnsupportedOperationException', 'this KMS makes ECC_NIST_P256 keys for SIGN_VERIFY');
    }
    access.authorize(request.caller, { action: 'kms:CreateKey', resource: '*' });
    const id = randomUUID();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const standard = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
    });
    const key = {
      id,
      arn: `arn:aws:kms:${region}:${account}:key/${id}`,
      pem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      policy: input.Policy ? checkPolicy(input.Policy) : standard,
    };
    await this.#write({ op: 'key', key });
    return key;
  }

  #find(request: ServiceRequest, action: string, named?: string): Key {
    const asked = named ?? shaped(strings, request.input).KeyId ?? '';
    const id = asked.startsWith('alias/') ? this.#aliases.get(asked) : asked.split('/').at(-1);
    const key = this.#keys.get(id ?? '');
    if (!key)
      throw new AwsError(
        'NotFoundException',
        asked.startsWith('alias/') ? `Alias ${asked} is not found.` : `Key '${asked}' does not exist`,
      );
    this.#options.access.authorize(request.caller, {
      action: `kms:${action}`,
      resource: key.arn,
      policy: key.policy,
      policyDecides: true,
    });
    return key;
  }
}

function checkPolicy(text: string | undefined): string {
  try {
    parsePolicy(text ?? '');
    return text as string;
  } catch {
    throw new AwsError('MalformedPolicyDocumentException', 'The policy document is not valid JSON with a Statement.');
  }
}
