/** Lambda's REST API: path by path, what an operation wants and answers. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import { shaped, struct, text, texts, whole } from '../shape.ts';
import type { Mapping } from './event-source.ts';
import type { Lambda, LambdaFunction } from './lambda.ts';

type Route = (lambda: Lambda, request: ServiceRequest, name: string) => Promise<ServiceResponse> | ServiceResponse;

export const ROUTES: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/2015-03-31\/functions$/, createFunction],
  ['GET', /^\/2015-03-31\/functions$/, listFunctions],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, getFunction],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, getConfiguration],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, updateConfiguration],
  ['DELETE', /^\/2015-03-31\/functions\/([^/]+)$/, deleteFunction],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invoke],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/policy$/, addPermission],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/policy$/, getPolicy],
  ['PUT', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, putConcurrency],
  ['GET', /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, getConcurrency],
  ['PUT', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, putInvokeConfig],
  ['GET', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, getInvokeConfig],
  ['POST', /^\/2021-10-31\/functions\/([^/]+)\/url$/, createUrl],
  ['GET', /^\/2021-10-31\/functions\/([^/]+)\/url$/, getUrl],
  ['POST', /^\/2015-03-31\/event-source-mappings$/, createSource],
  ['GET', /^\/2015-03-31\/event-source-mappings$/, listSources],
  ['DELETE', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, deleteSource],
];

function checked(lambda: Lambda, request: ServiceRequest, { name, action }: { name: string; action: string }): LambdaFunction {
  lambda.authorize(request.caller, action, lambda.arnOf(name));
  return lambda.get(name);
}

const options = { Role: v.optional(text), Timeout: v.optional(whole), MemorySize: v.optional(whole) };
const settings = struct(options);
const creation = struct({ ...options, FunctionName: text });

async function createFunction(lambda: Lambda, request: ServiceRequest): Promise<ServiceResponse> {
  const { FunctionName, Role = '', Timeout = 3, MemorySize = 128 } = shaped(creation, request.input);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(FunctionName))
    throw new AwsError('ValidationException', `Value '${FunctionName}' at 'functionName' failed to satisfy constraint`);
  checkSettings({ Timeout, MemorySize });
  lambda.authorize(request.caller, 'CreateFunction', lambda.arnOf(FunctionName));
  if (lambda.functions.has(FunctionName))
    throw new AwsError('ResourceConflictException', `Function already exist: ${FunctionName}`, { status: 409 });
  const fn: LambdaFunction = {
    name: FunctionName,
    arn: lambda.arnOf(FunctionName),
    role: Role,
    timeout: Timeout,
    memory: MemorySize,
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

function checkSettings({ Timeout = 3, MemorySize = 128 }: { Timeout?: number; MemorySize?: number }): void {
  const within = (name: string, value: number, [from, to]: readonly [number, number]) => {
    if (value >= from && value <= to) return;
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value between ${from} and ${to}`,
    );
  };
  within('timeout', Timeout, [1, 900]);
  within('memorySize', MemorySize, [128, 10_240]);
}

function listFunctions(lambda: Lambda, request: ServiceRequest): ServiceResponse {
  lambda.authorize(request.caller, 'ListFunctions', '*');
  return { body: { Functions: [...lambda.functions.values()].map(configuration) } };
}

function getFunction(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  return { body: { Configuration: configuration(checked(lambda, request, { name, action: 'GetFunction' })), Code: {} } };
}

function getConfiguration(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  return { body: configuration(checked(lambda, request, { name, action: 'GetFunctionConfiguration' })) };
}

async function updateConfiguration(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'UpdateFunctionConfiguration' });
  const { Role, Timeout, MemorySize } = shaped(settings, request.input);
  checkSettings({ ...(Timeout !== undefined && { Timeout }), ...(MemorySize !== undefined && { MemorySize }) });
  if (Role !== undefined) fn.role = Role;
  if (Timeout !== undefined) fn.timeout = Timeout;
  if (MemorySize !== undefined) fn.memory = MemorySize;
  await lambda.save(fn);
  return { body: configuration(fn) };
}

async function deleteFunction(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  await lambda.remove(checked(lambda, request, { name, action: 'DeleteFunction' }));
  return { status: 204 };
}

function invoke(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = lambda.get(name);
  lambda.authorize(request.caller, 'InvokeFunction', fn.arn, { fn });
  return lambda.invoke(fn, request);
}

const permission = struct({ StatementId: text, Action: text, Principal: text, SourceArn: v.optional(text) });
/** Bytes of a function's own policy. */
const POLICY = 20_480;

