/** Lambda's REST API: functions, invocations, event source mappings, function URLs. The code that runs is whoever serves the runtime API. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Access } from '../iam/access.ts';
import { AwsError, type Caller, callerArn, type Service, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { EventSource, type Mapping } from './event-source.ts';
import { Invocations, type Outcome } from './invocations.ts';

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  role: string;
  timeout: number;
  retries: number;
  maxAge: number;
  onFailure: string | null;
  reserved: number | null;
  url: boolean;
  /** Statements of the resource policy. */
  policy: Record<string, unknown>[];
}

type LambdaRecord =
  | { readonly op: 'function'; readonly fn: LambdaFunction }
  | { readonly op: 'gone'; readonly name: string }
  | { readonly op: 'mapping'; readonly mapping: Mapping }
  | { readonly op: 'unmapped'; readonly id: string };

export interface LambdaOptions {
  readonly account: string;
  readonly region: string;
  readonly endpoint: () => string;
  readonly access: Access;
  readonly sqs: Sqs;
  /** Multiplies AWS's waits between retries. */
  readonly retryScale: number;
}

const SYNC_LIMIT = 6 * 1024 * 1024;
const ASYNC_LIMIT = 1024 * 1024;

export class Lambda implements Service {
  readonly name = 'lambda';
  readonly functions = new Map<string, LambdaFunction>();
  readonly invocations: Invocations;
  readonly sources = new Map<string, EventSource>();
  journal: Journal = noJournal;
  readonly #options: LambdaOptions;

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.invocations = new Invocations({
      journal: noJournal,
      scale: options.retryScale,
      settingsOf: (name) => this.#asyncSettings(name),
    });
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    const url = /^\/lambda-url\/([\w-]+)(\/.*)?$/.exec(request.path);
    if (url) return this.#callUrl(request, url[1] as string, url[2] ?? '/');
    const path = request.path.replace(/\/$/, '');
    for (const [method, pattern, route] of ROUTES) {
      const found = method === request.method ? pattern.exec(path) : null;
      if (found) return route(this, request, decodeURIComponent(found[1] ?? ''));
    }
    throw new AwsError('UnknownOperationException', `Lambda here has no ${request.method} ${request.path}`, { status: 404 });
  }

  get(name: string): LambdaFunction {
    const fn = this.functions.get(name.split(':').at(-1) ?? '');
    if (!fn) throw new AwsError('ResourceNotFoundException', `Function not found: ${this.arnOf(name)}`, { status: 404 });
    return fn;
  }

  arnOf(name: string): string {
    return `arn:aws:lambda:${this.#options.region}:${this.#options.account}:function:${name}`;
  }

  authorize(caller: Caller, action: string, resource: string, options: { fn?: LambdaFunction; viaUrl?: boolean } = {}): void {
    const policy = options.fn && options.fn.policy.length > 0 ? JSON.stringify({ Statement: options.fn.policy }) : undefined;
    const context = action.startsWith('InvokeFunction')
      ? { 'lambda:InvokedViaFunctionUrl': String(options.viaUrl === true), 'lambda:FunctionUrlAuthType': 'AWS_IAM' }
      : {};
    this.#options.access.authorize(caller, { action: `lambda:${action}`, resource, context, policy });
  }

  /** For EventBridge: accepts an event for a function asynchronously. */
  async deliver(arn: string, payload: string, caller: Caller): Promise<void> {
    const fn = this.get(arn.split(':').at(-1) ?? '');
    this.authorize(caller, 'InvokeFunction', fn.arn, { fn });
    await this.invocations.accept(fn.name, payload);
  }

  async save(fn: LambdaFunction): Promise<void> {
    this.functions.set(fn.name, fn);
    await this.journal.append({ op: 'function', fn } satisfies LambdaRecord);
  }

  async remove(fn: LambdaFunction): Promise<void> {
    this.functions.delete(fn.name);
    await this.journal.append({ op: 'gone', name: fn.name } satisfies LambdaRecord);
  }

  async map(mapping: Mapping): Promise<void> {
    await this.journal.append({ op: 'mapping', mapping } satisfies LambdaRecord);
    this.apply({ op: 'mapping', mapping });
  }

  async unmap(id: string): Promise<void> {
    this.apply({ op: 'unmapped', id });
    await this.journal.append({ op: 'unmapped', id } satisfies LambdaRecord);
  }

  apply(record: LambdaRecord): void {
    if (record.op === 'function') this.functions.set(record.fn.name, { ...record.fn });
    else if (record.op === 'gone') this.functions.delete(record.name);
    else {
      const id = record.op === 'mapping' ? record.mapping.id : record.id;
      this.sources.get(id)?.close();
      this.sources.delete(id);
      if (record.op === 'mapping') this.sources.set(id, new EventSource(record.mapping, this.#options.sqs, this.invocations));
    }
  }

  *snapshot(): Iterable<LambdaRecord> {
    for (const fn of this.functions.values()) yield { op: 'function', fn };
    for (const source of this.sources.values()) yield { op: 'mapping', mapping: source.mapping };
  }

  urlOf(fn: LambdaFunction): string {
    return `${this.#options.endpoint()}/lambda-url/${fn.name}/`;
  }

  async invoke(fn: LambdaFunction, request: ServiceRequest): Promise<ServiceResponse> {
    const event = request.headers['x-amz-invocation-type'] === 'Event';
    const limit = event ? ASYNC_LIMIT : SYNC_LIMIT;
    if (Buffer.byteLength(request.text) > limit) {
      throw new AwsError(
        'RequestEntityTooLargeException',
        `${Buffer.byteLength(request.text)} byte payload is too large for the ${event ? 'Event' : 'RequestResponse'} invocation type (limit ${limit} bytes)`,
        { status: 413 },
      );
    }
    const payload = request.text === '' ? '{}' : request.text;
    try {
      JSON.parse(payload);
    } catch {
      throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
    }
    if (event) {
      await this.invocations.accept(fn.name, payload);
      return { status: 202, body: '' };
    }
    const outcome = await this.invocations.invoke(fn.name, payload);
    return { status: 200, headers: outcome.ok ? {} : { 'x-amz-function-error': outcome.type }, body: outcome.payload };
  }

  async #callUrl(request: ServiceRequest, name: string, path: string): Promise<ServiceResponse> {
    const fn = this.get(name);
    if (!fn.url) throw new AwsError('ResourceNotFoundException', 'the function has no URL', { status: 404 });
    // Both are needed: people's roles may invoke through the URL and in no other way.
    this.authorize(request.caller, 'InvokeFunctionUrl', fn.arn, { fn, viaUrl: true });
    this.authorize(request.caller, 'InvokeFunction', fn.arn, { fn, viaUrl: true });
    const outcome = await this.invocations.invoke(fn.name, JSON.stringify(urlEvent(request, path, this.#options.account)));
    return urlResponse(outcome);
  }

  #asyncSettings(name: string) {
    const fn = this.functions.get(name);
    return {
      retries: fn?.retries ?? 2,
      maxAge: fn?.maxAge ?? 21_600,
      failed: async (event: { id: string; payload: string; attempts: number }, outcome: Outcome) => {
        if (!fn?.onFailure) return;
        const record = {
          version: '1.0',
          timestamp: new Date().toISOString(),
          requestContext: {
            requestId: event.id,
            functionArn: fn.arn,
            condition: 'RetriesExhausted',
            approximateInvokeCount: event.attempts,
          },
          requestPayload: JSON.parse(event.payload) as unknown,
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: outcome.ok ? null : outcome.type },
          responsePayload: safeJson(outcome.payload),
        };
        const caller = {
          kind: 'role',
          account: this.#options.account,
          role: fn.role.split('/').at(-1) ?? '',
          session: fn.name,
          tags: {},
          policy: null,
        } as const;
        await this.#options.sqs.deliver(fn.onFailure, JSON.stringify(record), caller);
      },
    };
  }

  close(): void {
    for (const source of this.sources.values()) source.close();
    this.invocations.close();
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Payload format 2.0, with the caller's ARN where AWS puts it. */
function urlEvent(request: ServiceRequest, path: string, account: string) {
  const arn = callerArn(request.caller);
  const userArn = request.caller.kind === 'role' ? arn : `arn:aws:iam::${account}:root`;
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: request.query.toString(),
    headers: Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => !/^(authorization|x-amz-security-token)$/.test(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    requestContext: {
      accountId: account,
      authorizer: {
        iam: { accountId: account, callerId: account, userArn, accessKey: '', principalOrgId: null, userId: account },
      },
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: String(request.headers['user-agent'] ?? ''),
      },
      requestId: randomUUID(),
      timeEpoch: Date.now(),
    },
    body: request.text,
    isBase64Encoded: false,
  };
}

function urlResponse(outcome: Outcome): ServiceResponse {
  if (!outcome.ok) return { status: 502, body: { Message: 'Internal Server Error' } };
  const value = safeJson(outcome.payload) as { statusCode?: number; headers?: Record<string, string>; body?: string };
  if (typeof value !== 'object' || value === null || typeof value.statusCode !== 'number')
    return { status: 200, body: outcome.payload };
  return { status: value.statusCode, headers: value.headers ?? {}, body: value.body ?? '' };
}

type Route = (lambda: Lambda, request: ServiceRequest, name: string) => Promise<ServiceResponse> | ServiceResponse;

const ROUTES: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/2015-03-31\/functions$/, createFunction],
  ['GET', /^\/2015-03-31\/functions$/, (lambda) => ({ body: { Functions: [...lambda.functions.values()].map(configuration) } })],
  [
    'GET',
    /^\/2015-03-31\/functions\/([^/]+)$/,
    (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'GetFunction' });
      return { body: { Configuration: configuration(fn), Code: {} } };
    },
  ],
  [
    'GET',
    /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    (lambda, request, name) => ({ body: configuration(checked(lambda, request, { name, action: 'GetFunctionConfiguration' })) }),
  ],
  [
    'PUT',
    /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
    async (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'UpdateFunctionConfiguration' });
      if (typeof request.input.Role === 'string') fn.role = request.input.Role;
      if (typeof request.input.Timeout === 'number') fn.timeout = request.input.Timeout;
      await lambda.save(fn);
      return { body: configuration(fn) };
    },
  ],
  [
    'DELETE',
    /^\/2015-03-31\/functions\/([^/]+)$/,
    async (lambda, request, name) => {
      await lambda.remove(checked(lambda, request, { name, action: 'DeleteFunction' }));
      return { status: 204 };
    },
  ],
  [
    'POST',
    /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
    (lambda, request, name) => {
      const fn = lambda.get(name);
      lambda.authorize(request.caller, 'InvokeFunction', fn.arn, { fn });
      return lambda.invoke(fn, request);
    },
  ],
  [
    'POST',
    /^\/2015-03-31\/functions\/([^/]+)\/policy$/,
    async (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'AddPermission' });
      const { StatementId, Action, Principal, SourceArn } = request.input as Record<string, string | undefined>;
      const principal = /^[\w.-]+\.amazonaws\.com$/.test(Principal ?? '') ? { Service: Principal } : { AWS: Principal };
      const statement = {
        Sid: StatementId,
        Effect: 'Allow',
        Principal: principal,
        Action,
        Resource: fn.arn,
        ...(SourceArn && { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } }),
      };
      fn.policy = [...fn.policy.filter((item) => item.Sid !== StatementId), statement];
      await lambda.save(fn);
      return { status: 201, body: { Statement: JSON.stringify(statement) } };
    },
  ],
  [
    'PUT',
    /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
    async (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'PutFunctionConcurrency' });
      fn.reserved = Number(request.input.ReservedConcurrentExecutions);
      await lambda.save(fn);
      return { body: { ReservedConcurrentExecutions: fn.reserved } };
    },
  ],
  [
    'PUT',
    /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/,
    async (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'PutFunctionEventInvokeConfig' });
      const input = request.input as {
        MaximumRetryAttempts?: number;
        MaximumEventAgeInSeconds?: number;
        DestinationConfig?: { OnFailure?: { Destination?: string } };
      };
      fn.retries = input.MaximumRetryAttempts ?? 2;
      fn.maxAge = input.MaximumEventAgeInSeconds ?? 21_600;
      fn.onFailure = input.DestinationConfig?.OnFailure?.Destination ?? null;
      if (fn.retries < 0 || fn.retries > 2 || fn.maxAge < 60 || fn.maxAge > 21_600)
        throw new AwsError(
          'InvalidParameterValueException',
          'MaximumRetryAttempts is 0 to 2, MaximumEventAgeInSeconds 60 to 21600',
        );
      await lambda.save(fn);
      return { body: { FunctionArn: fn.arn, ...input } };
    },
  ],
  [
    'POST',
    /^\/2021-10-31\/functions\/([^/]+)\/url$/,
    async (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'CreateFunctionUrlConfig' });
      if (fn.url)
        throw new AwsError(
          'ResourceConflictException',
          `Failed to create function url config for [functionArn = ${fn.arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
          { status: 409 },
        );
      fn.url = true;
      await lambda.save(fn);
      return { status: 201, body: urlConfig(lambda, fn) };
    },
  ],
  [
    'GET',
    /^\/2021-10-31\/functions\/([^/]+)\/url$/,
    (lambda, request, name) => {
      const fn = checked(lambda, request, { name, action: 'GetFunctionUrlConfig' });
      if (!fn.url) throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
      return { body: urlConfig(lambda, fn) };
    },
  ],
  [
    'POST',
    /^\/2015-03-31\/event-source-mappings$/,
    async (lambda, request) => {
      const input = request.input as {
        EventSourceArn?: string;
        FunctionName?: string;
        BatchSize?: number;
        MaximumBatchingWindowInSeconds?: number;
        FunctionResponseTypes?: string[];
        ScalingConfig?: { MaximumConcurrency?: number };
      };
      const fn = checked(lambda, request, { name: input.FunctionName ?? '', action: 'CreateEventSourceMapping' });
      const there = [...lambda.sources.values()].find(
        ({ mapping }) => mapping.queueArn === input.EventSourceArn && mapping.name === fn.name,
      );
      if (there)
        throw new AwsError(
          'ResourceConflictException',
          `An event source mapping with SQS arn ("${input.EventSourceArn}") and function ("${fn.name}") already exists. UUID ${there.mapping.id}`,
          { status: 409 },
        );
      const mapping: Mapping = {
        id: randomUUID(),
        name: fn.name,
        functionArn: fn.arn,
        role: fn.role,
        queueArn: input.EventSourceArn ?? '',
        batchSize: input.BatchSize ?? 10,
        windowSeconds: input.MaximumBatchingWindowInSeconds ?? 0,
        partial: (input.FunctionResponseTypes ?? []).includes('ReportBatchItemFailures'),
        concurrency: input.ScalingConfig?.MaximumConcurrency ?? 5,
      };
      await lambda.map(mapping);
      return { status: 202, body: mappingOut(mapping) };
    },
  ],
  [
    'GET',
    /^\/2015-03-31\/event-source-mappings$/,
    (lambda, request) => {
      const name = request.query.get('FunctionName')?.split(':').at(-1);
      const all = [...lambda.sources.values()]
        .map((source) => source.mapping)
        .filter((mapping) => !name || mapping.name === name);
      return { body: { EventSourceMappings: all.map(mappingOut) } };
    },
  ],
  [
    'DELETE',
    /^\/2015-03-31\/event-source-mappings\/([^/]+)$/,
    async (lambda, _request, id) => {
      await lambda.unmap(id);
      return { status: 202, body: { UUID: id, State: 'Deleting' } };
    },
  ],
];

function checked(lambda: Lambda, request: ServiceRequest, { name, action }: { name: string; action: string }): LambdaFunction {
  const fn = lambda.get(name);
  lambda.authorize(request.caller, action, fn.arn);
  return fn;
}

async function createFunction(lambda: Lambda, request: ServiceRequest): Promise<ServiceResponse> {
  const {
    FunctionName = '',
    Role = '',
    Timeout = 3,
  } = request.input as { FunctionName?: string; Role?: string; Timeout?: number };
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(FunctionName))
    throw new AwsError('ValidationException', `Value '${FunctionName}' at 'functionName' failed to satisfy constraint`);
  lambda.authorize(request.caller, 'CreateFunction', lambda.arnOf(FunctionName));
  if (lambda.functions.has(FunctionName))
    throw new AwsError('ResourceConflictException', `Function already exist: ${FunctionName}`, { status: 409 });
  const fn: LambdaFunction = {
    name: FunctionName,
    arn: lambda.arnOf(FunctionName),
    role: Role,
    timeout: Timeout,
    retries: 2,
    maxAge: 21_600,
    onFailure: null,
    reserved: null,
    url: false,
    policy: [],
  };
  await lambda.save(fn);
  return { status: 201, body: configuration(fn) };
}

function configuration(fn: LambdaFunction) {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Role: fn.role,
    Timeout: fn.timeout,
    Runtime: 'nodejs24.x',
    Handler: 'handler.handler',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Version: '$LATEST',
  };
}

function urlConfig(lambda: Lambda, fn: LambdaFunction) {
  return {
    FunctionUrl: lambda.urlOf(fn),
    FunctionArn: fn.arn,
    AuthType: 'AWS_IAM',
    InvokeMode: 'BUFFERED',
    CreationTime: '2026-01-01T00:00:00Z',
    LastModifiedTime: '2026-01-01T00:00:00Z',
  };
}

function mappingOut(mapping: Mapping) {
  return {
    UUID: mapping.id,
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.windowSeconds,
    State: 'Enabled',
    FunctionResponseTypes: mapping.partial ? ['ReportBatchItemFailures'] : [],
  };
}

/** A secret for the runtime API's path: other programs on this machine must not take a function's invocations. */
export function newSecret(): string {
  return randomBytes(24).toString('hex');
}
