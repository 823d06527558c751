/** What every command that acts does first: find the system, say on standard error where it acts, and have the operator function at hand. */
import { locateSystem, type System } from '../client/locate.ts';
import { createOperator, type Operator } from '../client/operator.ts';
import { newUlid } from '../core/ulid.ts';
import type { CommandContext, Options } from './command.ts';

export interface Acting {
  readonly system: System;
  readonly operator: Operator;
  /** A fresh name for one request. */
  readonly request: string;
}

export function act(context: CommandContext, options: Options): Acting {
  const system = locateSystem({ env: context.env, cwd: context.cwd, stack: options.stack as string | undefined });
  if (!options.quiet) context.stderr.write(`→ ${system.where}\n`);
  return { system, operator: createOperator(system), request: newRequest() };
}

export function newRequest(): string {
  return newUlid(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}