async function addPermission(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'AddPermission' });
  const { StatementId, Action, Principal, SourceArn } = shaped(permission, request.input);
  const statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: /^[\w.-]+\.amazonaws\.com$/.test(Principal) ? { Service: Principal } : { AWS: Principal },
    Action,
    Resource: fn.arn,
    ...(SourceArn && { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } }),
  };
  const there = fn.policy.find((item) => item.Sid === StatementId);
  if (there && JSON.stringify(there) !== JSON.stringify(statement))
    throw new AwsError('ResourceConflictException', `The statement id (${StatementId}) provided already exists.`, {
      status: 409,
    });
  const policy = there ? fn.policy : [...fn.policy, statement];
  if (Buffer.byteLength(JSON.stringify(policy)) > POLICY)
    throw new AwsError('PolicyLengthExceededException', `The final policy size is bigger than the limit (${POLICY}).`);
  fn.policy = policy;
  await lambda.save(fn);
  return { status: 201, body: { Statement: JSON.stringify(statement) } };
}

function getPolicy(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const { policy } = checked(lambda, request, { name, action: 'GetPolicy' });
  if (policy.length === 0) throw none();
  return { body: { Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: policy }) } };
}

async function putConcurrency(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'PutFunctionConcurrency' });
  const { ReservedConcurrentExecutions } = shaped(
    struct({ ReservedConcurrentExecutions: v.pipe(whole, v.minValue(0)) }),
    request.input,
  );
  fn.reserved = ReservedConcurrentExecutions;
  await lambda.save(fn);
  return { body: { ReservedConcurrentExecutions } };
}

function getConcurrency(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const { reserved } = checked(lambda, request, { name, action: 'GetFunctionConcurrency' });
  return { body: reserved === null ? {} : { ReservedConcurrentExecutions: reserved } };
}

const invokeConfig = struct({
  MaximumRetryAttempts: v.nullish(whole),
  MaximumEventAgeInSeconds: v.nullish(whole),
  DestinationConfig: v.nullish(struct({ OnFailure: v.nullish(struct({ Destination: v.nullish(text) })) })),
});

async function putInvokeConfig(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'PutFunctionEventInvokeConfig' });
  const input = shaped(invokeConfig, request.input);
  const [retries, maxAge] = [input.MaximumRetryAttempts ?? 2, input.MaximumEventAgeInSeconds ?? 21_600];
  if (retries < 0 || retries > 2 || maxAge < 60 || maxAge > 21_600)
    throw new AwsError('InvalidParameterValueException', 'MaximumRetryAttempts is 0 to 2, MaximumEventAgeInSeconds 60 to 21600');
  Object.assign(fn, { retries, maxAge, onFailure: input.DestinationConfig?.OnFailure?.Destination ?? null });
  await lambda.save(fn);
  return { body: invokeConfigOut(fn) };
}

function getInvokeConfig(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  return { body: invokeConfigOut(checked(lambda, request, { name, action: 'GetFunctionEventInvokeConfig' })) };
}

function invokeConfigOut(fn: LambdaFunction) {
  return {
    FunctionArn: fn.arn,
    MaximumRetryAttempts: fn.retries,
    MaximumEventAgeInSeconds: fn.maxAge,
    DestinationConfig: fn.onFailure === null ? {} : { OnFailure: { Destination: fn.onFailure } },
  };
}

