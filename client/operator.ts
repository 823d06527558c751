/** The operator function, from outside: finds its URL, calls it, and reads its answer. Design section 9; names.md has the form. */
import * as v from 'valibot';
import { BrineError } from '../core/errors.ts';
import { decode, decodePlain, encode } from '../core/json.ts';
import { Dict, fromPlain, type Value } from '../core/value.ts';
import { again } from './again.ts';
import type { System } from './locate.ts';
import { refusedLogin } from './refused-login.ts';
import { type SignedRequest, signedFetch } from './signed-fetch.ts';

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

const urlConfig = v.looseObject({ FunctionUrl: v.pipe(v.string(), v.regex(/^https?:\/\/[^/]+/)) });

/** Where the operator is asked, and under which host's name where that is another. */
type Place = Pick<SignedRequest, 'url' | 'host'>;

export function createOperator(system: System): Operator {
  let found: Promise<Place> | undefined;
  return {
    async call(request, signal) {
      found ??= findUrl(system);
      found.catch(() => {
        found = undefined;
      });
      const place = await found;
      const body = encode(bodyOf(request));
      const post = () =>
        signedFetch(system, {
          service: 'lambda',
          method: 'POST',
          ...place,
          headers: { 'content-type': 'application/json' },
          body,
          ...(signal && { signal }),
        });
      return readAnswer(await again(post, signal));
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
  if (response.status === 403)
    throw refusedLogin(
      'the call of the operator function',
      text,
      'lambda:InvokeFunctionUrl and lambda:InvokeFunction through the URL',
    );
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

async function findUrl(system: System): Promise<Place> {
  const name = `${system.stack?.split('/')[2] ?? 'brine'}-operator`;
  const base = system.endpoint ?? `https://lambda.${system.region}.amazonaws.com`;
  const url = new URL(`/2021-10-31/functions/${name}/url`, base);
  const response = await again(() => signedFetch(system, { service: 'lambda', method: 'GET', url }), undefined);
  const text = await response.text();
  if (response.status === 404) {
    throw new BrineError({
      code: 'system.not_found',
      text: `there is no function ${name} in ${system.where}`,
      hint: 'deploy the stack (cdk deploy), or name another with --stack',
    });
  }
  if (!response.ok && response.status !== 403)
    throw new BrineError({ code: 'system.answer', text: `HTTP ${response.status} for the operator's URL from ${system.where}` });
  if (!response.ok) throw refusedLogin("the question for the operator's URL", text, 'lambda:GetFunctionUrlConfig');
  return placeOf(v.parse(urlConfig, decodePlain(text)).FunctionUrl, system.endpoint);
}

/** An endpoint of the environment stands for every host of AWS, a function URL's among them. LocalStack's is no URL for `URL`. */
function placeOf(text: string, endpoint: string | undefined): Place {
  const [, host = '', path = '/'] = /^https?:\/\/([^/]+)(\/.*)?$/.exec(text) ?? [];
  if (endpoint === undefined || new URL(endpoint).host === host) return { url: new URL(text) };
  return { url: new URL(path, endpoint), host };
}
