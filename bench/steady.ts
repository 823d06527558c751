/**
 * `npx tsx bench/steady.ts`: twenty minutes of steady load (200 events a second from one minion, one in a thousand with a reaction) over real
 * processes; private memory of each, minute by minute. What it holds after the first five minutes it should hold at the end.
 */
import { callMinion } from '../client/control.ts';
import { Dict } from '../core/value.ts';
import { family, pause, privateMemory, startWorld } from './world.ts';

const minutes = Number(process.env.MINUTES ?? 20);
const rate = Number(process.env.RATE ?? 200);
/** Every so many events one has a reaction, whose plan and job the embedded AWS keeps; 0: none. */
const reactEvery = Number(process.env.REACT_EVERY ?? 1000);
/** Events fired together, so that the control socket is not what is measured. */
const TOGETHER = 20;
const world = await startWorld({
  'reactor.conf': "reactor:\n  - 'steady/react':\n    - /srv/reactor/react.sls\n",
  'srv/reactor/react.sls': 'pong:\n  local.test.ping:\n    - tgt: web1\n',
});
const parts = { agent: world.minion, relay: world.relay, 'embedded AWS': world.aws };
const memoryOf = (pid: number) => family(pid).reduce((sum, one) => sum + privateMemory(one), 0);
const fire = (tag: string) =>
  callMinion(world.socket, { fun: 'event.fire_master', arg: [Dict.of({ n: 1n }), tag], kwarg: new Dict() });
const rows: { readonly minute: number; readonly held: readonly number[] }[] = [];
const began = performance.now();
let fired = 0;
try {
  for (let minute = 0; minute <= minutes; ) {
    const behind = ((performance.now() - began) / 1000) * rate - fired;
    if (behind >= TOGETHER) {
      const tags = Array.from({ length: TOGETHER }, (_, i) =>
        reactEvery > 0 && (fired + i) % reactEvery === 0 ? 'steady/react' : 'steady/event',
      );
      await Promise.all(tags.map(fire));
      fired += TOGETHER;
    } else await pause(20);
    if (performance.now() - began < minute * 60_000) continue;
    const held = Object.values(parts).map(({ pid }) => memoryOf(pid));
    rows.push({ minute, held });
    console.log(
      `minute ${String(minute).padStart(2)}, ${fired} events: ${Object.keys(parts)
        .map((name, i) => `${name} ${(held[i] as number).toFixed(1)} MB`)
        .join(', ')}`,
    );
    minute += 1;
  }
  const settled = rows.find(({ minute }) => minute >= Math.min(5, minutes / 2)) ?? rows[0];
  const last = rows.at(-1);
  for (const [i, name] of Object.keys(parts).entries())
    console.log(
      `${name}: ${((last?.held[i] ?? 0) / (settled?.held[i] ?? 1)).toFixed(2)} times at the end what it held at minute ${settled?.minute}`,
    );
} finally {
  await world.close();
}
