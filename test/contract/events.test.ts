/** EventBridge: the ports `EventBus` and `Watches`, and each limit of the service with the error that AWS gives (aws-facts 1.1 to 1.3). */
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRulesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, expect } from 'vitest';
import { createEventBus } from '../../aws/event-bus.ts';
import { createItems } from '../../aws/items.ts';
import { createWatches } from '../../aws/watches.ts';
import { eventually } from '../support/eventually.ts';
import { type Clients, codesOf, contract } from './endpoints.ts';

const arnOf = ({ parts }: Clients, name: string) => `arn:aws:sqs:${parts.region}:${parts.account}:${name}`;

/** A queue into which the account's rules may deliver. */
async function target(to: Clients, suffix: string): Promise<{ arn: string; url: string }> {
  const name = `${to.unique}-${suffix}`;
  const arn = arnOf(to, name);
  const allow = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn };
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [allow] }) };
  return { arn, url: (await to.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl as string };
}

/** The next message of a queue, or null after a second. */
async function next(to: Clients, url: string, seconds = 1): Promise<string | null> {
  const { Messages } = await to.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: seconds, VisibilityTimeout: 3600 }),
  );
  return Messages?.[0]?.Body ?? null;
}

async function rule(to: Clients, bus: string, Name: string, pattern: object, targets: readonly Target[] = []): Promise<string> {
  const { RuleArn } = await to.events.send(
    new PutRuleCommand({ EventBusName: bus, Name, EventPattern: JSON.stringify(pattern) }),
  );
  if (targets.length > 0) await to.events.send(new PutTargetsCommand({ EventBusName: bus, Rule: Name, Targets: [...targets] }));
  return RuleArn as string;
}

contract('the ports EventBus and Watches', ({ it, clients }) => {
  beforeAll(async () => {
    await clients().events.send(new CreateEventBusCommand({ Name: clients().parts.name }));
  });

  it('takes entries and answers for each; the detail arrives as it was written', async (to) => {
    const { arn, url } = await target(to, 'taken');
    await rule(to, to.parts.name, 'taken', { source: ['brine.minion'] }, [{ Id: 'q', Arn: arn }]);
    const detail = '{"v":1,"tag":["a/é"],"jid":2026112412153012345}';
    const bus = createEventBus(to.events, to.parts.name);
    expect(await bus.put([{ source: 'brine.minion', detail: detail }])).toEqual([null]);
    const body = await next(to, url, 10);
    expect(JSON.parse(body ?? '{}')).toMatchObject({
      source: 'brine.minion',
      'detail-type': 'brine',
      detail: { v: 1, tag: ['a/é'] },
    });
    expect(body).toContain('2026112412153012345');
  });

  it('says when the bus is not there, since PutEvents would not', async (to) => {
    await createEventBus(to.events, to.parts.name).check();
    const none = createEventBus(to.events, `${to.unique}-none`);
    await expect(none.check()).rejects.toMatchObject({ code: 'bus.missing' });
  });

  it(
    'an entry that is refused is named, and the others go in',
    async (to) => {
      const answers = await createEventBus(to.events, to.parts.name).put([
        { source: 'brine.relay', detail: '{}' },
        { source: 'brine.relay', detail: '[]' },
      ]);
      expect(answers).toEqual([null, 'MalformedDetail']);
    },
    'malformed detail',
  );

  it('a watch sees events of its glob’s prefix, is kept while it is renewed, and swept when it is left behind', async (to) => {
    let now = Date.now();
    const TableName = `${to.unique}-notes`;
    await to.dynamo.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      }),
    );
    await waitUntilTableExists({ client: to.dynamo, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName });
    const watches = createWatches({ ...to, items: createItems(to.dynamo, TableName) }, to.parts, () => now);
    const url = await watches.start('one', 'salt/job/*');
    await watches.start('two', 'other/*');
    const bus = createEventBus(to.events, to.parts.name);
    await bus.put(
      ['salt/job/1/ret/a', 'salt/minion/x', 'other/1'].map((tag) => ({
        source: 'brine.platform',
        detail: JSON.stringify({ tag: [tag] }),
      })),
    );
    expect(await next(to, url, 10)).toContain('salt/job/1/ret/a');
    now += 4 * 60_000;
    await watches.renew('one');
    now += 2 * 60_000;
    expect(await watches.sweep()).toEqual([`${to.parts.name}-watch-two`]);
    await watches.stop('one');
    const left = await to.events.send(
      new ListRulesCommand({ EventBusName: to.parts.name, NamePrefix: `${to.parts.name}-watch-` }),
    );
    expect(left.Rules).toEqual([]);
  });
});

