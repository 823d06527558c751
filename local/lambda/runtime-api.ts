/**
 * Lambda's runtime API for a functions' host in a process of its own: the next invocation, its answer or its error. A secret stands in the path, since
 * other programs on this machine must not take a function's invocations. When the host dies, what it had taken has failed, and Lambda's rules go on.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Unsigned } from '../server.ts';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Sts } from '../sts/sts.ts';
import type { Outcome } from './invocations.ts';
import type { Lambda } from './lambda.ts';

const INVOCATION = /^([\w-]+)\/2018-06-01\/runtime\/invocation\/(next|([\w-]+)\/(response|error))$/;
const SIZE = 6 * 1024 * 1024;

export class RuntimeApi implements Unsigned {
  readonly prefix = `/runtime/${randomBytes(24).toString('hex')}/`;
  readonly #lambda: Lambda;
  readonly #sts: Sts;
  readonly #taken = new Set<string>();
  /** Of the host that runs now: who waited for an earlier one is gone. */
  #alive = new AbortController();
  /** Counts hosts: what one had on its way when it died must not be taken for a question of the next. */
  #host = 0;

  constructor({ lambda, sts }: { lambda: Lambda; sts: Sts }) {
    this.#lambda = lambda;
    this.#sts = sts;
    setMaxListeners(0, this.#alive.signal);
  }

  /** The path under which the host that is started now asks. */
  get path(): string {
    return `${this.prefix}${this.#host}`;
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    if (!request.path.startsWith(`${this.path}/`)) throw new AwsError('InvalidPath', 'that host has ended', { status: 410 });
    const path = request.path.slice(this.path.length + 1);
    const role = /^credentials\/([\w-]+)$/.exec(path)?.[1];
    if (role !== undefined) return { body: this.#sts.open(role, role, { seconds: 3600 }) };
    const [, fn = '', step, id = '', kind] = INVOCATION.exec(path) ?? [];
    if (step === undefined) throw new AwsError('InvalidPath', 'the runtime API has no such path', { status: 404 });
    if (step === 'next') return this.#next(fn, request.signal);
    this.#taken.delete(id);
    const known = this.#lambda.invocations.settle(id, outcomeOf(kind === 'response', request.text));
    if (!known) throw new AwsError('InvalidRequestID', 'that invocation is not under way', { status: 400 });
    return { status: 202, body: '' };
  }

  async #next(fn: string, signal: AbortSignal): Promise<ServiceResponse> {
    const invocation = await this.#lambda.invocations.take(fn, AbortSignal.any([signal, this.#alive.signal]));
    if (!invocation) return { status: 204, body: '' };
    this.#taken.add(invocation.id);
    const headers = {
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(invocation.deadline),
      'lambda-runtime-invoked-function-arn': this.#lambda.arnOf(fn),
    };
    return { headers, body: invocation.payload };
  }

  /** The host has ended: whatever it had taken failed there. */
  crashed(): void {
    this.#host += 1;
    this.#alive.abort();
    this.#alive = new AbortController();
    setMaxListeners(0, this.#alive.signal); // one for each invocation that is waited for
    const payload = JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: 'the runtime exited' });
    for (const id of this.#taken) this.#lambda.invocations.settle(id, { ok: false, type: 'Unhandled', payload });
    this.#taken.clear();
  }
}

/** An answer is JSON and of 6 MiB at most, as everywhere in Lambda. */
function outcomeOf(ok: boolean, payload: string): Outcome {
  const failed = (errorType: string, errorMessage: string): Outcome => ({
    ok: false,
    type: 'Unhandled',
    payload: JSON.stringify({ errorType, errorMessage }),
  });
  if (payload.length > SIZE)
    return failed(
      'Function.ResponseSizeTooLarge',
      'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    );
  try {
    JSON.parse(payload);
  } catch {
    return failed('Runtime.MalformedResponse', 'the answer is not JSON');
  }
  return ok ? { ok, payload } : { ok, type: 'Unhandled', payload };
}
