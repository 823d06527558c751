/** The operator's door: a function URL with IAM authentication. Who calls is who AWS says; what he may do is decided on the plan's addressees. Trust section 8. */
import { BrineError, formatProblem } from '../../core/errors.ts';
import { encode } from '../../core/json.ts';
import { type OperatorRequest, parseOperatorRequest } from '../../core/operator.ts';
import { type Dict, fromPlain, type Value } from '../../core/value.ts';
import { createSigner } from '../../trust/certificate.ts';
import type { Create } from '../context.ts';
import { callerOf } from './caller.ts';
import { failuresAction } from './failures-action.ts';
import { jobsAction } from './jobs-action.ts';
import { keyAction } from './key-action.ts';
import { minionsAction } from './minions-action.ts';
import { planAction } from './plan-action.ts';
import { fireAction, platformAction, runAction } from './run-action.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';
import { watchAction } from './watch-action.ts';

export const create: Create = (context) => {
  const { stack, ports, clock } = context;
  const signer = createSigner({ stack, role: 'operator', kind: 'cert-jobs', root: ports.root('jobs'), clock });
  return async (input) => {
    const answer = await answerTo(input).catch(refusal);
    context.log('operator', { code: answer.code });
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: encode(bodyValue(answer)) };
  };

  async function answerTo(input: unknown): Promise<OperatorAnswer> {
    const caller = callerOf(input, context);
    const request = parseOperatorRequest(bodyOf(input));
    return act({ context, signer, caller }, request);
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
      return Promise.resolve({
        code: 'ok',
        text: `you are ${it.caller.user}`,
        user: it.caller.user,
        administrator: it.caller.administrator,
      });
  }
}

/** What a runner returned is a value already: 1.0 is a float, and stays one. */
function bodyValue(answer: OperatorAnswer): Value {
  const { return: returned, ...plain } = answer as OperatorAnswer & { return?: Value };
  const value = fromPlain(plain) as Dict;
  return returned === undefined ? value : value.set('return', returned);
}

function refusal(error: unknown): OperatorAnswer {
  if (error instanceof BrineError) return { code: error.code, text: formatProblem(error) };
  throw error;
}

function bodyOf(input: unknown): string {
  const { body, isBase64Encoded } = (input ?? {}) as { body?: unknown; isBase64Encoded?: unknown };
  if (typeof body !== 'string') throw new BrineError({ code: 'input.schema', text: 'the call has no body' });
  return isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
}