async function createUrl(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'CreateFunctionUrlConfig' });
  const { AuthType } = shaped(struct({ AuthType: text }), request.input);
  if (AuthType !== 'AWS_IAM')
    throw new AwsError('InvalidParameterValueException', 'a function URL here is signed for: AuthType is AWS_IAM');
  if (fn.url)
    throw new AwsError(
      'ResourceConflictException',
      `Failed to create function url config for [functionArn = ${fn.arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      { status: 409 },
    );
  fn.url = true;
  await lambda.save(fn);
  return { status: 201, body: urlConfig(lambda, fn) };
}

function getUrl(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const fn = checked(lambda, request, { name, action: 'GetFunctionUrlConfig' });
  if (!fn.url) throw none();
  return { body: urlConfig(lambda, fn) };
}

const source = struct({
  EventSourceArn: text,
  FunctionName: text,
  BatchSize: v.nullish(whole),
  MaximumBatchingWindowInSeconds: v.nullish(whole),
  FunctionResponseTypes: v.nullish(texts),
  ScalingConfig: v.nullish(struct({ MaximumConcurrency: v.nullish(whole) })),
});

/** Batches that run at a time unless said: Lambda begins with five pollers. */
const POLLERS = 5;

async function createSource(lambda: Lambda, request: ServiceRequest): Promise<ServiceResponse> {
  const input = shaped(source, request.input);
  const fn = checked(lambda, request, { name: input.FunctionName, action: 'CreateEventSourceMapping' });
  const [batchSize, windowSeconds] = [input.BatchSize ?? 10, input.MaximumBatchingWindowInSeconds ?? 0];
  const concurrency = input.ScalingConfig?.MaximumConcurrency ?? null;
  const refused = (why: string) => new AwsError('InvalidParameterValueException', why);
  if (batchSize < 1 || batchSize > 10) throw refused('a standard queue gives batches of 1 to 10 here');
  if (windowSeconds !== 0) throw refused('batching windows are not there in this Lambda');
  if (concurrency !== null && (concurrency < 2 || concurrency > 1000)) throw refused('MaximumConcurrency is 2 to 1000');
  const there = [...lambda.sources.values()].find(
    ({ mapping }) => mapping.queueArn === input.EventSourceArn && mapping.name === fn.name,
  );
  if (there)
    throw new AwsError(
      'ResourceConflictException',
      `An event source mapping with SQS arn ("${input.EventSourceArn}") and function ("${fn.name}") already exists. UUID ${there.mapping.id}`,
      { status: 409 },
    );
  lambda.checkSource(fn, input.EventSourceArn);
  const mapping: Mapping = {
    id: randomUUID(),
    name: fn.name,
    functionArn: fn.arn,
    role: fn.role,
    queueArn: input.EventSourceArn,
    batchSize,
    windowSeconds,
    partial: (input.FunctionResponseTypes ?? []).includes('ReportBatchItemFailures'),
    concurrency: concurrency ?? POLLERS,
  };
  await lambda.map(mapping);
  return { status: 202, body: mappingOut(mapping) };
}

function listSources(lambda: Lambda, request: ServiceRequest): ServiceResponse {
  lambda.authorize(request.caller, 'ListEventSourceMappings', '*');
  const name = request.query.get('FunctionName')?.split(':').at(-1);
  const all = [...lambda.sources.values()].map(({ mapping }) => mapping).filter((mapping) => !name || mapping.name === name);
  return { body: { EventSourceMappings: all.map(mappingOut) } };
}

async function deleteSource(lambda: Lambda, request: ServiceRequest, id: string): Promise<ServiceResponse> {
  const found = lambda.sources.get(id);
  lambda.authorize(request.caller, 'DeleteEventSourceMapping', found?.mapping.functionArn ?? '*');
  if (!found) throw none();
  await lambda.unmap(id);
  return { status: 202, body: { ...mappingOut(found.mapping), State: 'Deleting' } };
}

function none(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
}

function configuration(fn: LambdaFunction) {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Role: fn.role,
    Timeout: fn.timeout,
    MemorySize: fn.memory,
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
    ScalingConfig: { MaximumConcurrency: mapping.concurrency },
  };
}
