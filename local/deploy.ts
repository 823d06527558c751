/** Topology and roles → API calls, idempotent: what `cdk deploy` does in AWS, for the embedded one. */
import { CreateTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { dynamoClient, eventsClient, kmsClient, lambdaClient, sqsClient } from '../aws/clients.ts';
import { keyPolicy, rolePolicy, rolesOf, rulePolicy, trustPolicy } from '../aws/roles.ts';
import {
  functionArn,
  type QueuePart,
  queueArn,
  queueNames,
  roleArn,
  ruleArn,
  type Topology,
  topologyOf,
} from '../aws/topology.ts';
import type { Stack } from '../core/ids.ts';
import { reactorRules } from '../core/reactor/pattern.ts';
import type { Project } from '../core/reactor/reactions.ts';
import type { Access } from './iam/access.ts';

export interface DeployOptions {
  readonly stack: Stack;
  readonly project: Project;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The embedded AWS's own: roles are put there, since the SDK's IAM client is no dependency of ours. */
  readonly access: Access;
}

interface Clients {
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly dynamo: DynamoDBClient;
}

export async function deploy(options: DeployOptions): Promise<void> {
  const topology = topologyOf(options.stack);
  const config = { region: topology.region, credentials: options.credentials };
  const clients = {
    sqs: sqsClient(config),
    events: eventsClient(config),
    kms: kmsClient(config),
    lambda: lambdaClient(config),
    dynamo: dynamoClient(config),
  };
  putRoles(topology, options.access);
  await Promise.all([
    putTables(clients, topology),
    putKeys(clients, topology),
    putQueues(clients, topology),
    there(clients.events.send(new CreateEventBusCommand({ Name: topology.bus }))),
  ]);
  await putFunctions(clients, topology);
  await putRecorderRule(clients, topology);
  await putRules(options, clients);
  for (const client of Object.values(clients)) client.destroy();
}

function putRoles(topology: Topology, access: Access): void {
  for (const role of rolesOf(topology)) {
    const policies = new Map([['brine', JSON.stringify(rolePolicy(role))]]);
    access.roles.set(role.name, { trust: JSON.stringify(trustPolicy(role)), policies });
  }
}

async function putTables({ dynamo }: Clients, { tables }: Topology): Promise<void> {
  await Promise.all(
    tables.map(async ({ name, ttl }) => {
      const KeySchema = [
        { AttributeName: 'pk', KeyType: 'HASH' as const },
        { AttributeName: 'sk', KeyType: 'RANGE' as const },
      ];
      const AttributeDefinitions = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
      await there(
        dynamo.send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions })),
      );
      await dynamo.send(
        new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { AttributeName: ttl, Enabled: true } }),
      );
    }),
  );
}

async function putKeys({ kms }: Clients, topology: Topology): Promise<void> {
  await Promise.all(
    (['jobs', 'enroll'] as const).map(async (root) => {
      const alias = topology.aliases[root];
      const known = await kms.send(new DescribeKeyCommand({ KeyId: alias })).then(
        () => true,
        () => false,
      );
      if (known) return;
      const { KeyMetadata } = await kms.send(
        new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Policy: keyPolicy(topology, root) }),
      );
      await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    }),
  );
}

async function putQueues({ sqs }: Clients, topology: Topology): Promise<void> {
  const policyOf = (name: string) => {
    const fed = topology.fed.find(({ queue }) => queue === name);
    return fed ? { Policy: rulePolicy(topology, name, fed.rule) } : {};
  };
  const attributes = ({ name, visibility, retention, dead, maxReceives }: QueuePart) => ({
    VisibilityTimeout: String(visibility),
    MessageRetentionPeriod: String(retention),
    ...(dead && {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(topology, dead), maxReceiveCount: maxReceives }),
    }),
    ...policyOf(name),
  });
  const put = async (queue: QueuePart) => {
    const Attributes = attributes(queue);
    const made = await sqs.send(new CreateQueueCommand({ QueueName: queue.name, Attributes })).catch(() => null);
    if (!made)
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: `http://local/${topology.account}/${queue.name}`, Attributes }));
  };
  // SQS refuses a dead-letter queue that is not there yet.
  for (const some of [topology.queues.filter(({ dead }) => !dead), topology.queues.filter(({ dead }) => dead)])
    await Promise.all(some.map(put));
}

