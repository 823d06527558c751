/** A call that failed for a reason that passes is made again: a lost answer, a busy function, AWS that throttles. As the SDK's clients do by themselves. */
import { BrineError } from '../core/errors.ts';

/** Milliseconds before the second try; twice as long before each one after it. Five in all. */
const [FIRST, LAST] = [200, 1600];

/** What is made again has a name, so that the same is not done twice. */
export async function again(call: () => Promise<Response>, signal: AbortSignal | undefined): Promise<Response> {
  for (let pause = FIRST; ; pause *= 2) {
    try {
      const response = await call();
      if (pause > LAST || !(await passes(response))) return response;
    } catch (error) {
      if (pause > LAST || signal?.aborted || !(error instanceof BrineError) || isRefused(error.cause)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
  }
}

async function passes(response: Response): Promise<boolean> {
  if ([429, 500, 502, 503, 504].includes(response.status)) return true;
  return response.status === 400 && /Throttl/.test(await response.clone().text());
}

/** Nobody listens there: that is no lost answer. */
function isRefused(cause: unknown): boolean {
  const { cause: inner } = (cause ?? {}) as { cause?: { code?: string } };
  return inner?.code === 'ECONNREFUSED' || inner?.code === 'ENOTFOUND';
}
