/** A temporary rule and queue for one watcher of the bus: never a wildcard, swept when left behind. Design section 9. */
import {
  DeleteRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { parseGlob } from '../core/glob.ts';
import type { Watches } from '../core/ports.ts';
import { rulePolicy } from './roles.ts';
import { queueArn, queueNames, type StackParts } from './topology.ts';

/** Milliseconds after which a watch that nobody renewed is removed. */
const ALIVE = 5 * 60_000;

export function createWatches(
  clients: { readonly sqs: SQSClient; readonly events: EventBridgeClient },
  parts: StackParts,
  now: () => number,
): Watches {
  const { sqs, events } = clients;
  const nameOf = (watch: string) => queueNames(parts.name).watch(watch);
  const url = async (name: string) => (await sqs.send(new ListQueuesCommand({ QueueNamePrefix: name }))).QueueUrls?.[0];
  const tags = () => ({ 'brine-alive': String(now()) });
  const remove = async (name: string): Promise<void> => {
    const quietly = (error: unknown) => {
      if (!/NotFound|NonExistent|DoesNotExist/.test((error as Error).name)) throw error;
    };
    await events.send(new RemoveTargetsCommand({ EventBusName: parts.name, Rule: name, Ids: ['queue'] })).catch(quietly);
    await events.send(new DeleteRuleCommand({ EventBusName: parts.name, Name: name })).catch(quietly);
    const QueueUrl = await url(name);
    if (QueueUrl) await sqs.send(new DeleteQueueCommand({ QueueUrl })).catch(quietly);
  };
  return {
    async start(watch, glob) {
      const name = nameOf(watch);
      const made = await sqs.send(
        new CreateQueueCommand({
          QueueName: name,
          Attributes: { MessageRetentionPeriod: '300', Policy: rulePolicy(parts, name, name) },
          tags: tags(),
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
      const QueueUrl = await url(nameOf(watch));
      if (QueueUrl) await sqs.send(new TagQueueCommand({ QueueUrl, Tags: tags() }));
    },
    stop: (watch) => remove(nameOf(watch)),
    async sweep() {
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: nameOf('') }));
      const left: string[] = [];
      for (const QueueUrl of QueueUrls) {
        const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
        if (now() - Number(Tags['brine-alive'] ?? 0) > ALIVE) left.push(QueueUrl.split('/').at(-1) as string);
      }
      for (const name of left) await remove(name);
      return left;
    },
  };
}

/** The glob's literal prefix, and the watcher's own probe beside it. */
function patternOf(glob: string): readonly unknown[] {
  const first = parseGlob(glob)[0];
  const prefix = first?.kind === 'text' ? first.text : '';
  return prefix === '' ? [{ exists: true }] : [{ prefix }, { prefix: 'salt/brine/probe/' }];
}
