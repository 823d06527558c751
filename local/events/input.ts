/** What a target is given: the event, a part of it, a constant, or what an input transformer makes of it. */

import { AwsError } from '../service.ts';
import type { EventText } from './entry.ts';

export interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | { readonly InputPathsMap?: Readonly<Record<string, string>> | undefined; readonly InputTemplate: string }
    | undefined;
  readonly DeadLetterConfig?: { readonly Arn?: string | undefined } | undefined;
  readonly RetryPolicy?:
    | { readonly MaximumRetryAttempts?: number | undefined; readonly MaximumEventAgeInSeconds?: number | undefined }
    | undefined;
}

const PATHS = 100;
const TEMPLATE = 8192;

/** Throws for what PutTargets refuses: two kinds of input at once, too many or other than dotted paths, a template that is too long. */
export function checkTarget({ Id, Arn, Input, InputPath, InputTransformer, RetryPolicy, DeadLetterConfig }: Target): void {
  const refused = (why: string) => new AwsError('ValidationException', `Invalid input for target ${Id}. Reason: ${why}`);
  if (!/^arn:[^:]*:[^:]+:[^:]*:[^:]*:./.test(Arn))
    throw new AwsError('ValidationException', `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1)
    throw refused('Only one of Input, InputPath, or InputTransformer must be provided.');
  const paths = Object.values(InputTransformer?.InputPathsMap ?? {});
  if (paths.length > PATHS) throw refused(`InputPathsMap has more than ${PATHS} members.`);
  const odd = [...paths, ...(InputPath === undefined ? [] : [InputPath])].find((path) => !/^\$(\.[\w-]+|\[\d+\])*$/.test(path));
  if (odd !== undefined) throw refused(`JSON path ${odd} is not valid.`);
  if (InputTransformer && InputTransformer.InputTemplate.length > TEMPLATE)
    throw refused(`InputTemplate is longer than ${TEMPLATE} characters.`);
  const { MaximumRetryAttempts: tries = 185, MaximumEventAgeInSeconds: age = 86_400 } = RetryPolicy ?? {};
  if (tries < 0 || tries > 185) throw refused('MaximumRetryAttempts is 0 to 185.');
  if (age < 60 || age > 86_400) throw refused('MaximumEventAgeInSeconds is 60 to 86400.');
  if (DeadLetterConfig?.Arn !== undefined && !/^arn:aws:sqs:[^:]*:\d*:[\w-]+$/.test(DeadLetterConfig.Arn))
    throw refused('the dead-letter queue is a standard SQS queue.');
}

export function inputOf(target: Target, { event, text: whole }: EventText, ruleArn: string): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(at(event, target.InputPath) ?? null);
  if (!target.InputTransformer) return whole;
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values = new Map<string, unknown>(Object.entries(InputPathsMap).map(([name, path]) => [name, at(event, path)]));
  values.set('aws.events.rule-arn', ruleArn);
  values.set('aws.events.rule-name', ruleArn.split('/').at(-1));
  values.set('aws.events.event.json', event);
  return InputTemplate.replace(/"?<([^<>]+)>"?/g, (all, name: string) => {
    if (!values.has(name)) return all;
    const value = values.get(name);
    const quoted = all.startsWith('"') && all.endsWith('"');
    // Inside quotes a text is written as it is; elsewhere every value is written as JSON.
    if (quoted) return JSON.stringify(typeof value === 'string' ? value : (value ?? ''));
    const text = typeof value === 'string' && InputTemplate.trim().startsWith('"') ? value : JSON.stringify(value ?? '');
    return `${all.startsWith('"') ? '"' : ''}${text}${all.endsWith('"') ? '"' : ''}`;
  });
}

/** `$.detail.tag[0]`: dots and indices, as EventBridge takes them. */
function at(event: object, path: string): unknown {
  const steps = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  return steps.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined),
    event,
  );
}
