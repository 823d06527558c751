/** `service.*` and `system.*` with a systemctl and a shutdown of the test's own; real ones are asked where they run, and never told to do anything. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPlain } from '../../../core/value.ts';
import { createFakes, type Fakes } from '../../support/fake-command.ts';
import { createHost, type Host } from '../../support/host.ts';

/** nginx runs and is enabled, redis neither; broken does not start; every other name is unknown. */
const SYSTEMCTL = `
case "$1" in
  is-system-running) echo running ;;
  show)
    case "$*" in
      *LoadState*nginx.service|*LoadState*redis.service|*LoadState*broken.service) echo LoadState=loaded ;;
      *LoadState*) echo LoadState=not-found ;;
      *) printf 'Id=nginx.service\\nEnvironment=TOKEN=geheim\\nActiveState=active\\nExecStart={ path=/usr/sbin/nginx ; a=b }\\n' ;;
    esac ;;
  is-active) case "$2" in nginx.service) echo active ;; *) echo inactive; exit 3 ;; esac ;;
  is-enabled) case "$2" in nginx.service) echo enabled ;; redis.service) echo disabled; exit 1 ;; *) echo masked; exit 1 ;; esac ;;
  list-unit-files) printf 'redis.service disabled enabled\\nnginx.service enabled enabled\\nbroken.service masked enabled\\ngetty@.service static -\\n' ;;
  list-units) printf 'nginx.service loaded active running A server\\n' ;;
  start|restart|reload|stop|enable|disable|daemon-reload|mask|unmask|reload-or-restart)
    case "$*" in *broken*) echo 'Job for broken.service failed because the control process exited with error code.' >&2; exit 1 ;; esac ;;
  *) exit 9 ;;
esac`;

let dir: string;
let fakes: Fakes;
let host: Host;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'brine-service-'));
  fakes = createFakes(dir, { systemctl: SYSTEMCTL, shutdown: 'echo "Shutdown scheduled"' });
  host = createHost({ env: { PATH: `${fakes.path}:${process.env.PATH}` } });
});
afterAll(() => {
  host.close();
  rmSync(dir, { recursive: true });
});

const NOT_THERE = 'ERROR: Service nosuch is not available';
it.each<[string, unknown[], object, unknown, string?]>([
  ['status', ['nginx'], {}, true, 'is-active nginx.service'],
  ['status', ['redis'], {}, false],
  ['status', ['nosuch'], {}, false],
  ['status', ['*n*'], {}, { broken: false, nginx: true }],
  ['available', ['nginx'], {}, true],
  ['available', ['nosuch'], {}, false],
  ['missing', ['nosuch'], {}, true],
  ['enabled', ['nginx'], {}, true],
  ['enabled', ['redis'], {}, false],
  ['disabled', ['redis'], {}, true],
  ['masked', ['broken'], {}, true],
  ['start', ['nginx'], {}, true, 'start nginx.service'],
  ['start', ['nginx.service'], {}, true, 'start nginx.service'],
  ['start', ['nosuch'], {}, NOT_THERE],
  ['start', ['broken'], {}, 'ERROR: Job for broken.service failed because the control process exited with error code.'],
  ['stop', ['nginx'], {}, true, 'stop nginx.service'],
  ['restart', ['nginx'], { no_block: true }, true, 'restart --no-block nginx.service'],
  ['reload', ['nginx'], {}, true, 'reload nginx.service'],
  ['force_reload', ['nginx'], {}, true, 'reload-or-restart --no-block nginx.service'],
  ['enable', ['redis'], {}, true, 'enable redis.service'],
  ['disable', ['redis'], {}, true, 'disable redis.service'],
  ['mask', ['redis'], {}, true, 'mask redis.service'],
  ['systemctl_reload', [], {}, true, 'daemon-reload'],
  ['get_all', [], {}, ['broken', 'getty@', 'nginx', 'redis']],
  ['get_enabled', [], {}, ['nginx']],
  ['get_disabled', [], {}, ['redis']],
  ['get_static', [], {}, ['getty@']],
  ['get_running', [], {}, ['nginx']],
  ['show', ['nginx'], {}, { Id: 'nginx.service', ActiveState: 'active', ExecStart: '{ path=/usr/sbin/nginx ; a=b }' }],
  ['start', ['--now'], {}, "ERROR executing 'service.start': name: expected the name of a service, found '--now'"],
])('service.%s %j', async (fun, arg, kwarg, expected, asked) => {
  const { return: value, retcode } = await host.call(`service.${fun}`, arg, kwarg as Record<string, unknown>);
  expect(toPlain(value)).toEqual(expected);
  expect(retcode).toBe(typeof expected === 'string' ? 1 : 0);
  if (asked !== undefined) expect(fakes.calls()).toContain(`systemctl ${asked}`);
});

describe('where systemd does not run', () => {
  const SAYS = "System has not been booted with systemd as init system (PID 1). Can't operate.";
  it.each([
    ['status', false],
    ['enabled', false],
    ['disabled', true],
    ['start', `ERROR: ${SAYS}`],
    ['get_all', `ERROR: ${SAYS}`],
    ['available', "ERROR: Cannot run in offline mode. Failed to get information on unit 'nginx'"],
    ['missing', "ERROR: Cannot run in offline mode. Failed to get information on unit 'nginx'"],
  ])('service.%s gives %s, as Salt', async (fun, expected) => {
    const systemctl = `case $1 in is-system-running) echo offline;; *) echo "${SAYS}" >&2;; esac; exit 1`;
    const offline = createFakes(join(dir, 'offline'), { systemctl });
    const bare = createHost({ env: { PATH: `${offline.path}:${process.env.PATH}` } });
    const { return: value, retcode } = await bare.call(`service.${fun}`, fun === 'get_all' ? [] : ['nginx']);
    bare.close();
    expect([value, retcode]).toEqual([expected, typeof expected === 'string' ? 1 : 0]);
  });
});

it.runIf(existsSync('/run/systemd/system'))('a real systemd is asked', async () => {
  const real = createHost();
  const all = toPlain((await real.call('service.get_all')).return) as string[];
  expect(all.length).toBeGreaterThan(0);
  expect((await real.call('service.available', [all[0]])).return).toBe(true);
  real.close();
});
if (!existsSync('/run/systemd/system')) console.log('systemd does not run here: a real one is not asked');

it.each<[string, unknown[], string]>([
  ['reboot', [], 'shutdown -r now'],
  ['reboot', [5], 'shutdown -r +5'],
  ['reboot', ['23:30'], 'shutdown -r 23:30'],
  ['shutdown', ['+10'], 'shutdown -h +10'],
  ['halt', [], 'shutdown -H now'],
  ['poweroff', ['now'], 'shutdown -P now'],
  ['cancel', [], 'shutdown -c'],
])('system.%s %j asks for %s', async (fun, arg, asked) => {
  const { return: text, retcode } = await host.call(`system.${fun}`, arg);
  expect([text, retcode, fakes.calls().at(-1)]).toEqual(['Shutdown scheduled', 0, asked]);
});

it.each(['soon', '-f', '1; reboot'])('system.reboot %j is no time', async (time) => {
  const before = fakes.calls().length;
  expect((await host.call('system.reboot', [time])).return).toBe(
    `ERROR executing 'system.reboot': at_time: expected minutes, a time such as 23:30, or now, found '${time}'`,
  );
  expect(fakes.calls().length).toBe(before);
});
