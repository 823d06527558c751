/**
 * Lambda's runtime API for a functions' host in a process of its own: the next invocation, its answer or its error. A secret stands in the path, since
 * other programs on this machine must not take a function's invocations. When the host dies, what it had taken has failed, and Lambda's rules go on.
 */
import { setMaxListeners } from 'node:events';
import type { Unsigned } from '../server.ts';
import { AwsError, type ServiceRequest, type ServiceResponse } from '../service.ts';
import type { Sts } from '../sts/sts.ts';
import { type Lambda, newSecret } from './lambda.ts';

const INVOCATION = /^([\w-]+)\/2018-06-01\/runtime\/invocation\/(next|([\w-]+)\/(response|error))$/;

export class RuntimeApi implements Unsigned {
  readonly prefix = `/runtime/${newSecret()}/`;
  readonly #lambda: Lambda;
  readonly #sts: Sts;
  readonly #taken = new Set<string>();
  /** Of the host that runs now: who waited for an earlier one is gone. */
  #alive = new AbortController();

  constructor({ lambda, sts }: { lambda: Lambda; sts: Sts }) {
    this.#lambda = lambda;
    this.#sts = sts;
    setMaxListeners(0, this.#alive.signal);
  }

  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    const path = request.path.slice(this.prefix.length);
    const role = /^credentials\/([\w-]+)$/.exec(path)?.[1];
    if (role !== undefined) return { body: this.#sts.open(role, role, { seconds: 3600 }) };
    const [, fn = '', step, id = '', kind] = INVOCATION.exec(path) ?? [];
    if (step === undefined) throw new AwsError('InvalidPath', 'the runtime API has no such path', { status: 404 });
    if (step === 'next') return this.#next(fn, request.signal);
    this.#taken.delete(id);
    const known = this.#lambda.invocations.settle(
      id,
      kind === 'response' ? { ok: true, payload: request.text } : { ok: false, type: 'Unhandled', payload: request.text },
    );
    if (!known) throw new AwsError('InvalidRequestID', 'that invocation is not under way', { status: 400 });
    return { status: 202, body: '' };
  }

  async #next(fn: string, signal: AbortSignal): Promise<ServiceResponse> {
    const invocation = await this.#lambda.invocations.take(fn, AbortSignal.any([signal, this.#alive.signal]));
    if (!invocation) return { status: 204, body: '' };
    this.#taken.add(invocation.id);
    return { headers: { 'lambda-runtime-aws-request-id': invocation.id }, body: invocation.payload };
  }

  /** The host has ended: whatever it had taken failed there. */
  crashed(): void {
    this.#alive.abort();
    this.#alive = new AbortController();
    setMaxListeners(0, this.#alive.signal); // one for each invocation that is waited for
    const payload = JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: 'the runtime exited' });
    for (const id of this.#taken) this.#lambda.invocations.settle(id, { ok: false, type: 'Unhandled', payload });
    this.#taken.clear();
  }
}
