/** Who may do what besides Brine's own roles: the policies of keys, queues and the operator function, and those of everybody in the account. */
import { GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionUrlConfigCommand, GetPolicyCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { keyPolicy, minionQueuePolicy } from '../../aws/roles.ts';
import { functionArn, queueArn, type Topology } from '../../aws/topology.ts';
import { type AccountHolder, mayDo, principalsOf, type Statement, statementsIn } from '../../client/iam.ts';
import { type Check, look, ok, wrong } from './check.ts';

const SIGN = 'kms:Sign';

/** A root's own policy names its signers and denies everybody else. */
export async function checkSigners(kms: KMSClient, topology: Topology): Promise<readonly Check[]> {
  return Promise.all(
    (['jobs', 'enroll'] as const).map(async (root): Promise<Check> => {
      const about = `who signs ${root}`;
      const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId: topology.aliases[root], PolicyName: 'default' }));
      const wanted = signersIn(statementsIn(keyPolicy(topology, root)));
      const statements = statementsIn(Policy);
      const others = signersIn(statements).filter((principal) => !wanted.includes(principal));
      const fenced = statements.some(
        (statement) => statement.Effect === 'Deny' && mayDo([{ ...statement, Effect: 'Allow' }], SIGN, '*'),
      );
      if (others.length > 0)
        return wrong(about, `${others.join(', ')} may sign as the platform`, 'deploy again, or put the key’s policy back');
      if (!fenced)
        return wrong(
          about,
          'the key’s policy denies nobody: any policy with kms:Sign on * makes a platform',
          'deploy again, or put the key’s policy back',
        );
      return ok(about, `${wanted.map((arn) => arn.split('/').at(-1)).join(', ')} and nobody else`);
    }),
  );
}

function signersIn(statements: readonly Statement[]): readonly string[] {
  return statements.filter((statement) => statement.Effect === 'Allow' && mayDo([statement], SIGN, '*')).flatMap(principalsOf);
}

/** The operator function's own policy gives nobody anything: people come by their role, through the URL. */
export async function checkInvokers(lambda: LambdaClient, topology: Topology): Promise<readonly Check[]> {
  const FunctionName = `${topology.name}-operator`;
  const about = 'who invokes the operator';
  const { AuthType } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  if (AuthType !== 'AWS_IAM')
    return [wrong(about, `its URL asks for ${AuthType} instead of AWS_IAM: anybody may call it`, 'deploy again')];
  const policy = await lambda.send(new GetPolicyCommand({ FunctionName })).catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException') return { Policy: '{}' };
    throw error;
  });
  const named = statementsIn(policy.Policy ?? '{}').filter((statement) => statement.Effect === 'Allow' && !throughUrl(statement));
  if (named.length === 0) return [ok(about, 'its own policy lets nobody invoke it directly')];
  return [
    wrong(
      about,
      `${named.flatMap(principalsOf).join(', ')} may call it under any name`,
      `aws lambda remove-permission --function-name ${FunctionName} …`,
    ),
  ];
}

function throughUrl({ Condition = {} }: Statement): boolean {
  return Object.values(Condition).some((keys) =>
    Object.entries(keys).some(([key, value]) => key.toLowerCase() === 'lambda:invokedviafunctionurl' && String(value) === 'true'),
  );
}

/** Queues of hosts deny every sender but Brine's; others are fed by their rule alone. */
export async function checkSenders(sqs: SQSClient, topology: Topology, hostQueues: readonly string[]): Promise<readonly Check[]> {
  const about = 'who sends to queues';
  const open: string[] = [];
  for (const queue of hostQueues) {
    const policy = await policyOf(sqs, queue);
    if (policy === null) continue;
    const [wanted] = statementsIn(minionQueuePolicy(topology, queue));
    const fenced = statementsIn(policy).some(
      (statement) => statement.Effect === 'Deny' && JSON.stringify(statement.Condition) === JSON.stringify(wanted?.Condition),
    );
    if (!fenced || statementsIn(policy).some((statement) => statement.Effect === 'Allow')) open.push(queue);
  }
  for (const { name } of topology.queues) {
    const policy = await policyOf(sqs, name);
    const strange = statementsIn(policy ?? '{}').filter(
      (statement) => statement.Effect === 'Allow' && !principalsOf(statement).every((who) => who === 'events.amazonaws.com'),
    );
    if (strange.length > 0) open.push(name);
  }
  if (open.length === 0) return [ok(about, `${hostQueues.length} queues of hosts deny all but Brine’s own functions`)];
  return [
    wrong(
      about,
      `${open.slice(0, 3).join(', ')}${open.length > 3 ? ` and ${open.length - 3} more` : ''} take messages from others`,
      'brine key delete and accept makes a host’s queue anew; deploy again for the others',
    ),
  ];
}

async function policyOf(sqs: SQSClient, queue: string): Promise<string | null> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }));
    return Attributes.Policy ?? '{}';
  } catch (error) {
    if (/NonExistent|DoesNotExist/.test((error as Error).name)) return null;
    throw error;
  }
}

/** What in the account's own policies reaches past the fences. Administrators do by nature, so this is a list to know and no fault. */
export function checkAccount(holders: readonly AccountHolder[], topology: Topology): readonly Check[] {
  const own = new Set(topology.functions.map((fn) => fn.name).concat([`${topology.name}-relay`, `${topology.name}-minion`]));
  const others = holders.filter((holder) => !own.has(holder.name));
  const operator = functionArn(topology, `${topology.name}-operator`);
  const rows: readonly (readonly [string, (holder: AccountHolder) => boolean])[] = [
    [
      'call the operator under any name',
      ({ statements }) =>
        mayDo(
          statements.filter((one) => !throughUrl(one)),
          'lambda:InvokeFunction',
          operator,
        ),
    ],
    [
      'change who signs',
      ({ statements }) => mayDo(statements, 'kms:PutKeyPolicy', `arn:aws:kms:${topology.region}:${topology.account}:key/*`),
    ],
    [
      'send to Brine’s working queues',
      ({ statements }) => mayDo(statements, 'sqs:SendMessage', queueArn(topology, `${topology.name}-runner`)),
    ],
    [
      'put events with any source',
      ({ statements }) =>
        mayDo(
          statements.filter((one) => !one.Condition),
          'events:PutEvents',
          `arn:aws:events:${topology.region}:${topology.account}:event-bus/${topology.bus}`,
        ),
    ],
  ];
  return rows.map(([what, may]) => {
    const names = others.filter(may).map((holder) => holder.name);
    const about = `who may ${what}`;
    if (names.length === 0) return ok(about, 'nobody but the account’s root');
    return look(
      about,
      names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : ''),
      'these are administrators of Brine, whatever operators: says; take it from whoever is not meant',
    );
  });
}
