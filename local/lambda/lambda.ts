/** Lambda: functions, invocations, event source mappings, function URLs. The code that runs is whoever serves the runtime API. */
import type { Access } from '../iam/access.ts';
import { AwsError, type Caller, type Service, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type Journal, noJournal } from '../store/journal.ts';
import { EventSource, type Mapping } from './event-source.ts';
import { Invocations, type RunSettings } from './invocations.ts';
import { ROUTES } from './routes.ts';
import { urlEvent, urlResponse } from './url.ts';

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  /** What a deployment said of the code; whoever serves the runtime API has it. */
  readonly runtime?: string | undefined;
  readonly handler?: string | undefined;
  readonly description?: string | undefined;
  role: string;
  timeout: number;
  memory: number;
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
      settingsOf: (name) => this.#settingsOf(name),
    });
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    const url = /^\/lambda-url\/([\w-]+)(\/.*)?$/.exec(request.path);
    if (url) return this.#callUrl(request, url[1] as string, url[2] ?? '/');
    const path = request.path.replace(/\/$/, '');
    for (const [method, pattern, route] of ROUTES) {
      const found = method === request.method ? pattern.exec(path) : null;
      if (found) return route(this, request, nameIn(found[1] ?? ''));
    }
    throw new AwsError('UnknownOperationException', `Lambda here has no ${request.method} ${request.path}`, { status: 404 });
  }

  get(name: string): LambdaFunction {
    const fn = this.functions.get(nameOf(name));
    if (!fn) throw new AwsError('ResourceNotFoundException', `Function not found: ${this.arnOf(name)}`, { status: 404 });
    return fn;
  }

  arnOf(asked: string): string {
    return `arn:aws:lambda:${this.#options.region}:${this.#options.account}:function:${nameOf(asked)}`;
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
    const fn = this.get(arn);
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
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return { status: 204, body: '' };
    if (type !== 'Event' && type !== 'RequestResponse')
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${String(type)}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]`,
      );
    const event = type === 'Event';
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
    const headers = { 'x-amz-executed-version': '$LATEST', ...(!outcome.ok && { 'x-amz-function-error': outcome.type }) };
    return { status: 200, headers, body: outcome.payload };
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

  #settingsOf(name: string): RunSettings {
    const fn = this.functions.get(name);
    return {
      timeout: fn?.timeout ?? 3,
      reserved: fn?.reserved ?? null,
      retries: fn?.retries ?? 2,
      maxAge: fn?.maxAge ?? 21_600,
      failed: async (event, outcome, condition) => {
        if (!fn?.onFailure) return;
        const head = {
          version: '1.0',
          timestamp: new Date().toISOString(),
          requestContext: { requestId: event.id, functionArn: fn.arn, condition, approximateInvokeCount: event.attempts },
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: outcome.ok ? null : outcome.type },
        };
        // Both payloads as they were: a number keeps its digits.
        const record = `${JSON.stringify(head).slice(0, -1)},"requestPayload":${event.payload},"responsePayload":${outcome.payload || 'null'}}`;
        await this.#options.sqs.deliver(fn.onFailure, record, this.callerOf(fn.role, fn.name));
      },
    };
  }

  /** Lambda acts for a function under the function's own role. */
  callerOf(role: string, session: string): Caller {
    return { kind: 'role', account: this.#options.account, role: role.split('/').at(-1) ?? '', session, tags: {}, policy: null };
  }

  /** What Lambda checks before it polls a queue: that it is there, stays hidden for long enough, and may be read by the function's role. */
  checkSource(fn: LambdaFunction, queueArn: string): void {
    const refused = (text: string) => new AwsError('InvalidParameterValueException', text);
    const queue = this.#options.sqs.queues.get(queueArn.split(':').at(-1) ?? '');
    if (!queue) throw refused('Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.');
    if (queue.settings.VisibilityTimeout < fn.timeout)
      throw refused(
        `Queue visibility timeout: ${queue.settings.VisibilityTimeout} seconds is less than Function timeout: ${fn.timeout} seconds`,
      );
    const caller = this.callerOf(fn.role, fn.name);
    for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
      const asked = { action: `sqs:${action}`, resource: queue.arn, policy: queue.settings.Policy };
      if (!this.#options.access.allows(caller, asked))
        throw refused(`The provided execution role does not have permissions to call ${action} on SQS`);
    }
  }

  close(): void {
    for (const source of this.sources.values()) source.close();
    this.invocations.close();
  }
}

/** A function is asked for by its name or by its ARN, with or without a qualifier. */
function nameOf(asked: string): string {
  return /^arn:aws:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(asked)?.[1] ?? asked.split(':').at(0) ?? '';
}

function nameIn(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AwsError('InvalidParameterValueException', 'the path is not well-formed');
  }
}
