/** The operator's door: a function URL with IAM authentication. Who calls is who AWS says; what he may do is decided on the plan's addressees. Trust section 8. */
import { BrineError, formatProblem, never } from '../../core/errors.ts';
import { encode } from '../../core/json.ts';
import { type OperatorRequest, parseOperatorRequest } from '../../core/operator.ts';
import { type Dict, fromPlain, type Value } from '../../core/value.ts';
import { createSigner } from '../../trust/certificate.ts';
import type { Create } from '../context.ts';
import { type Caller, callerOf } from './caller.ts';
import { failuresAction } from './failures-action.ts';
import { fireAction } from './fire-action.ts';
import { jobsAction } from './jobs-action.ts';
import { keyAction } from './key-action.ts';
import { minionsAction } from './minions-action.ts';
import { createDenials } from './permit.ts';
import { planAction } from './plan-action.ts';
import { platformAction } from './platform-action.ts';
import { runAction } from './run-action.ts';
import { statusAction } from './status-action.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';
import { watchAction } from './watch-action.ts';

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'operator', kind: 'cert-jobs', root: ports.root('jobs'), clock });
  const denied = createDenials(context, signer);
  return async (input) => {
    const asked = { user: 'nobody', action: 'unknown' };
    const answer = await answerTo(input, asked).catch((error: unknown) => refusal(error, asked));
    context.log('operator', { ...asked, code: answer.code });
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: encode(bodyValue(answer)) };
  };

  async function answerTo(input: unknown, asked: { user: string; action: string }): Promise<OperatorAnswer> {
    const caller: Caller = callerOf(input, context);
    asked.user = caller.user;
    const request = parseOperatorRequest(bodyOf(input));
    asked.action = request.action;
    return act({ context, signer, caller }, request);
  }

  /** Every answer has a code and a sentence; what failed in AWS or in Brine is logged whole and told by name. */
  async function refusal(error: unknown, { user, action }: { user: string; action: string }): Promise<OperatorAnswer> {
    if (error instanceof BrineError && error.family !== 'ours') {
      const text = formatProblem(error);
      if (error.code === 'operator.denied')
        await denied(user, action, text).catch((failed: unknown) => context.log('failed', { error: String(failed) }));
      return { code: error.code, text };
    }
    const [name, stackTrace] = error instanceof Error ? [error.name, error.stack] : [typeof error, ''];
    context.log('failed', { error: String(error), stack: stackTrace });
    return { code: 'operator.failed', text: `the operator function could not do it (${name}); its log says more` };
  }
};

function act(it: ActionContext, request: OperatorRequest): Promise<OperatorAnswer> {
  switch (request.action) {
    case 'run':
      return runAction(it, request);
    case 'fire':
      return fireAction(it, request);
    case 'runner':
    case 'wheel':
      return platformAction(it, request);
    case 'key':
      return keyAction(it, request);
    case 'jobs':
      return jobsAction(it, request);
    case 'plan':
      return planAction(it, request);
    case 'minions':
      return minionsAction(it, request);
    case 'watch':
      return watchAction(it, request);
    case 'failures':
      return failuresAction(it, request);
    case 'status':
      return statusAction(it);
    default:
      return never(request);
  }
}

/** What a runner returned is a value already: 1.0 is a float, and stays one. */
function bodyValue(answer: OperatorAnswer): Value {
  const { return: returned, ...plain } = answer as OperatorAnswer & { return?: Value };
  const value = fromPlain(plain) as Dict;
  return returned === undefined ? value : value.set('return', returned);
}

function bodyOf(input: unknown): string {
  const { body, isBase64Encoded } = (input ?? {}) as { body?: unknown; isBase64Encoded?: unknown };
  if (typeof body !== 'string') throw new BrineError({ code: 'input.schema', text: 'the call has no body' });
  return isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
}
