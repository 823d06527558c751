/** Event source mappings of SQS queues, as Lambda's API makes, changes and lists them. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import { shaped, struct, text, texts, whole } from '../shape.ts';
import { checked, none, type Routes } from './checked.ts';
import type { Mapping } from './event-source.ts';
import type { Lambda } from './lambda.ts';

export const SOURCE_ROUTES: Routes = [
  ['POST', /^\/2015-03-31\/event-source-mappings$/, createSource],
  ['GET', /^\/2015-03-31\/event-source-mappings$/, listSources],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, getSource],
  ['PUT', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, updateSource],
  ['DELETE', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, deleteSource],
];

const how = {
  BatchSize: v.nullish(whole),
  MaximumBatchingWindowInSeconds: v.nullish(whole),
  FunctionResponseTypes: v.nullish(texts),
  ScalingConfig: v.nullish(struct({ MaximumConcurrency: v.nullish(whole) })),
  Enabled: v.nullish(v.boolean()),
};
const source = struct({ ...how, EventSourceArn: text, FunctionName: text });
const change = struct(how);

/** Batches that run at a time unless said: Lambda begins with five pollers. */
const POLLERS = 5;

/** What was asked for, over what is there or what Lambda begins with. */
function wayOf(
  input: v.InferOutput<typeof change>,
  before?: Mapping,
): Pick<Mapping, 'batchSize' | 'windowSeconds' | 'partial' | 'concurrency'> {
  const batchSize = input.BatchSize ?? before?.batchSize ?? 10;
  const windowSeconds = input.MaximumBatchingWindowInSeconds ?? 0;
  const concurrency = input.ScalingConfig?.MaximumConcurrency ?? null;
  const refused = (why: string) => new AwsError('InvalidParameterValueException', why);
  if (batchSize < 1 || batchSize > 10) throw refused('a standard queue gives batches of 1 to 10 here');
  if (windowSeconds !== 0) throw refused('batching windows are not there in this Lambda');
  if (concurrency !== null && (concurrency < 2 || concurrency > 1000)) throw refused('MaximumConcurrency is 2 to 1000');
  if (input.Enabled === false) throw refused('a mapping here is enabled, or deleted');
  const types = input.FunctionResponseTypes;
  return {
    batchSize,
    windowSeconds,
    partial: types ? types.includes('ReportBatchItemFailures') : (before?.partial ?? false),
    concurrency: concurrency ?? before?.concurrency ?? POLLERS,
  };
}

async function createSource(lambda: Lambda, request: ServiceRequest): Promise<ServiceResponse> {
  const input = shaped(source, request.input);
  const fn = checked(lambda, request, { name: input.FunctionName, action: 'CreateEventSourceMapping' });
  const way = wayOf(input);
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
  const about = { id: randomUUID(), name: fn.name, functionArn: fn.arn, role: fn.role, queueArn: input.EventSourceArn };
  await lambda.map({ ...about, ...way });
  return { status: 202, body: mappingOut({ ...about, ...way }) };
}

function sourceFor(lambda: Lambda, request: ServiceRequest, { id, action }: { id: string; action: string }): Mapping {
  const found = lambda.sources.get(id)?.mapping;
  lambda.authorize(request.caller, action, found?.functionArn ?? '*');
  if (!found) throw none();
  return found;
}

function getSource(lambda: Lambda, request: ServiceRequest, id: string): ServiceResponse {
  return { body: mappingOut(sourceFor(lambda, request, { id, action: 'GetEventSourceMapping' })) };
}

async function updateSource(lambda: Lambda, request: ServiceRequest, id: string): Promise<ServiceResponse> {
  const before = sourceFor(lambda, request, { id, action: 'UpdateEventSourceMapping' });
  const mapping = { ...before, ...wayOf(shaped(change, request.input), before) };
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
  const found = sourceFor(lambda, request, { id, action: 'DeleteEventSourceMapping' });
  await lambda.unmap(id);
  return { status: 202, body: { ...mappingOut(found), State: 'Deleting' } };
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
