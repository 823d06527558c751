/** The embedded AWS of the kills: repeats of SQS and of invocations switched on, short waits, and a functions' host that is killed on request. */

import { createInterface } from 'node:readline';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { eventsClient, kmsClient, sqsClient } from '../../../aws/clients.ts';
import { readRoots } from '../../../aws/roots.ts';
import { queueNames, topologyOf } from '../../../aws/topology.ts';
import { parseStack } from '../../../core/ids.ts';
import { startAws } from '../../../local/aws.ts';
import { deploy } from '../../../local/deploy.ts';
import { startHostChild } from '../../../local/host-child.ts';
import { RuntimeApi } from '../../../local/lambda/runtime-api.ts';
import { loadProject } from '../../../project/load.ts';

const { KILL_PROJECT = '', KILL_SEED = '1', KILL_HOST = '' } = process.env;
const { project, problems } = loadProject(KILL_PROJECT);
if (problems.length > 0) throw new Error(JSON.stringify(problems));
const credentials = { accessKeyId: 'AKIAKILLS', secretAccessKey: 'kills' };
let api: RuntimeApi | undefined;
const aws = await startAws({
  dir: null,
  credentials,
  chance: { seed: Number(KILL_SEED), duplicates: 0.25 },
  retryScale: 0.005,
  unsigned: (services) => {
    api = new RuntimeApi(services);
    return [api];
  },
});
process.env.AWS_ENDPOINT_URL = aws.endpoint;
const stack = parseStack(`${aws.account}/${aws.region}/brine`);
await deploy({ stack, project, credentials, access: aws.services.iam.access });
const { name, region, aliases, bus } = topologyOf(stack);

// Everything that the bus takes is seen here too.
const client = { region, credentials };
const [sqs, events] = [sqsClient(client), eventsClient(client)];
await sqs.send(new CreateQueueCommand({ QueueName: 'tap' }));
const arn = aws.services.sqs.arnOf('tap');
const Policy = JSON.stringify({
  Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn }],
});
await sqs.send(new SetQueueAttributesCommand({ QueueUrl: `${aws.endpoint}/${aws.account}/tap`, Attributes: { Policy } }));
const EventPattern = JSON.stringify({ source: [{ prefix: 'brine.' }] });
await events.send(new PutRuleCommand({ EventBusName: bus, Name: 'tap', EventPattern }));
await events.send(new PutTargetsCommand({ EventBusName: bus, Rule: 'tap', Targets: [{ Id: 'to', Arn: arn }] }));
// What a killed function had taken comes again soon.
for (const queue of [queueNames(name).recorder, queueNames(name).runner]) {
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: `${aws.endpoint}/${aws.account}/${queue}`,
      Attributes: { VisibilityTimeout: '1' },
    }),
  );
}
const host = await startHostChild(aws, api as RuntimeApi, {
  stack,
  project,
  entry: KILL_HOST,
  log: (part, message, fields) =>
    process.stderr.write(`${JSON.stringify({ at: Date.now() % 1e6, part, message, ...fields }, plain)}\n`),
});
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
const roots = await readRoots(kmsClient(client), aliases);
process.stdout.write(`ready ${JSON.stringify({ endpoint: aws.endpoint, region, stack, roots, credentials })}\n`);

/** Places on the functions' way, seen by what they ask of AWS: the host dies when its call was done and before it hears of it. */
const PLACES: Readonly<Record<string, (service: string, operation: string, text: string) => boolean>> = {
  'plan stored, before the sending': (service, operation, text) =>
    service === 'dynamodb' && operation === 'PutItem' && text.includes(`"${name}-plans"`),
  'job sent, before that is told': (service, operation, text) =>
    service === 'sqs' && operation === 'SendMessage' && text.includes(`/${name}-m-`),
  'return recorded, before its message is deleted': (service, operation, text) =>
    service === 'dynamodb' && operation === 'PutItem' && text.includes('ret#'),
};
let place: string | null = null;
let kills = 0;
function kill(): void {
  const pid = host.pid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  kills += 1;
  process.stdout.write(`killed ${kills}: ${place ?? 'at any moment'}\n`);
  place = null;
}
for (const service of [aws.services.dynamodb, aws.services.sqs]) {
  const handle = service.handle.bind(service);
  service.handle = async (request: Parameters<typeof handle>[0]) => {
    const answer = await handle(request);
    if (place !== null && PLACES[place]?.(service.name, request.operation, request.text)) kill();
    return answer as never;
  };
}
createInterface({ input: process.stdin }).on('line', (line) => {
  place = line;
  if (!(line in PLACES)) kill();
});
process.on('SIGTERM', () => void host.close().then(() => process.exit(0)));
