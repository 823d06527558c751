// A Lambda runtime, as much of it as a handler sees: plain Node, one handler, the runtime API, and nothing of this checkout.
import { pathToFileURL } from 'node:url';

const [, , file] = process.argv;
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const { handler } = await import(pathToFileURL(file).href);
console.log('ready');
for (;;) {
  const next = await fetch(`${base}/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  if (next.status >= 400) throw new Error(`the runtime API answered ${next.status}`);
  if (!id) continue;
  const event = await next.json();
  const [kind, answer] = await handler(event).then(
    (result) => ['response', result ?? null],
    (error) => ['error', { errorType: error.name, errorMessage: error.message }],
  );
  await fetch(`${base}/${id}/${kind}`, { method: 'POST', body: JSON.stringify(answer) });
}
