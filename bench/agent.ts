/**
 * `npx tsx bench/agent.ts`: an agent that has nothing to do, as it is installed: private memory above a bare Node beside it, CPU, and requests to SQS,
 * counted on their way; a second agent that polls plainly is what they are held against. Hours are too long to wait for: the regular poll is
 * ten times as often here, which CPU is charged with and the count is divided by.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BACKSTOP, doorbellCost, longPollCost, SILENT_FLEET } from '../core/waiting-cost.ts';
import { cpuSeconds, pause, privateMemory, start, startWorld } from './world.ts';

const seconds = Number(process.env.SECONDS ?? 300);
const FASTER = 10;
/** Past the first pong and the minute of plain polling at the start of a session. */
const SETTLE = 100;

interface Counter {
  endpoint(aws: string): Promise<string>;
  count: number;
}

/** A way to AWS that counts; what is signed passes as it is. */
function counter(): Counter {
  const self: Counter = {
    count: 0,
    endpoint: async (aws) => {
      const server = createServer((from, to) => {
        self.count += 1;
        const on = request(aws, { path: from.url, method: from.method, headers: from.headers }, (answer) => {
          to.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(to);
        });
        on.on('error', () => to.destroy());
        to.on('close', () => on.destroy());
        from.pipe(on);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      server.unref();
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
  };
  return self;
}

const [rung, plain] = [counter(), counter()];
const bare = start(['-e', 'setInterval(() => {}, 1e6)'], { cwd: '/' });
const world = await startWorld({}, [
  { id: 'web1', settings: `backstop: ${BACKSTOP / FASTER}\n`, endpoint: rung.endpoint },
  { id: 'web2', settings: 'backstop: 0\n', endpoint: plain.endpoint },
]);
try {
  const { pid } = world.minion;
  await pause(SETTLE * 1000);
  const before = { cpu: cpuSeconds(pid), rung: rung.count, plain: plain.count, at: performance.now() };
  await pause(seconds * 1000);
  const passed = (performance.now() - before.at) / 1000;
  const cpu = ((cpuSeconds(pid) - before.cpu) / passed) * 100;
  const [mine, nodes] = [privateMemory(pid), privateMemory(bare.pid)];
  console.log(
    `private memory: ${mine.toFixed(1)} MB, bare Node ${process.version} ${nodes.toFixed(1)} MB: ${(mine - nodes).toFixed(1)} MB above it (bar: 20)`,
  );
  console.log(
    `CPU: ${cpu.toFixed(3)} % of a core (bar: 0.2), over ${Math.round(passed)} s with ${FASTER} times as many polls as an installed agent makes`,
  );
  const [bells, polls] = [rung.count - before.rung, plain.count - before.plain].map((count) => (count / passed) * 3600) as [
    number,
    number,
  ];
  const hourly = bells / FASTER;
  console.log(
    `requests to SQS: ${rung.count - before.rung} counted, ${hourly.toFixed(1)} an hour at a regular poll every ${BACKSTOP} s; plainly polling ${plain.count - before.plain}, ${polls.toFixed(1)} an hour`,
  );
  const [doorbell, long] = [doorbellCost(SILENT_FLEET, hourly), longPollCost(SILENT_FLEET)];
  console.log(
    `10,000 silent minions: $${doorbell.toFixed(2)} a month of SQS (bar: 40), $${long.toFixed(2)} by plain long polling: ${(long / doorbell).toFixed(1)} times as much`,
  );
} finally {
  await world.close();
  await bare.end();
}
process.exit(0);
