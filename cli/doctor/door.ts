/** Endpoint, login, operator function and clock: what every command needs first. */
import type { System } from '../../client/locate.ts';
import type { Answer, Operator } from '../../client/operator.ts';
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { type Check, look, ok, wrong } from './check.ts';

/** AWS refuses signatures, and enroll hellos, that are further away. Milliseconds. */
const AWS_SKEW = 5 * 60_000;
const NOTICED = 30_000;

export interface DoorFound {
  readonly checks: readonly Check[];
  /** null: there is no door to ask anything else. */
  readonly status: Answer | null;
}

export async function checkDoor(system: System, operator: Operator, signal: AbortSignal): Promise<DoorFound> {
  const began = Date.now();
  let status: Answer;
  try {
    status = expectOk(await operator.call({ action: 'status' }, signal));
  } catch (error) {
    if (!(error instanceof BrineError)) throw error;
    return { checks: [failed(system, error)], status: null };
  }
  const ended = Date.now();
  const more = status.more;
  const checks = [
    ok('endpoint', `${system.endpoint ?? `AWS ${system.region}`} answers in ${ended - began} ms`),
    ok('login', `you are ${String(more.get('user'))}${more.get('administrator') === true ? ', an administrator' : ''}`),
    clock(Number(more.get('now')) - (began + ended) / 2),
  ];
  return { checks, status };
}

function failed(system: System, error: BrineError): Check {
  const about = { 'system.unreachable': 'endpoint', 'system.credentials': 'login', 'operator.denied': 'login' }[
    error.code as string
  ];
  return wrong(about ?? 'operator', `${system.where}: ${error.text}`, error.hint ?? 'brine dev starts a system here');
}

function clock(difference: number): Check {
  const text = `this machine’s clock is ${Math.abs(Math.round(difference))} ms ${difference >= 0 ? 'behind' : 'ahead of'} the platform’s`;
  if (Math.abs(difference) > AWS_SKEW) return wrong('clock', text, 'set it: AWS takes five minutes of difference');
  if (Math.abs(difference) > NOTICED) return look('clock', text, 'set it, before it is five minutes');
  return ok('clock', text);
}
