/** `brine doctor`: looks at everything that may be wrong, outside in, and says of each that it is ok or what to do. */
import { resolve } from 'node:path';
import { accountHolders } from '../../client/iam.ts';
import { locateSystem, type System } from '../../client/locate.ts';
import type { Answer, Operator } from '../../client/operator.ts';
import { createOperator } from '../../client/operator.ts';
import { parseStack, type Stack } from '../../core/ids.ts';
import { type CommandContext, EXIT, type Options, type Run } from '../command.ts';
import { type Check, seen } from '../doctor/check.ts';
import { checkDoor } from '../doctor/door.ts';
import { checkCurve, checkHosts, checkKeys, checkRelays, checkThisHost } from '../doctor/hosts.ts';
import { harmless } from '../output/outputter.ts';

export const run: Run = async (context, _args, options) => {
  const report = createReport(context);
  report([checkCurve()]);
  report(await checkThisHost(context, options));
  const system = locateSystem({ env: context.env, cwd: context.cwd, stack: options.stack as string | undefined });
  context.stderr.write(`→ ${system.where}\n`);
  const operator = createOperator(system);
  const door = await checkDoor(system, operator, context.signal);
  report(door.checks);
  if (door.status) await checkSystem({ context, options, system, operator, status: door.status, report });
  return report([]) ? EXIT.failed : EXIT.ok;
};

interface Looking {
  readonly context: CommandContext;
  readonly options: Options;
  readonly system: System;
  readonly operator: Operator;
  readonly status: Answer;
  readonly report: Report;
}

async function checkSystem({ context, options, system, operator, status, report }: Looking): Promise<void> {
  const { signal } = context;
  const { clients, topology } = await clientsOf(system, parseStack(status.more.get('stack')));
  const [stack, policies] = await Promise.all([import('../doctor/stack.ts'), import('../doctor/policies.ts')]);
  const dir = resolve(context.cwd, (options.project as string | undefined) ?? '.');
  report(await seen('bus', () => stack.checkBus(clients.events, topology)));
  report(await seen('rules', () => stack.checkRules({ events: clients.events, topology, status, dir })));
  report(await seen('queues', () => stack.checkQueues(clients.sqs, topology)));
  report(await seen('relay', () => checkRelays(status)));
  report(await seen('keys', () => checkKeys(operator, signal)));
  let queues: readonly string[] = [];
  report(
    await seen('hosts', async () => {
      const found = await checkHosts(operator, signal);
      queues = found.queues;
      return found.checks;
    }),
  );
  report(await seen('who signs', () => policies.checkSigners(clients.kms, topology)));
  report(await seen('who invokes the operator', () => policies.checkInvokers(clients.lambda, topology)));
  report(await seen('who sends to queues', () => policies.checkSenders(clients.sqs, topology, queues)));
  report(await seen('who else', async () => policies.checkAccount(await accountHolders(system, signal), topology)));
  for (const client of Object.values(clients)) client.destroy();
}

async function clientsOf(system: System, stack: Stack) {
  const [aws, { topologyOf }] = await Promise.all([import('../../aws/clients.ts'), import('../../aws/topology.ts')]);
  // A live `.brine/` is found by its file, and the clients by the variable.
  if (system.endpoint !== undefined) process.env.AWS_ENDPOINT_URL = system.endpoint;
  const config = { region: system.region, ...(system.credentials && { credentials: system.credentials }) };
  const clients = {
    events: aws.eventsClient(config),
    sqs: aws.sqsClient(config),
    kms: aws.kmsClient(config),
    lambda: aws.lambdaClient(config),
  };
  return { clients, topology: topologyOf(stack) };
}

/** Prints checks as they come; answers whether any so far is wrong. */
type Report = (checks: readonly Check[]) => boolean;

const WORDS = { ok: 'ok', look: 'look', wrong: 'WRONG', unseen: '?' } as const;

function createReport({ stdout }: CommandContext): Report {
  let bad = false;
  const clean = stdout.isTTY ? harmless : (text: string) => text;
  return (checks) => {
    for (const { result, about, text, todo } of checks) {
      bad ||= result === 'wrong';
      stdout.write(
        `${clean(`${WORDS[result].padEnd(6)}${about}: ${text}`)}\n${todo === undefined ? '' : `      → ${clean(todo)}\n`}`,
      );
    }
    return bad;
  };
}