async function putFunctions({ lambda }: Clients, topology: Topology): Promise<void> {
  await Promise.all(
    topology.functions.map(async (fn) => {
      const FunctionName = fn.name;
      await there(
        lambda.send(
          new CreateFunctionCommand({
            FunctionName,
            Role: roleArn(topology, fn.name),
            Timeout: fn.timeout,
            MemorySize: fn.memory,
            Runtime: 'nodejs22.x',
            Handler: 'handler.handler',
            Code: { ZipFile: new Uint8Array() },
          }),
        ),
      );
      await lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumRetryAttempts: fn.retries,
          MaximumEventAgeInSeconds: fn.maxAge,
          DestinationConfig: { OnFailure: { Destination: queueArn(topology, fn.onFailure) } },
        }),
      );
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: fn.reserved }));
      if (fn.url) await there(lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' })));
      if (fn.role === 'reactor') {
        await lambda.send(
          new AddPermissionCommand({
            FunctionName,
            StatementId: 'rules',
            Action: 'lambda:InvokeFunction',
            Principal: 'events.amazonaws.com',
            SourceArn: ruleArn(topology, '*'),
          }),
        );
      }
    }),
  );
  await Promise.all(
    topology.sources.map(({ queue, fn, batchSize, windowSeconds, concurrency }) =>
      there(
        lambda.send(
          new CreateEventSourceMappingCommand({
            EventSourceArn: queueArn(topology, queue),
            FunctionName: fn,
            BatchSize: batchSize,
            MaximumBatchingWindowInSeconds: windowSeconds,
            ScalingConfig: { MaximumConcurrency: concurrency },
            FunctionResponseTypes: ['ReportBatchItemFailures'],
          }),
        ),
      ),
    ),
  );
}

async function putRecorderRule({ events }: Clients, topology: Topology): Promise<void> {
  const Rule = topology.recorderRule;
  await events.send(
    new PutRuleCommand({ EventBusName: topology.bus, Name: Rule, EventPattern: JSON.stringify(topology.recorderPattern) }),
  );
  await events.send(
    new PutTargetsCommand({
      EventBusName: topology.bus,
      Rule,
      Targets: [{ Id: 'to', Arn: queueArn(topology, queueNames(topology.name).recorder), ...deliveryOf(topology) }],
    }),
  );
}

/** What every target has beside its address. */
function deliveryOf({ delivery, ...topology }: Topology) {
  return {
    DeadLetterConfig: { Arn: queueArn(topology, topology.undelivered) },
    RetryPolicy: { MaximumEventAgeInSeconds: delivery.maxAge, MaximumRetryAttempts: delivery.retries },
  };
}

/** The project's own rules; those of an earlier reactor.conf that are left over go. */
export async function putRules(
  { stack, project, credentials }: Omit<DeployOptions, 'access'>,
  given?: Pick<Clients, 'events'>,
): Promise<void> {
  const topology = topologyOf(stack);
  const events = given?.events ?? eventsClient({ region: topology.region, credentials });
  const bus = { EventBusName: topology.bus };
  const rules = reactorRules(topology.name, project.entries);
  await Promise.all(
    rules.map(async ({ name: Name, pattern }) => {
      await events.send(new PutRuleCommand({ ...bus, Name, EventPattern: JSON.stringify(pattern) }));
      await events.send(
        new PutTargetsCommand({
          ...bus,
          Rule: Name,
          Targets: [{ Id: 'to', Arn: functionArn(topology, `${topology.name}-reactor`), ...deliveryOf(topology) }],
        }),
      );
    }),
  );
  const there: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await events.send(new ListRulesCommand({ ...bus, NamePrefix: `${topology.name}-reactor-`, NextToken }));
    there.push(...(page.Rules ?? []).map((rule) => rule.Name as string));
    NextToken = page.NextToken;
  } while (NextToken);
  for (const Name of there.filter((name) => !rules.some((rule) => rule.name === name))) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ ...bus, Rule: Name }));
    if (Targets.length > 0)
      await events.send(new RemoveTargetsCommand({ ...bus, Rule: Name, Ids: Targets.map((target) => target.Id as string) }));
    await events.send(new DeleteRuleCommand({ ...bus, Name }));
  }
}

/** What exists already is as good as made. */
async function there(made: Promise<unknown>): Promise<void> {
  await made.catch((error: Error) => {
    if (!/AlreadyExists|ResourceInUse|ResourceConflict|QueueNameExists/.test(error.name)) throw error;
  });
}
