/** One call of an AWS JSON service (SQS), signed by hand: see signed-fetch.ts for why. */
import { BrineError } from '../core/errors.ts';
import { again } from './again.ts';
import type { System } from './locate.ts';
import { refusedLogin } from './refused-login.ts';
import { signedFetch } from './signed-fetch.ts';

/** `target` is `AmazonSQS.ReceiveMessage`; resolves to the parsed answer. Throws `system.answer` with AWS's own error code. */
export async function callAws(
  system: System,
  target: string,
  input: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const service = 'sqs';
  const call = {
    service,
    method: 'POST' as const,
    url: new URL(system.endpoint ?? `https://${service}.${system.region}.amazonaws.com/`),
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
    body: JSON.stringify(input),
    ...(signal && { signal }),
  };
  const response = await again(() => signedFetch(system, call), signal);
  const text = await response.text();
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  if (response.ok) return answer as Record<string, unknown>;
  const code = String((answer as { __type?: unknown }).__type ?? response.status)
    .split('#')
    .at(-1);
  if (response.status === 403 || /AccessDenied|ExpiredToken|UnrecognizedClient|InvalidClientTokenId/.test(String(code)))
    throw refusedLogin(target, `${code} ${text}`, 'sqs:ReceiveMessage and sqs:DeleteMessage on its watch');
  throw new BrineError({ code: 'system.answer', text: `${target} answered ${code}` });
}
