/** Core's ports, filled by AWS clients: what functions get. The relay and the minion take only what they need from the other files. */

import type { Stack } from '../core/ids.ts';
import type { CredentialIssuer, EventBus, Jobs, Plans, Presences, Queues, Registry, Targets, Watches } from '../core/ports.ts';
import type { Root, Roots } from '../trust/certificate.ts';
import { type ClientOptions, dynamoClient, eventsClient, kmsClient, sqsClient, stsClient } from './clients.ts';
import { createCredentialIssuer } from './credentials.ts';
import { createEventBus } from './event-bus.ts';
import { createItems } from './items.ts';
import { createJobs } from './jobs.ts';
import { createPlans } from './plans.ts';
import { createPresences } from './presences.ts';
import { createQueues } from './queues.ts';
import { createRegistry } from './registry.ts';
import { createRoot, readRoots } from './roots.ts';
import { createTargets } from './targets.ts';
import { stackParts, tableNames, topologyOf } from './topology.ts';
import { createWatches } from './watches.ts';

export interface Ports {
  readonly bus: EventBus;
  readonly queues: Queues & { url(queue: string): Promise<string | null> };
  readonly registry: Registry;
  readonly targets: Targets;
  readonly plans: Plans;
  readonly jobs: Jobs;
  readonly presences: Presences;
  readonly root: (which: 'jobs' | 'enroll') => Root;
  readonly roots: () => Promise<Roots>;
  readonly credentials: CredentialIssuer;
  readonly watches: Watches;
}

export function createPorts(stack: Stack, options: Partial<ClientOptions> = {}): Ports {
  const parts = stackParts(stack);
  const { aliases } = topologyOf(stack);
  const clientOptions = { region: parts.region, ...options };
  const now = Date.now;
  const dynamo = dynamoClient(clientOptions);
  const [sqs, events, kms] = [sqsClient(clientOptions), eventsClient(clientOptions), kmsClient(clientOptions)];
  const tables = tableNames(parts.name);
  const registryItems = createItems(dynamo, tables.registry);
  const registry = createRegistry(registryItems);
  let roots: Promise<Roots> | undefined;
  const read = () => {
    roots ??= readRoots(kms, aliases).catch((error: unknown) => {
      roots = undefined;
      throw error;
    });
    return roots;
  };
  return {
    bus: createEventBus(events, parts.name),
    queues: createQueues(sqs, parts),
    registry,
    targets: createTargets(registry, now),
    plans: createPlans(createItems(dynamo, tables.plans), now),
    jobs: createJobs(createItems(dynamo, tables.jobs), now),
    presences: createPresences(createItems(dynamo, tables.jobs)),
    root: (which) => createRoot(kms, aliases[which]),
    roots: read,
    credentials: createCredentialIssuer(stsClient(clientOptions), parts),
    watches: createWatches({ sqs, events, items: registryItems }, parts, now),
  };
}
