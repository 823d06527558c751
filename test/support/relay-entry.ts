/** An entry file as `relay/main.ts` is one, with an enroll and a bus in memory; the parent tells its own parent what listens. */

import { parseRelaySettings } from '../../relay/config.ts';
import { loadRelayKeys } from '../../relay/key-file.ts';
import { serveRelay } from '../../relay/serve.ts';
import { CHILD, handedOver, superviseRelay } from '../../relay/supervise.ts';
import { createBus, createEnroll } from './edge.ts';
import { createPlatform } from './roots.ts';

const settings = parseRelaySettings(process.argv.slice(2), process.env);
if (process.env[CHILD]) {
  const platform = createPlatform(() => Date.now());
  const limits = { ...settings.limits, memoryLook: 20, strangers: Number(process.env.STRANGERS ?? 10) };
  const enroll = createEnroll(platform);
  for (const id of ['known1', 'known2']) enroll.states.set(id, 'accepted');
  await serveRelay({ ...settings, limits }, await handedOver(), { bus: createBus(), enroll }, () => {});
} else {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  process.exitCode = await superviseRelay({
    entry: import.meta.filename,
    args: process.argv.slice(2),
    keys: await loadRelayKeys(settings.key),
    push: settings.push,
    sub: settings.sub,
    log: () => {},
    onReady: (address) => process.stdout.write(`${JSON.stringify(address)}\n`),
    signal: stop.signal,
    pause: 10,
  });
}
