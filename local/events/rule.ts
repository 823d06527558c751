/** A rule as the bus holds it, and as it is kept. */
import { BrineError } from '../../core/errors.ts';
import { compileEventPattern, type EventPattern } from '../../core/reactor/event-pattern.ts';
import { AwsError } from '../service.ts';
import { checkTarget, type Target } from './input.ts';

const TARGETS = 5;
const WILDCARD_RULES = 30;
const RULES = 300;
/** Characters of a pattern. */
const PATTERN = 2048;

export interface Rule {
  readonly bus: string;
  readonly name: string;
  readonly arn: string;
  pattern: string;
  compiled: EventPattern;
  enabled: boolean;
  description: string | undefined;
  readonly targets: Map<string, Target>;
}

export type BusName = string | null | undefined;

export interface NamedRule {
  readonly EventBusName?: BusName;
  readonly Name: string;
}

export interface RuleInput extends NamedRule {
  readonly EventPattern?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
  readonly State?: string | undefined;
  readonly Description?: string | undefined;
}

/** Of one bus, by name. */
export type Rules = Map<string, Rule>;

export type SavedRule = Omit<Rule, 'compiled' | 'targets'> & { readonly targets: readonly Target[] };

export function saved({ compiled: _, targets, ...rule }: Rule): SavedRule {
  return { ...rule, targets: [...targets.values()] };
}

export function compilePattern(text: string): EventPattern {
  try {
    return compileEventPattern(text);
  } catch (error) {
    if (error instanceof BrineError) throw new AwsError('InvalidEventPatternException', error.text);
    if (error instanceof RangeError)
      throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: too deep');
    throw error;
  }
}

/** Whether the bus has room for a rule of this pattern. */
export function checkPlace(rules: Rules, name: string, pattern: string): void {
  if (pattern.length > PATTERN)
    throw new AwsError('LimitExceededException', `Event pattern is longer than ${PATTERN} characters.`);
  const compiled = compilePattern(pattern);
  if (!rules.has(name) && rules.size >= RULES)
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  const wild = [...rules.values()].filter((rule) => rule.name !== name && rule.compiled.hasWildcard).length;
  if (compiled.hasWildcard && wild >= WILDCARD_RULES)
    throw new AwsError(
      'LimitExceededException',
      `The maximum number of rules with wildcards on an event bus is ${WILDCARD_RULES}.`,
    );
}

/** What PutRule refuses of a rule by itself; its pattern. */
export function checkRule(name: string, input: Omit<RuleInput, 'Name'>): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint`,
    );
  if (input.ScheduleExpression !== undefined)
    throw new AwsError(
      'ValidationException',
      'Parameter ScheduleExpression is not valid here: the embedded AWS has no schedules.',
    );
  if (input.EventPattern === undefined)
    throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
  if (!['ENABLED', 'DISABLED', undefined].includes(input.State))
    throw new AwsError('ValidationException', `Value '${input.State}' at 'state' failed to satisfy constraint`);
  return input.EventPattern;
}

/** Throws for what PutTargets refuses. */
export function checkTargets(rule: Rule, targets: readonly Target[]): void {
  if (targets.length === 0 || targets.length > 10) throw new AwsError('ValidationException', 'Targets has 1 to 10 members');
  const ids = new Set([...rule.targets.keys(), ...targets.map((target) => target.Id)]);
  for (const target of targets) checkTarget(target);
  if (ids.size > TARGETS)
    throw new AwsError(
      'LimitExceededException',
      `The requested resource exceeds the maximum number allowed: a rule has at most ${TARGETS} targets.`,
    );
}
