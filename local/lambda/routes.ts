/** Lambda's REST API: path by path, what an operation wants and answers. */
import * as v from 'valibot';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import { shaped, struct, text, whole } from '../shape.ts';
import { checked, none, type Routes } from './checked.ts';
import type { Lambda, LambdaFunction } from './lambda.ts';
import { SETTINGS_ROUTES } from './settings-routes.ts';
import { SOURCE_ROUTES } from './source-routes.ts';

export const ROUTES: Routes = [
  ['POST', /^\/2015-03-31\/functions$/, createFunction],
  ['GET', /^\/2015-03-31\/functions$/, listFunctions],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, getFunction],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, getConfiguration],
  ['PUT', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, updateConfiguration],
  ['DELETE', /^\/2015-03-31\/functions\/([^/]+)$/, deleteFunction],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invoke],
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/policy$/, addPermission],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/policy$/, getPolicy],
  ['DELETE', /^\/2015-03-31\/functions\/([^/]+)\/policy\/[^/]+$/, removePermission],
  ...SETTINGS_ROUTES,
  ...SOURCE_ROUTES,
];

const options = { Role: v.optional(text), Timeout: v.optional(whole), MemorySize: v.optional(whole) };
const settings = struct(options);
const creation = struct({
  ...options,
  FunctionName: text,
  Runtime: v.optional(text),
  Handler: v.optional(text),
  Description: v.optional(text),
});

async function createFunction(lambda: Lambda, request: ServiceRequest): Promise<ServiceResponse> {
  const { FunctionName, Role = '', Timeout = 3, MemorySize = 128, ...said } = shaped(creation, request.input);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(FunctionName))
    throw new AwsError('ValidationException', `Value '${FunctionName}' at 'functionName' failed to satisfy constraint`);
  checkSettings({ Timeout, MemorySize });
  lambda.authorize(request.caller, 'CreateFunction', lambda.arnOf(FunctionName));
  if (lambda.functions.has(FunctionName))
    throw new AwsError('ResourceConflictException', `Function already exist: ${FunctionName}`, { status: 409 });
  const fn: LambdaFunction = {
    name: FunctionName,
    arn: lambda.arnOf(FunctionName),
    runtime: said.Runtime,
    handler: said.Handler,
    description: said.Description,
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

async function removePermission(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'RemovePermission' });
  const id = request.path.split('/').at(-1);
  const kept = fn.policy.filter(({ Sid }) => Sid !== id);
  if (kept.length === fn.policy.length) throw none();
  fn.policy = kept;
  await lambda.save(fn);
  return { status: 204 };
}

function getPolicy(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const { policy } = checked(lambda, request, { name, action: 'GetPolicy' });
  if (policy.length === 0) throw none();
  return { body: { Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: policy }) } };
}

function configuration(fn: LambdaFunction) {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Role: fn.role,
    Timeout: fn.timeout,
    MemorySize: fn.memory,
    Runtime: fn.runtime ?? 'nodejs24.x',
    Handler: fn.handler ?? 'handler.handler',
    ...(fn.description && { Description: fn.description }),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Version: '$LATEST',
  };
}
