/** A rule as the bus holds it, and as it is kept. */
import { BrineError } from '../../core/errors.ts';
import { compileEventPattern, type EventPattern } from '../../core/reactor/event-pattern.ts';
import { AwsError } from '../service.ts';
import type { Target } from './input.ts';

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
