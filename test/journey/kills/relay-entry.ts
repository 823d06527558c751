/** A relay as `relay/main.ts` is one, whose way to EventBridge is wrapped: when a file asks for it, it kills itself before or after the next PutEvents. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { eventsClient, lambdaClient, sqsClient } from '../../../aws/clients.ts';
import { createEventBus } from '../../../aws/event-bus.ts';
import { createQueues } from '../../../aws/queues.ts';
import { createControlQueue, createEnroll } from '../../../aws/relay-clients.ts';
import { queueNames, stackParts } from '../../../aws/topology.ts';
import type { EventBus } from '../../../core/ports.ts';
import { parseRelaySettings } from '../../../relay/config.ts';
import { loadRelayKeys } from '../../../relay/key-file.ts';
import { logLine, serveRelay } from '../../../relay/serve.ts';
import { CHILD, handedOver, superviseRelay } from '../../../relay/supervise.ts';

const plan = process.env.KILL_RELAY ?? '';

function here(place: string): void {
  if (!existsSync(plan) || readFileSync(plan, 'utf8') !== place) return;
  rmSync(plan);
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function wrapBus(bus: EventBus): EventBus {
  return {
    check: () => bus.check(),
    put: async (entries) => {
      const events = entries.some(({ source }) => source === 'brine.minion');
      if (events) here('before PutEvents');
      const answers = await bus.put(entries);
      if (events) here('taken by EventBridge, before the ack');
      return answers;
    },
  };
}

const args = process.argv.slice(2);
const settings = parseRelaySettings(args, process.env);
if (process.env[CHILD]) {
  const parts = stackParts(settings.stack);
  const options = { region: parts.region };
  const queues = createQueues(sqsClient(options), parts);
  const ports = {
    bus: wrapBus(createEventBus(eventsClient(options), parts.name)),
    enroll: createEnroll(lambdaClient(options), `${parts.name}-enroll`),
    control: createControlQueue(queues, queueNames(parts.name).relay(settings.name)),
  };
  await serveRelay(settings, await handedOver(), ports, logLine);
} else {
  process.exitCode = await superviseRelay({
    entry: import.meta.filename,
    args,
    keys: await loadRelayKeys(settings.key),
    push: settings.push,
    sub: settings.sub,
    log: logLine,
    onReady: (address) => process.stdout.write(`${JSON.stringify(address)}\n`),
    signal: new AbortController().signal,
    pause: 10,
  });
}
