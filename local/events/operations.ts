/** EventBridge's operations by name: what each wants, and what it answers. */
import * as v from 'valibot';
import { AwsError, type Caller, type ServiceRequest } from '../service.ts';
import { many, shaped, struct, text, texts, whole } from '../shape.ts';
import type { EventBridge } from './event-bridge.ts';
import { compilePattern, type Rule } from './rule.ts';

type Operation = (bridge: EventBridge, request: ServiceRequest) => Promise<object> | object;

function operation<Schema extends v.GenericSchema>(
  schema: Schema,
  run: (bridge: EventBridge, input: v.InferOutput<Schema>, caller: Caller) => Promise<object> | object,
): Operation {
  return (bridge, request) => run(bridge, shaped(schema, request.input), request.caller);
}

const bus = v.nullish(text);
const named = struct({ EventBusName: bus, Name: text });
const ofRule = { EventBusName: bus, Rule: text };
const page = { Limit: v.nullish(v.pipe(whole, v.minValue(1), v.maxValue(100))), NextToken: v.nullish(text) };

const target = v.looseObject({
  Id: v.pipe(text, v.regex(/^[.\-_A-Za-z0-9]{1,64}$/)),
  Arn: v.pipe(text, v.maxLength(1600)),
  Input: v.optional(text),
  InputPath: v.optional(text),
  InputTransformer: v.optional(struct({ InputPathsMap: v.optional(v.record(text, text)), InputTemplate: text })),
  DeadLetterConfig: v.optional(struct({ Arn: v.optional(text) })),
  RetryPolicy: v.optional(struct({ MaximumRetryAttempts: v.optional(whole), MaximumEventAgeInSeconds: v.optional(whole) })),
});

const entry = struct({
  EventBusName: v.optional(text),
  Source: v.optional(text),
  DetailType: v.optional(text),
  Detail: v.optional(text),
  Resources: v.optional(texts),
  Time: v.optional(v.number()),
});

const putRule = struct({
  EventBusName: bus,
  Name: text,
  EventPattern: v.optional(text),
  ScheduleExpression: v.optional(text),
  State: v.optional(text),
  Description: v.optional(text),
});

