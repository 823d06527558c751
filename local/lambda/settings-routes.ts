/** How a function is run and reached: reserved concurrency, retries of asynchronous events, its URL. */
import * as v from 'valibot';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import { shaped, struct, text, whole } from '../shape.ts';
import { checked, none, type Routes } from './checked.ts';
import type { Lambda, LambdaFunction } from './lambda.ts';

export const SETTINGS_ROUTES: Routes = [
  ['PUT', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, putConcurrency],
  ['GET', /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, getConcurrency],
  ['DELETE', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, deleteConcurrency],
  ['PUT', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, putInvokeConfig],
  ['GET', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, getInvokeConfig],
  ['DELETE', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, deleteInvokeConfig],
  ['POST', /^\/2021-10-31\/functions\/([^/]+)\/url$/, createUrl],
  ['GET', /^\/2021-10-31\/functions\/([^/]+)\/url$/, getUrl],
  ['GET', /^\/2021-10-31\/functions\/([^/]+)\/urls$/, listUrls],
  ['DELETE', /^\/2021-10-31\/functions\/([^/]+)\/url$/, deleteUrl],
];

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

async function deleteConcurrency(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'DeleteFunctionConcurrency' });
  fn.reserved = null;
  await lambda.save(fn);
  return { status: 204 };
}

/** How asynchronous events are tried unless something was put. */
export const UNSET = { retries: 2, maxAge: 21_600, onFailure: null } as const;

const invokeConfig = struct({
  MaximumRetryAttempts: v.nullish(whole),
  MaximumEventAgeInSeconds: v.nullish(whole),
  DestinationConfig: v.nullish(struct({ OnFailure: v.nullish(struct({ Destination: v.nullish(text) })) })),
});

async function putInvokeConfig(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'PutFunctionEventInvokeConfig' });
  const input = shaped(invokeConfig, request.input);
  const [retries, maxAge] = [input.MaximumRetryAttempts ?? UNSET.retries, input.MaximumEventAgeInSeconds ?? UNSET.maxAge];
  if (retries < 0 || retries > 2 || maxAge < 60 || maxAge > 21_600)
    throw new AwsError('InvalidParameterValueException', 'MaximumRetryAttempts is 0 to 2, MaximumEventAgeInSeconds 60 to 21600');
  Object.assign(fn, { retries, maxAge, onFailure: input.DestinationConfig?.OnFailure?.Destination ?? null });
  await lambda.save(fn);
  return { body: invokeConfigOut(fn) };
}

function getInvokeConfig(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const fn = checked(lambda, request, { name, action: 'GetFunctionEventInvokeConfig' });
  const unset = Object.entries(UNSET).every(([key, value]) => fn[key as keyof typeof UNSET] === value);
  if (unset)
    throw new AwsError('ResourceNotFoundException', `The function ${fn.arn}:$LATEST doesn't have an EventInvokeConfig`, {
      status: 404,
    });
  return { body: invokeConfigOut(fn) };
}

async function deleteInvokeConfig(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'DeleteFunctionEventInvokeConfig' });
  await lambda.save(Object.assign(fn, UNSET));
  return { status: 204 };
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

function listUrls(lambda: Lambda, request: ServiceRequest, name: string): ServiceResponse {
  const fn = checked(lambda, request, { name, action: 'ListFunctionUrlConfigs' });
  return { body: { FunctionUrlConfigs: fn.url ? [urlConfig(lambda, fn)] : [] } };
}

async function deleteUrl(lambda: Lambda, request: ServiceRequest, name: string): Promise<ServiceResponse> {
  const fn = checked(lambda, request, { name, action: 'DeleteFunctionUrlConfig' });
  if (!fn.url) throw none();
  fn.url = false;
  await lambda.save(fn);
  return { status: 204 };
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
