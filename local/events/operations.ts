/** EventBridge's operations by name. */
import type { ServiceRequest } from '../service.ts';
import { AwsError } from '../service.ts';
import type { EventBridge } from './event-bridge.ts';
import { compilePattern, type Rule } from './rule.ts';

type Operation = (bridge: EventBridge, request: ServiceRequest) => Promise<object> | object;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateEventBus: (bridge, request) => bridge.createBus(request),
  DeleteEventBus: (bridge, request) => bridge.deleteBus(request),
  DescribeEventBus: (bridge, request) => bridge.describeBus(request),
  ListEventBuses: (bridge) => bridge.listBuses(),
  PutRule: (bridge, request) => bridge.putRule(request),
  DescribeRule: (bridge, request) => describe(bridge.ruleOf(request.input, 'Name')),
  ListRules: (bridge, request) => {
    const prefix = String(request.input.NamePrefix ?? '');
    const { rules } = bridge.rulesOf(request.input);
    return { Rules: [...rules.values()].filter((rule) => rule.name.startsWith(prefix)).map(describe) };
  },
  EnableRule: (bridge, request) => bridge.enable(request, true),
  DisableRule: (bridge, request) => bridge.enable(request, false),
  DeleteRule: (bridge, request) => bridge.deleteRule(request),
  PutTargets: (bridge, request) => bridge.putTargets(request),
  ListTargetsByRule: (bridge, request) => ({ Targets: [...bridge.ruleOf(request.input, 'Rule').targets.values()] }),
  RemoveTargets: (bridge, request) => bridge.removeTargets(request),
  ListRuleNamesByTarget: (bridge, request) => {
    const { rules } = bridge.rulesOf(request.input);
    return {
      RuleNames: [...rules.values()]
        .filter((rule) => [...rule.targets.values()].some((target) => target.Arn === request.input.TargetArn))
        .map((rule) => rule.name),
    };
  },
  TestEventPattern: (_bridge, request) => {
    const { EventPattern: pattern, Event: event } = request.input as { EventPattern?: string; Event?: string };
    const compiled = compilePattern(pattern ?? '');
    try {
      return { Result: compiled.matches(JSON.parse(event ?? '')) };
    } catch {
      throw new AwsError('ValidationException', 'Parameter Event is not valid.');
    }
  },
  PutEvents: (bridge, request) => bridge.putEvents(request),
};

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