contract('EventBridge', ({ it, clients }) => {
  const bus = () => clients().unique;
  beforeAll(async () => {
    await clients().events.send(new CreateEventBusCommand({ Name: bus() }));
  });
  const entry = (over: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
    EventBusName: bus(),
    Source: 's',
    DetailType: 't',
    Detail: '{}',
    ...over,
  });
  const put = (to: Clients, Entries: PutEventsRequestEntry[]) => to.events.send(new PutEventsCommand({ Entries }));
  const putRule = (to: Clients, Name: string, pattern: object, EventBusName = bus()) =>
    codesOf(to.events.send(new PutRuleCommand({ EventBusName, Name, EventPattern: JSON.stringify(pattern) })));

  it('PutEvents: one to ten entries', async (to) => {
    expect(
      (
        await put(
          to,
          Array.from({ length: 10 }, () => entry()),
        )
      ).FailedEntryCount,
    ).toBe(0);
    expect(
      await codesOf(
        put(
          to,
          Array.from({ length: 11 }, () => entry()),
        ),
      ),
    ).toContain('ValidationException');
  });

  it(
    'PutEvents: none is refused',
    async (to) => expect(await codesOf(put(to, []))).toContain('ValidationException'),
    'no entries',
  );

  it(
    'Size: the entries of one request stay below 1 MB; time, source, detail-type and resources count',
    async (to) => {
      const room = 1_048_576 - 's'.length - 't'.length - '{"x":""}'.length;
      const sized = (bytes: number, over = {}) => put(to, [entry({ Detail: `{"x":"${'y'.repeat(bytes)}"}`, ...over })]);
      expect((await sized(room - 1)).FailedEntryCount).toBe(0);
      expect(await codesOf(sized(room))).toContain('ValidationException');
      expect(await codesOf(sized(room - 14, { Time: new Date() }))).toContain('ValidationException');
      expect(await codesOf(sized(room - 5, { Resources: ['12345'] }))).toContain('ValidationException');
    },
    'entry size',
  );

  it(
    'Detail: a JSON object, or the entry is refused',
    async (to) => {
      const answers = await put(
        to,
        ['{}', '[]', '1', 'no', '{"a":}'].map((Detail) => entry({ Detail })),
      );
      expect(answers.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, ...Array(4).fill('MalformedDetail')]);
    },
    'malformed detail',
  );

  it(
    'Detail: integers within signed 64 bits, a thousand levels',
    async (to) => {
      const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
      const texts = [
        '{"a":9223372036854775807}',
        '{"a":9223372036854775808}',
        '{"a":-9223372036854775809}',
        '{"a":"9223372036854775808"}',
      ];
      const answers = await put(
        to,
        [...texts, deep(1000), deep(1001)].map((Detail) => entry({ Detail })),
      );
      const bad = 'MalformedDetail';
      expect(answers.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, bad, bad, undefined, undefined, bad]);
    },
    'detail numbers',
  );

  it(
    'DetailType: 128 characters',
    async (to) => {
      const answers = await put(to, [entry({ DetailType: 'x'.repeat(128) }), entry({ DetailType: 'x'.repeat(129) })]);
      expect(answers.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, 'InvalidArgument']);
    },
    'detail-type length',
  );

  it(
    'an event for a bus that does not exist is accepted and dropped; one that claims to be of AWS is refused',
    async (to) => {
      const answers = await put(to, [entry({ EventBusName: 'nowhere' }), entry({ Source: 'aws.ec2' })]);
      expect(answers.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, 'NotAuthorizedForSourceException']);
    },
    'unknown bus',
  );

  it(
    'Event pattern size: 2,048 characters',
    async (to) => {
      const pattern = (length: number) => ({ source: ['x'.repeat(length - '{"source":[""]}'.length)] });
      expect(await putRule(to, 'long', pattern(2048))).toEqual(['it was accepted']);
      expect(await putRule(to, 'longer', pattern(2049))).toContain('LimitExceededException');
    },
    'pattern length',
  );

  it(
    'Rules per bus: 300',
    async (to) => {
      const name = `${bus()}-many`;
      await to.events.send(new CreateEventBusCommand({ Name: name }));
      for (let i = 0; i < 300; i += 1) expect(await putRule(to, `r${i}`, { source: ['x'] }, name)).toEqual(['it was accepted']);
      expect(await putRule(to, 'r300', { source: ['x'] }, name)).toContain('LimitExceededException');
      expect(await putRule(to, 'r299', { source: ['y'] }, name)).toEqual(['it was accepted']);
    },
    'rules per bus',
  );

  it(
    'Rules with wildcards per bus: 30',
    async (to) => {
      const name = `${bus()}-wild`;
      await to.events.send(new CreateEventBusCommand({ Name: name }));
      const wild = (i: number) => putRule(to, `w${i}`, { source: [{ wildcard: `a*${i}` }] }, name);
      for (let i = 0; i < 30; i += 1) expect(await wild(i)).toEqual(['it was accepted']);
      expect(await wild(30)).toContain('LimitExceededException');
      expect(await putRule(to, 'plain', { source: [{ prefix: 'a' }] }, name)).toEqual(['it was accepted']);
    },
    'wildcard rules',
  );

  it(
    'Targets per rule: 5; ten in a call',
    async (to) => {
      await rule(to, bus(), 'targets', { source: ['none'] });
      const putTargets = (ids: readonly number[]) =>
        codesOf(
          to.events.send(
            new PutTargetsCommand({
              EventBusName: bus(),
              Rule: 'targets',
              Targets: ids.map((id) => ({ Id: `t${id}`, Arn: arnOf(to, 'q') })),
            }),
          ),
        );
      expect(await putTargets([1, 2, 3, 4, 5])).toEqual(['it was accepted']);
      expect(await putTargets([5])).toEqual(['it was accepted']);
      expect(await putTargets([6])).toContain('LimitExceededException');
      expect(await putTargets(Array.from({ length: 11 }, (_, i) => i))).toContain('ValidationException');
    },
    'rule targets',
  );

  it(
    'Buses per account: 100',
    async (to) => {
      const create = (i: number) => codesOf(to.events.send(new CreateEventBusCommand({ Name: `${bus()}-bus${i}` })));
      let made = 0;
      while (made <= 100 && (await create(made)).includes('it was accepted')) made += 1;
      expect(await create(made)).toContain('LimitExceededException');
      expect(made).toBeLessThanOrEqual(99);
    },
    'buses',
  );

  it(
    '$or combinations: 1,000 in a pattern',
    async (to) => {
      const or = (count: number) => ({ $or: Array.from({ length: count }, (_, i) => ({ source: [`s${i}`] })) });
      const product = (...counts: number[]) => ({ ...or(counts[0] ?? 1), detail: { x: or(counts[1] ?? 1) } });
      expect(await putRule(to, 'or', { detail: or(20) })).toEqual(['it was accepted']);
      expect(await putRule(to, 'product', product(32, 32))).toContain('InvalidEventPatternException');
    },
    'or combinations',
  );

  it(
    'Wildcards: a complexity of ten in a rule',
    async (to) => {
      const wild = (...values: string[]) => ({ source: values.map((wildcard) => ({ wildcard })) });
      expect(await putRule(to, 'nine', wild('*:stack/A/*', '*:stack/B/*', '*:stack/C/*'))).toEqual(['it was accepted']);
      expect(await putRule(to, 'eleven', wild('*:*:*:*:*:event-bus/*'))).toContain('InvalidEventPatternException');
    },
    'wildcard complexity',
  );

  it(
    'Wildcards: two stars in a row and a backslash before nothing are refused',
    async (to) => {
      for (const wildcard of ['a**b', 'a\\b', 'a\\'])
        expect(await putRule(to, 'stars', { source: [{ wildcard }] }), wildcard).toContain('InvalidEventPatternException');
      expect(await putRule(to, 'escaped', { source: [{ wildcard: 'a\\*\\\\*' }] })).toEqual(['it was accepted']);
    },
    'wildcard escapes',
  );

  it(
    'Input transformer: a hundred paths, dots only, 8,192 characters, and one kind of input',
    async (to) => {
      await rule(to, bus(), 'input', { source: ['none'] });
      const putTarget = (input: Partial<Target>) =>
        codesOf(
          to.events.send(
            new PutTargetsCommand({ EventBusName: bus(), Rule: 'input', Targets: [{ Id: 't', Arn: arnOf(to, 'q'), ...input }] }),
          ),
        );
      const paths = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, `$.detail.p${i}`]));
      const transformer = (InputPathsMap: Record<string, string>, InputTemplate = '"<p0>"') => ({
        InputTransformer: { InputPathsMap, InputTemplate },
      });
      expect(await putTarget(transformer(paths(100)))).toEqual(['it was accepted']);
      expect(await putTarget(transformer(paths(101)))).toContain('ValidationException');
      expect(await putTarget(transformer({ p0: '$.detail[?(@.x)]' }))).toContain('ValidationException');
      expect(await putTarget(transformer(paths(1), `"${'x'.repeat(8192)}"`))).toContain('ValidationException');
      expect(await putTarget({ Input: '{}', InputPath: '$.detail' })).toContain('ValidationException');
    },
    'transformer limits',
  );

  it('a target is given the event, a part, a constant or a transformed text', async (to) => {
    const queues = await Promise.all(['whole', 'part', 'constant', 'made'].map((suffix) => target(to, suffix)));
    const [whole, part, constant, made] = queues as [
      (typeof queues)[0],
      (typeof queues)[0],
      (typeof queues)[0],
      (typeof queues)[0],
    ];
    await rule(to, bus(), 'inputs', { source: ['inputs'] }, [
      { Id: 'whole', Arn: whole.arn },
      { Id: 'part', Arn: part.arn, InputPath: '$.detail.data' },
      { Id: 'constant', Arn: constant.arn, Input: '{"always":1}' },
      {
        Id: 'made',
        Arn: made.arn,
        InputTransformer: { InputPathsMap: { id: '$.detail.data.id' }, InputTemplate: '{"host": "<id>"}' },
      },
    ]);
    await put(to, [entry({ Source: 'inputs', Detail: '{"data":{"id":"web1"}}' })]);
    expect(JSON.parse((await next(to, whole.url, 10)) ?? '')).toMatchObject({
      source: 'inputs',
      detail: { data: { id: 'web1' } },
    });
    expect(JSON.parse((await next(to, part.url, 10)) ?? '')).toEqual({ id: 'web1' });
    expect(JSON.parse((await next(to, constant.url, 10)) ?? '')).toEqual({ always: 1 });
    expect(JSON.parse((await next(to, made.url, 10)) ?? '')).toEqual({ host: 'web1' });
  });

  it(
    'a rule that is disabled delivers nothing; one that is deleted is gone',
    async (to) => {
      const { arn, url } = await target(to, 'off');
      await rule(to, bus(), 'off', { source: ['off'] }, [{ Id: 'q', Arn: arn }]);
      const which = { EventBusName: bus(), Name: 'off' };
      await to.events.send(new DisableRuleCommand(which));
      expect((await to.events.send(new DescribeRuleCommand(which))).State).toBe('DISABLED');
      await put(to, [entry({ Source: 'off' })]);
      expect(await next(to, url)).toBeNull();
      await to.events.send(new EnableRuleCommand(which));
      await put(to, [entry({ Source: 'off' })]);
      expect(await next(to, url, 10)).toMatch(/"source": ?"off"/);
      await to.events.send(new RemoveTargetsCommand({ EventBusName: bus(), Rule: 'off', Ids: ['q'] }));
      await to.events.send(new DeleteRuleCommand(which));
      expect(await codesOf(to.events.send(new DescribeRuleCommand(which)))).toContain('ResourceNotFoundException');
    },
    'disabled rules',
  );

  it(
    'a rule with targets is not deleted',
    async (to) => {
      await rule(to, bus(), 'kept', { source: ['kept'] }, [{ Id: 'q', Arn: arnOf(to, 'q') }]);
      expect(await codesOf(to.events.send(new DeleteRuleCommand({ EventBusName: bus(), Name: 'kept' })))).toContain(
        'ValidationException',
      );
    },
    'rule with targets',
  );

  it(
    'what a queue does not let in goes to the dead-letter queue of the target, with the reason',
    async (to) => {
      const dead = await target(to, 'dead');
      const closed = (await to.sqs.send(new CreateQueueCommand({ QueueName: `${to.unique}-closed` }))).QueueUrl as string;
      const Arn = arnOf(to, `${to.unique}-closed`);
      const ruleArn = await rule(to, bus(), 'dead', { source: ['dead'] }, [
        { Id: 'closed', Arn, DeadLetterConfig: { Arn: dead.arn } },
        { Id: 'gone', Arn: arnOf(to, `${to.unique}-gone`), DeadLetterConfig: { Arn: dead.arn } },
      ]);
      await put(to, [entry({ Source: 'dead' })]);
      const seen = await eventually(
        async () => {
          const { Messages = [] } = await to.sqs.send(
            new ReceiveMessageCommand({
              QueueUrl: dead.url,
              MaxNumberOfMessages: 10,
              MessageAttributeNames: ['All'],
              VisibilityTimeout: 0,
            }),
          );
          return Messages.map(({ MessageAttributes }) => [
            MessageAttributes?.ERROR_CODE?.StringValue,
            MessageAttributes?.RULE_ARN?.StringValue === ruleArn,
          ]);
        },
        (messages) => messages.length === 2,
      );
      expect(seen).toEqual(
        expect.arrayContaining([
          ['NO_PERMISSIONS', true],
          ['NO_RESOURCE', true],
        ]),
      );
      expect(await next(to, closed, 0)).toBeNull();
    },
    'dead letter of a rule',
  );

  it('TestEventPattern answers as the rules do', async (to) => {
    const test = async (pattern: object, detail: object) => {
      const Event = JSON.stringify({
        version: '0',
        id: 'e',
        'detail-type': 't',
        source: 's',
        account: '1',
        time: '2026-11-24T00:00:00Z',
        region: 'r',
        resources: [],
        detail,
      });
      return (await to.events.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event }))).Result;
    };
    expect(await test({ detail: { tag: [{ prefix: 'salt/' }] } }, { tag: ['x', 'salt/y'] })).toBe(true);
    expect(await test({ detail: { tag: [{ prefix: 'salt/' }] } }, { tag: ['x'] })).toBe(false);
    expect(await test({ detail: { n: [{ numeric: ['>', 4, '<=', 5] }] } }, { n: 5 })).toBe(true);
    expect(await test({ detail: { n: ['5'] } }, { n: 5 })).toBe(false);
  });
});
