/** The relay as a process: settings → AWS clients → a relay in a child that is started again when it ends. */
import { eventsClient, lambdaClient, sqsClient } from '../aws/clients.ts';
import { createEventBus } from '../aws/event-bus.ts';
import { createQueues } from '../aws/queues.ts';
import { createControlQueue, createEnroll } from '../aws/relay-clients.ts';
import { queueNames, stackParts } from '../aws/topology.ts';
import { BrineError } from '../core/errors.ts';
import { parseRelaySettings, type RelaySettings } from './config.ts';
import { loadRelayKeys } from './key-file.ts';
import { logLine, type RelayPorts, serveRelay } from './serve.ts';
import { CHILD, handedOver, superviseRelay } from './supervise.ts';

/** Runs until a signal; resolves to the process' exit code. One line on standard output, `{push, sub, key}` and its name unless that is 1, each time it listens. */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const settings = parseRelaySettings(args, env);
    if (env[CHILD]) await serveRelay(settings, await handedOver(), ports(settings), logLine);
    else {
      process.exitCode = await supervise(settings, args);
      // Whoever started this process listens to it: the channel alone would keep it.
      if (process.connected) process.disconnect();
    }
  } catch (thrown) {
    const error = reachable(thrown, env);
    const known = error instanceof BrineError;
    logLine('failed', known ? { code: error.code, error: error.message } : { error: String(error) });
    process.exitCode = known && error.family === 'author' ? 64 : 69;
    if (process.connected) process.disconnect();
  }
}

/** Nobody answers at the endpoint: said with where it was looked for. */
function reachable(error: unknown, env: NodeJS.ProcessEnv): unknown {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (!['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT'].includes(String(code))) return error;
  const endpoint = env.AWS_ENDPOINT_URL;
  return new BrineError(
    {
      code: 'relay.endpoint',
      text: `expected AWS at ${endpoint ?? 'its own endpoints'}, found ${String(code)}`,
      where: { path: endpoint === undefined ? 'AWS' : 'AWS_ENDPOINT_URL' },
      hint: 'brine aws start runs one here; AWS_ENDPOINT_URL says where it is',
    },
    { cause: error },
  );
}

async function supervise({ key, push, sub, name }: RelaySettings, args: readonly string[]): Promise<number> {
  const keys = await loadRelayKeys(key);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  // `brine relay start` was killed: nobody knows of this relay any more, and it would keep its ports.
  process.once('disconnect', () => stop.abort());
  return superviseRelay({
    entry: import.meta.filename,
    args,
    keys,
    push,
    sub,
    log: logLine,
    onReady: (address) => process.stdout.write(`${JSON.stringify({ ...address, ...(name !== '1' && { name }) })}\n`),
    signal: stop.signal,
  });
}

function ports({ stack, name }: RelaySettings): RelayPorts {
  const parts = stackParts(stack);
  const options = { region: parts.region };
  const bus = createEventBus(eventsClient(options), parts.name);
  const enroll = createEnroll(lambdaClient(options), `${parts.name}-enroll`);
  const queues = createQueues(sqsClient(options), parts);
  return { bus, enroll, control: createControlQueue(queues, queueNames(parts.name).relay(name)) };
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2), process.env);
