/** The stack: what topology and roles say, as CloudFormation. Names, limits and statements are theirs; nothing is decided here. */
import { type CfnResource, type Environment, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { keyPolicy, type Role, rolePolicy, rolesOf, rulePolicy, trustPolicy } from '../aws/roles.ts';
import { type FunctionPart, functionArn, queueArn, queueNames, ruleArn, type Topology } from '../aws/topology.ts';
import { reactorRules } from '../core/reactor/pattern.ts';
import type { Project } from '../core/reactor/reactions.ts';

export interface BrineStackProps {
  readonly topology: Topology;
  readonly project: Project;
  /** Folder of the bundled code by function role. */
  readonly code: ReadonlyMap<string, string>;
  readonly env: Environment;
}

interface FunctionNeeds {
  readonly role: iam.CfnRole;
  readonly folder: string;
  readonly queues: readonly sqs.CfnQueue[];
}

const LOG_DAYS = 30;

export class BrineStack extends Stack {
  constructor(scope: Construct, id: string, { topology, project, code, env }: BrineStackProps) {
    super(scope, id, {
      env,
      stackName: topology.name,
      description: "Brine: Salt's event system and reactor without a Salt master",
    });
    Tags.of(this).add('brine', topology.name);
    const bus = new events.CfnEventBus(this, 'Bus', { name: topology.bus });
    this.#tables(topology);
    const queues = this.#queues(topology);
    const roles = new Map(rolesOf(topology).map((role) => [role.name, this.#role(role)]));
    this.#keys(topology, [...roles.values()]);
    const functions = new Map(
      topology.functions.map((fn) => [
        fn.role,
        this.#function(topology, fn, { role: roles.get(fn.name) as iam.CfnRole, folder: code.get(fn.role) as string, queues }),
      ]),
    );
    this.#sources(topology, [...functions.values(), ...queues]);
    this.#rules(topology, project, [bus, functions.get('reactor') as lambda.CfnFunction, ...queues]);
  }

  #tables({ tables }: Topology): void {
    for (const { name, ttl } of tables) {
      const table = new dynamodb.CfnTable(this, `Table-${name}`, {
        tableName: name,
        billingMode: 'PAY_PER_REQUEST',
        attributeDefinitions: ['pk', 'sk'].map((attributeName) => ({ attributeName, attributeType: 'S' })),
        keySchema: [
          { attributeName: 'pk', keyType: 'HASH' },
          { attributeName: 'sk', keyType: 'RANGE' },
        ],
        timeToLiveSpecification: { attributeName: ttl, enabled: true },
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      });
      table.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
  }

  #queues(topology: Topology): readonly sqs.CfnQueue[] {
    const made = new Map<string, sqs.CfnQueue>();
    for (const { name, visibility, retention, dead, maxReceives } of topology.queues) {
      const queue = new sqs.CfnQueue(this, `Queue-${name}`, {
        queueName: name,
        visibilityTimeout: visibility,
        messageRetentionPeriod: retention,
        sqsManagedSseEnabled: true,
        ...(dead && { redrivePolicy: { deadLetterTargetArn: queueArn(topology, dead), maxReceiveCount: maxReceives } }),
      });
      made.set(name, queue);
    }
    // SQS refuses a dead-letter queue that is not there yet.
    for (const { name, dead } of topology.queues) if (dead) made.get(name)?.addResourceDependency(made.get(dead) as sqs.CfnQueue);
    for (const { queue, rule } of topology.fed) {
      new sqs.CfnQueuePolicy(this, `Policy-${queue}`, {
        queues: [made.get(queue)?.ref as string],
        policyDocument: JSON.parse(rulePolicy(topology, queue, rule)),
      });
    }
    return [...made.values()];
  }

  #role(role: Role): iam.CfnRole {
    const { name, trust } = role;
    const logs = 'Service' in trust && trust.Service === 'lambda.amazonaws.com';
    return new iam.CfnRole(this, `Role-${name}`, {
      roleName: name,
      assumeRolePolicyDocument: trustPolicy(role),
      policies: [{ policyName: 'brine', policyDocument: rolePolicy(role) }],
      ...(logs && { managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] }),
    });
  }

  #keys(topology: Topology, roles: readonly iam.CfnRole[]): void {
    for (const root of ['jobs', 'enroll'] as const) {
      const key = new kms.CfnKey(this, `Key-${root}`, {
        keySpec: 'ECC_NIST_P256',
        keyUsage: 'SIGN_VERIFY',
        keyPolicy: JSON.parse(keyPolicy(topology, root)),
        description: `Brine's root ${root}`,
      });
      key.applyRemovalPolicy(RemovalPolicy.RETAIN);
      for (const role of roles) key.addResourceDependency(role);
      new kms.CfnAlias(this, `Alias-${root}`, { aliasName: topology.aliases[root], targetKeyId: key.ref });
    }
  }

  #function(topology: Topology, fn: FunctionPart, { role, folder, queues }: FunctionNeeds): lambda.CfnFunction {
    const log = new logs.CfnLogGroup(this, `Log-${fn.role}`, {
      logGroupName: `/aws/lambda/${fn.name}`,
      retentionInDays: LOG_DAYS,
    });
    const asset = new Asset(this, `Code-${fn.role}`, { path: folder });
    const made = new lambda.CfnFunction(this, `Function-${fn.role}`, {
      functionName: fn.name,
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'handler.handler',
      code: { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey },
      role: role.attrArn,
      memorySize: fn.memory,
      timeout: fn.timeout,
      reservedConcurrentExecutions: fn.reserved,
      environment: { variables: { BRINE_STACK: topology.stack } },
    });
    made.addResourceDependency(log);
    const config = new lambda.CfnEventInvokeConfig(this, `Async-${fn.role}`, {
      functionName: fn.name,
      qualifier: '$LATEST',
      maximumRetryAttempts: fn.retries,
      maximumEventAgeInSeconds: fn.maxAge,
      destinationConfig: { onFailure: { destination: queueArn(topology, fn.onFailure) } },
    });
    for (const needed of [made, ...queues]) config.addResourceDependency(needed);
    if (fn.url) new lambda.CfnUrl(this, `Url-${fn.role}`, { targetFunctionArn: made.attrArn, authType: 'AWS_IAM' });
    return made;
  }

  #sources(topology: Topology, functions: readonly CfnResource[]): void {
    for (const { queue, fn, batchSize, windowSeconds, concurrency } of topology.sources) {
      const source = new lambda.CfnEventSourceMapping(this, `Source-${queue}`, {
        eventSourceArn: queueArn(topology, queue),
        functionName: fn,
        batchSize,
        maximumBatchingWindowInSeconds: windowSeconds,
        scalingConfig: { maximumConcurrency: concurrency },
        functionResponseTypes: ['ReportBatchItemFailures'],
      });
      for (const made of functions) source.addResourceDependency(made);
    }
  }

  #rules(topology: Topology, project: Project, needed: readonly CfnResource[]): void {
    const dead = {
      deadLetterConfig: { arn: queueArn(topology, topology.undelivered) },
      retryPolicy: {
        maximumEventAgeInSeconds: topology.delivery.maxAge,
        maximumRetryAttempts: topology.delivery.retries,
      },
    };
    const put = (name: string, eventPattern: object, target: Omit<events.CfnRule.TargetProperty, 'id'>) => {
      const rule = new events.CfnRule(this, `Rule-${name}`, {
        name,
        eventBusName: topology.bus,
        eventPattern,
        targets: [{ id: 'to', ...dead, ...target }],
      });
      for (const one of needed) rule.addResourceDependency(one);
    };
    for (const { name, pattern } of reactorRules(topology.name, project.entries))
      put(name, pattern, { arn: functionArn(topology, `${topology.name}-reactor`) });
    put(topology.recorderRule, topology.recorderPattern, { arn: queueArn(topology, queueNames(topology.name).recorder) });
    // One permission for all rules: a function's policy holds 20 KB.
    new lambda.CfnPermission(this, 'RulesMayInvoke', {
      functionName: functionArn(topology, `${topology.name}-reactor`),
      action: 'lambda:InvokeFunction',
      principal: 'events.amazonaws.com',
      sourceArn: ruleArn(topology, '*'),
    }).addResourceDependency(needed[1] as lambda.CfnFunction);
  }
}
