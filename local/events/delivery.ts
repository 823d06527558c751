/** From a rule to its targets; what cannot be delivered goes to the target's dead-letter queue, with what AWS says of it. */
import type { Lambda } from '../lambda/lambda.ts';
import { AwsError, type Caller } from '../service.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { EventText } from './entry.ts';
import { inputOf, type Target } from './input.ts';

export interface Route {
  readonly ruleArn: string;
  readonly target: Target;
  readonly event: EventText;
}

export interface Ways {
  readonly sqs: Sqs;
  readonly lambda: Lambda;
  /** To another bus of this account; its rules are asked in turn. */
  readonly toBus: (name: string, event: EventText) => Promise<void>;
}

export async function deliver(route: Route, ways: Ways): Promise<void> {
  const { ruleArn, target, event } = route;
  const caller: Caller = { kind: 'service', service: 'events.amazonaws.com', sourceArn: ruleArn };
  const text = inputOf(target, event, ruleArn);
  try {
    const service = target.Arn.split(':')[2];
    if (service === 'sqs') await ways.sqs.deliver(target.Arn, text, caller);
    else if (service === 'lambda') await ways.lambda.deliver(target.Arn, text, caller);
    else if (service === 'events') await ways.toBus(target.Arn.split('/').at(-1) ?? '', event);
    else throw new AwsError('ValidationException', `this EventBridge has no target of the kind ${service}`);
  } catch (error) {
    // A missing target or permission is not retried (aws-facts 1.5).
    await bury(route, ways, { text, error });
  }
}

async function bury({ ruleArn, target }: Route, { sqs }: Ways, { text, error }: { text: string; error: unknown }): Promise<void> {
  if (!target.DeadLetterConfig?.Arn) return;
  const code = error instanceof AwsError && error.status === 403 ? 'NO_PERMISSIONS' : 'NO_RESOURCE';
  const values = {
    RULE_ARN: ruleArn,
    TARGET_ARN: target.Arn,
    ERROR_CODE: code,
    ERROR_MESSAGE: String((error as Error).message).slice(0, 500),
  };
  const attributes = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
  );
  const caller: Caller = { kind: 'service', service: 'events.amazonaws.com', sourceArn: ruleArn };
  await sqs.deliver(target.DeadLetterConfig.Arn, text, caller, attributes).catch(() => {});
}
