/** Bus, rules against reactor.conf, and queues, as they are in the account. */
import { resolve } from 'node:path';
import {
  DescribeEventBusCommand,
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
} from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { functionArn, type Topology } from '../../aws/topology.ts';
import type { Answer } from '../../client/operator.ts';
import { compileRules, SOURCES } from '../../core/reactor/pattern.ts';
import { loadProject } from '../../project/load.ts';
import { isProject } from '../reactor/open.ts';
import { type Check, look, ok, wrong } from './check.ts';

export async function checkBus(events: EventBridgeClient, topology: Topology): Promise<readonly Check[]> {
  try {
    await events.send(new DescribeEventBusCommand({ Name: topology.bus }));
    return [ok('bus', topology.bus)];
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    return [wrong('bus', `there is no bus ${topology.bus}: events for it vanish without a word`, 'cdk deploy, or --stack')];
  }
}

export interface RulesOptions {
  readonly events: EventBridgeClient;
  readonly topology: Topology;
  readonly status: Answer;
  /** The project directory, where there may be none. */
  readonly dir: string;
}

export async function checkRules({ events, topology, status, dir }: RulesOptions): Promise<readonly Check[]> {
  const rules = await allRules(events, topology);
  const checks: Check[] = [recorderRule(rules, topology), ...(await targetsOf(events, rules, topology))];
  const bundle = String(status.more.get('bundle'));
  if (!isProject(dir))
    return [
      ...checks,
      look(
        'rules',
        `${reactorRules(rules, topology).length} rules; ${resolve(dir)} has no reactor.conf to hold them against`,
        'brine doctor --project DIR',
      ),
    ];
  const { project, problems } = loadProject(dir);
  if (problems.length > 0)
    return [...checks, wrong('rules', `${resolve(dir)} has ${problems.length} problems`, 'brine reactor check')];
  if (project.digest !== bundle)
    checks.push(
      look(
        'bundle',
        `what runs (${bundle.slice(0, 12)}) is not what lies in ${resolve(dir)} (${project.digest.slice(0, 12)})`,
        'deploy it, or look in its own directory with --project',
      ),
    );
  else checks.push(ok('bundle', `${bundle.slice(0, 12)}, as in ${resolve(dir)}`));
  const wanted = compileRules(project.entries, SOURCES).rules.map(({ pattern }) => canonical(pattern));
  const there = reactorRules(rules, topology).map((rule) => canonical(JSON.parse(rule.EventPattern ?? '{}')));
  const missing = wanted.filter((pattern) => !there.includes(pattern)).length;
  const extra = there.filter((pattern) => !wanted.includes(pattern)).length;
  if (missing + extra === 0)
    return [...checks, ok('rules', `${there.length} rules let in what ${project.entries.length} entries of reactor.conf match`)];
  return [
    ...checks,
    wrong('rules', `${missing} rules that reactor.conf needs are missing, ${extra} are of an older one`, 'deploy again'),
  ];
}

async function allRules(events: EventBridgeClient, { bus, name }: Topology): Promise<readonly Rule[]> {
  const rules: Rule[] = [];
  for (let token: string | undefined; ; ) {
    const page = await events.send(
      new ListRulesCommand({ EventBusName: bus, NamePrefix: `${name}-`, ...(token && { NextToken: token }) }),
    );
    rules.push(...(page.Rules ?? []));
    token = page.NextToken;
    if (!token) return rules;
  }
}

function reactorRules(rules: readonly Rule[], { name }: Topology): readonly Rule[] {
  return rules.filter((rule) => rule.Name?.startsWith(`${name}-reactor-`) && rule.State !== 'DISABLED');
}

function recorderRule(rules: readonly Rule[], { recorderRule: wanted }: Topology): Check {
  const found = rules.find((rule) => rule.Name === wanted);
  if (found && found.State !== 'DISABLED') return ok('recorder rule', 'returns reach the job store');
  return wrong(
    'recorder rule',
    `${wanted} is ${found ? 'disabled' : 'not there'}: no return is recorded`,
    found ? `aws events enable-rule --name ${wanted}` : 'deploy again',
  );
}

/** A rule without its function lets events in and does nothing. */
async function targetsOf(events: EventBridgeClient, rules: readonly Rule[], topology: Topology): Promise<readonly Check[]> {
  const arn = functionArn(topology, `${topology.name}-reactor`);
  const without: string[] = [];
  for (const { Name } of reactorRules(rules, topology)) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ EventBusName: topology.bus, Rule: Name }));
    if (!Targets.some((target) => target.Arn?.startsWith(arn))) without.push(String(Name));
  }
  return without.length === 0 ? [] : [wrong('rules', `${without.join(', ')} do not reach the reactor`, 'deploy again')];
}

/** The same text for the same pattern, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Messages that wait in a working queue before it is worth a look. */
const MANY = 1000;

export async function checkQueues(sqs: SQSClient, topology: Topology): Promise<readonly Check[]> {
  const checks: Check[] = [];
  let dead = 0;
  let total = 0;
  for (const { name } of topology.queues) {
    const count = await waitingIn(sqs, name);
    if (count === null) checks.push(wrong('queues', `${name} is not there`, 'deploy again'));
    else if (name.endsWith('-dead')) dead += count;
    else {
      total += count;
      if (count > MANY) checks.push(look('queues', `${count} messages wait in ${name}`, 'does its function run? its log says'));
    }
  }
  if (checks.length === 0) checks.push(ok('queues', `all there, ${total} messages wait`));
  checks.push(dead === 0 ? ok('failures', 'no dead letters') : look('failures', `about ${dead} dead letters`, 'brine failures'));
  return checks;
}

async function waitingIn(sqs: SQSClient, queue: string): Promise<number | null> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(Attributes.ApproximateNumberOfMessages ?? 0);
  } catch (error) {
    if (/NonExistent|DoesNotExist/.test((error as Error).name)) return null;
    throw error;
  }
}
