/** The operator function, from outside: finds its URL, calls it, and reads its answer. Design section 9; names.md has the form. */
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { decode, decodePlain, encode } from '../core/json.ts';
import { Dict, fromPlain, type Value } from '../core/value.ts';
import type { System } from './locate.ts';
import { signedFetch } from './signed-fetch.ts';

/** `{code, text, …}`; `code` is `ok` or one of the closed list. What else is in it depends on the action; values keep their types. */
export interface Answer {
  readonly code: string;
  readonly text: string;
  readonly more: Dict;
}

export interface OperatorCall {
  readonly action: string;
  readonly arg?: readonly Value[];
  readonly kwarg?: Dict;
  /** The action's own fields: `core/operator.ts`. */
  readonly [field: string]: unknown;
}

export interface Operator {
  /** One action; the answer whatever its code. Throws `system.*` when there is none. */
  call(request: OperatorCall, signal?: AbortSignal): Promise<Answer>;
}

const urlConfig = v.looseObject({ FunctionUrl: v.pipe(v.string(), v.url()) });

export function createOperator(system: System): Operator {
  let found: Promise<URL> | undefined;
  return {
    async call(request, signal) {
      found ??= findUrl(system);
      const url = await found;
      const response = await signedFetch(system, {
        service: 'lambda',
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: encode(bodyOf(request)),
        ...(signal && { signal }),
      });
      return readAnswer(response);
    },
  };
}

/** Arguments are values already: 1.0 is a float, and stays one. */
function bodyOf({ arg, kwarg, ...plain }: OperatorCall): Value {
  const body = fromPlain(plain) as Dict;
  if (arg !== undefined) body.set('arg', [...arg]);
  if (kwarg !== undefined) body.set('kwarg', kwarg);
  return body;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  if (response.status === 403) {
    throw new BrineError({
      code: 'system.credentials',
      text: 'AWS refused the call of the operator function (403)',
      hint: 'your role needs lambda:InvokeFunctionUrl on it, and its login must not have expired',
    });
  }
  try {
    const more = decode(text);
    if (more instanceof Dict) {
      const [code, says] = [more.get('code'), more.get('text')];
      if (typeof code === 'string' && typeof says === 'string') return { code, text: says, more };
    }
  } catch {
    // not of our own making: said below
  }
  throw new BrineError({
    code: 'system.answer',
    text: `HTTP ${response.status} from the operator function, and not in its form`,
  });
}

async function findUrl(system: System): Promise<URL> {
  const name = `${system.stack?.split('/')[2] ?? 'brine'}-operator`;
  const base = system.endpoint ?? `https://lambda.${system.region}.amazonaws.com`;
  const response = await signedFetch(system, {
    service: 'lambda',
    method: 'GET',
    url: new URL(`/2021-10-31/functions/${name}/url`, base),
  });
  const text = await response.text();
  if (response.status === 404) {
    throw new BrineError({
      code: 'system.not_found',
      text: `there is no function ${name} in ${system.where}`,
      hint: 'deploy the stack (cdk deploy), or name another with --stack',
    });
  }
  if (!response.ok) {
    throw new BrineError({
      code: 'system.credentials',
      text: `AWS did not tell the operator's URL (HTTP ${response.status})`,
      hint: 'your role needs lambda:GetFunctionUrlConfig; is the login still good?',
    });
  }
  return new URL(v.parse(urlConfig, decodePlain(text)).FunctionUrl);
}