const permission = struct({
  EventBusName: bus,
  Policy: v.optional(text),
  StatementId: v.optional(text),
  Action: v.optional(text),
  Principal: v.optional(text),
});

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateEventBus: operation(struct({ Name: text }), (bridge, { Name }, caller) => bridge.createBus(Name, caller)),
  DeleteEventBus: operation(struct({ Name: text }), (bridge, { Name }, caller) => bridge.deleteBus(Name, caller)),
  DescribeEventBus: operation(struct({ Name: bus }), (bridge, { Name }, caller) => bridge.describeBus(Name, caller)),
  ListEventBuses: operation(struct({ NamePrefix: v.nullish(text), ...page }), (bridge, input, caller) => {
    bridge.authorize(caller, 'ListEventBuses', '*');
    const names = bridge.busNames().filter((name) => name.startsWith(input.NamePrefix ?? ''));
    const { items, more } = pageOf(names, input);
    return { EventBuses: items.map((name) => ({ Name: name, Arn: bridge.busArn(name) })), ...more };
  }),
  PutPermission: operation(permission, (bridge, { EventBusName, ...input }, caller) =>
    bridge.permit(EventBusName, input, caller),
  ),
  RemovePermission: operation(
    struct({ EventBusName: bus, StatementId: v.optional(text), RemoveAllPermissions: v.optional(v.boolean()) }),
    (bridge, { EventBusName, StatementId, RemoveAllPermissions }, caller) =>
      bridge.withdraw(EventBusName, RemoveAllPermissions ? undefined : (StatementId ?? ''), caller),
  ),
  PutRule: operation(putRule, (bridge, input, caller) => bridge.putRule(input, caller)),
  DescribeRule: operation(named, (bridge, { EventBusName, Name }, caller) =>
    describe(bridge.ruleFor(caller, 'DescribeRule', { bus: EventBusName, name: Name })),
  ),
  ListRules: operation(struct({ EventBusName: bus, NamePrefix: v.nullish(text), ...page }), (bridge, input, caller) => {
    const { name, rules } = bridge.rulesOf(input.EventBusName);
    bridge.authorize(caller, 'ListRules', bridge.ruleArn(name, '*'));
    const found = [...rules.values()].filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''));
    const { items, more } = pageOf(found, input);
    return { Rules: items.map(describe), ...more };
  }),
  EnableRule: operation(named, (bridge, input, caller) => bridge.enable(input, caller, true)),
  DisableRule: operation(named, (bridge, input, caller) => bridge.enable(input, caller, false)),
  DeleteRule: operation(named, (bridge, input, caller) => bridge.deleteRule(input, caller)),
  PutTargets: operation(
    struct({ EventBusName: bus, Rule: text, Targets: v.pipe(v.array(target), v.maxLength(many)) }),
    (bridge, input, caller) => bridge.putTargets(input, caller),
  ),
  ListTargetsByRule: operation(struct({ ...ofRule, ...page }), (bridge, input, caller) => {
    const rule = bridge.ruleFor(caller, 'ListTargetsByRule', { bus: input.EventBusName, name: input.Rule });
    const { items, more } = pageOf([...rule.targets.values()], input);
    return { Targets: items, ...more };
  }),
  RemoveTargets: operation(struct({ ...ofRule, Ids: texts }), (bridge, input, caller) => bridge.removeTargets(input, caller)),
  ListRuleNamesByTarget: operation(struct({ EventBusName: bus, TargetArn: text, ...page }), (bridge, input, caller) => {
    const { name, rules } = bridge.rulesOf(input.EventBusName);
    bridge.authorize(caller, 'ListRuleNamesByTarget', bridge.ruleArn(name, '*'));
    const found = [...rules.values()].filter(({ targets }) => [...targets.values()].some(({ Arn }) => Arn === input.TargetArn));
    const { items, more } = pageOf(found, input);
    return { RuleNames: items.map((rule) => rule.name), ...more };
  }),
  TestEventPattern: operation(struct({ EventPattern: text, Event: text }), (bridge, { EventPattern, Event }, caller) => {
    bridge.authorize(caller, 'TestEventPattern', '*');
    return { Result: compilePattern(EventPattern).matches(eventIn(Event)) };
  }),
  PutEvents: operation(struct({ Entries: v.pipe(v.array(entry), v.maxLength(many)) }), (bridge, { Entries }, caller) =>
    bridge.putEvents(Entries, caller),
  ),
};

interface Paging {
  readonly Limit?: number | null | undefined;
  readonly NextToken?: string | null | undefined;
}

/** All of a list, or a page of it for those who named a limit. */
function pageOf<T>(items: readonly T[], { Limit, NextToken }: Paging) {
  const from = NextToken ? Number(/^\d+$/.exec(NextToken)?.[0] ?? Number.NaN) : 0;
  if (Number.isNaN(from)) throw new AwsError('ValidationException', 'NextToken is not one of this service');
  const to = from + (Limit ?? 100);
  return { items: items.slice(from, to), more: to < items.length ? { NextToken: String(to) } : {} };
}

/** An event as TestEventPattern wants it: JSON with the fields that every event has. */
function eventIn(given: string): object {
  try {
    const event: unknown = JSON.parse(given);
    const wanted = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];
    if (typeof event === 'object' && event !== null && wanted.every((field) => Object.hasOwn(event, field))) return event;
  } catch {
    // said below
  }
  throw new AwsError('ValidationException', 'Parameter Event is not valid.');
}

function describe(rule: Rule) {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern,
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
    EventBusName: rule.bus,
    ...(rule.description && { Description: rule.description }),
  };
}
