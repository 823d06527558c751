/** A temporary rule and queue for one watcher of the bus: never a wildcard, swept when left behind. Design section 9. */
import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isGlob, literalPrefix } from '../core/glob.ts';
import type { Watches } from '../core/ports.ts';
import type { Items } from './items.ts';
import { rulePolicy } from './roles.ts';
import { queueArn, queueNames, type StackParts } from './topology.ts';

/** Milliseconds after which a watch that nobody renewed is removed. */
const ALIVE = 5 * 60_000;
/** Where the registry notes which watches there are: to list queues or rules one would have to be let see all of them. */
const NOTES = 'watches';

export interface WatchClients {
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  /** Of the registry's table. */
  readonly items: Items;
}

export function createWatches({ sqs, events, items }: WatchClients, parts: StackParts, now: () => number): Watches {
  const nameOf = (watch: string) => queueNames(parts.name).watch(watch);
  const note = (watch: string) => items.put({ pk: NOTES, sk: watch, alive: now() });
  const quietly = (error: unknown) => {
    if (!/NotFound|NonExistent|DoesNotExist/.test((error as Error).name)) throw error;
  };
  const stop = async (watch: string): Promise<void> => {
    const name = nameOf(watch);
    await events.send(new RemoveTargetsCommand({ EventBusName: parts.name, Rule: name, Ids: ['queue'] })).catch(quietly);
    await events.send(new DeleteRuleCommand({ EventBusName: parts.name, Name: name })).catch(quietly);
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: name })).catch(quietly);
    if (found?.QueueUrl) await sqs.send(new DeleteQueueCommand({ QueueUrl: found.QueueUrl })).catch(quietly);
    await items.remove(NOTES, watch);
  };
  return {
    async start(watch, glob) {
      const name = nameOf(watch);
      // Noted before anything is made, so that a kill in between leaves nothing that no sweep finds.
      await note(watch);
      const made = await sqs.send(
        new CreateQueueCommand({
          QueueName: name,
          Attributes: { MessageRetentionPeriod: '300', Policy: rulePolicy(parts, name, name) },
        }),
      );
      const EventPattern = JSON.stringify({ detail: { tag: patternOf(glob) } });
      await events.send(new PutRuleCommand({ EventBusName: parts.name, Name: name, EventPattern }));
      await events.send(
        new PutTargetsCommand({ EventBusName: parts.name, Rule: name, Targets: [{ Id: 'queue', Arn: queueArn(parts, name) }] }),
      );
      return made.QueueUrl as string;
    },
    async renew(watch) {
      if (await items.get(NOTES, watch)) await note(watch);
    },
    stop,
    async sweep() {
      const left = (await items.query(NOTES)).filter((item) => now() - Number(item.alive) > ALIVE).map((item) => String(item.sk));
      for (const watch of left) await stop(watch);
      return left.map(nameOf);
    },
  };
}

/** The tag itself, or the glob's literal prefix; and the watcher's own probe beside it. */
function patternOf(glob: string): readonly unknown[] {
  const probe = { prefix: 'salt/brine/probe/' };
  if (!isGlob(glob)) return [glob, probe];
  const prefix = literalPrefix(glob);
  return prefix === '' ? [{ exists: true }] : [{ prefix }, probe];
}
