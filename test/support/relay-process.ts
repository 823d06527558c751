/** A relay as a process of its own, with an enroll that accepts every id but those that begin with `x`; tells its parent what it has. */
import { createBus, createEnroll, startRelay } from './edge.ts';
import { createPlatform } from './roots.ts';

const platform = createPlatform(() => Date.now());
const enroll = createEnroll(platform);
const bus = createBus();
const hello = enroll.hello;
const relay = await startRelay({
  bus,
  enroll: {
    ...enroll,
    hello: (frames) => {
      const { id } = JSON.parse(frames.text) as { id: string };
      if (!id.startsWith('x')) enroll.states.set(id, 'accepted');
      return hello(frames);
    },
  },
});
process.on('message', () => {
  process.send?.({ stats: relay.stats(), ids: relay.sessions(), taken: bus.taken(), entries: bus.entries });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ address: relay.address, roots: platform.roots });
