/** `system.*`: ending and starting the machine. The return leaves before the machine does, for a delay is of shutdown(8) and not of the job. */
import { pyStr } from '../../core/python/print.ts';
import type { Value } from '../../core/value.ts';
import { runCommand } from './command.ts';
import { InvocationError, type Module, type ModuleContext, type ModuleFunction } from './module.ts';
import { strftime } from './strftime.ts';

const DELAY = { name: 'at_time', value: null };

const shutdown = (flag: string, doc: string): ModuleFunction => ({
  doc: `${doc} at_time is a number of minutes, a time such as 23:30, or now, which is meant without it. shutdown(8)\nwarns who is logged in; system.cancel takes it back.`,
  example: '10',
  parameters: [DELAY],
  run: (it, { at_time = null }) => run(it, ['shutdown', flag, timeOf(at_time)]),
});

export const system: Module = {
  reboot: shutdown('-r', 'Starts the machine anew.'),
  shutdown: shutdown('-h', 'Ends the machine.'),
  halt: shutdown('-H', 'Halts the machine and leaves it on.'),
  poweroff: shutdown('-P', 'Ends the machine and switches it off.'),
  cancel: {
    doc: 'Takes back a shutdown or reboot that waits for its time.',
    parameters: [],
    run: (it) => run(it, ['shutdown', '-c']),
  },
  get_system_time: {
    doc: 'The time of this machine.',
    parameters: [{ name: 'utc_offset', value: null }],
    run: () => strftime(new Date(), '%I:%M:%S %p'),
  },
  get_system_date: {
    doc: 'The date of this machine.',
    parameters: [{ name: 'utc_offset', value: null }],
    run: () => strftime(new Date(), '%a %m/%d/%Y'),
  },
  get_system_date_time: {
    doc: 'Date and time of this machine.',
    parameters: [{ name: 'utc_offset', value: null }],
    run: () => strftime(new Date(), '%Y-%m-%d %H:%M:%S'),
  },
};

/** What shutdown(8) reads: `now`, `+10`, `23:30`. */
function timeOf(given: Value): string {
  if (given === null) return 'now';
  const text = pyStr(given).trim();
  if (/^\d+$/.test(text)) return `+${text}`;
  if (/^(now|\+\d+|\d{1,2}:\d{2})$/.test(text)) return text;
  throw new InvocationError(`at_time: expected minutes, a time such as 23:30, or now, found '${text}'`);
}

async function run(it: ModuleContext, cmd: readonly string[]): Promise<string> {
  return (await runCommand(it, { cmd: [...cmd], python_shell: false }, { merge: true, raises: false })).out;
}
