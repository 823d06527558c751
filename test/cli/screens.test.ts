/** Whole screens: what an operator types at a running system, and all that comes out, on both streams. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMinionId } from '../../core/ids.ts';
import { eventually } from '../support/eventually.ts';
import { mask } from '../support/mask.ts';
import { type Screen, type System, startSystem, type Typing } from '../support/screens.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({
    minions: { mysql1: { os: 'CentOS' }, web1: { os: 'CentOS' }, db1: { os: 'Debian' } },
    files: { 'brine.yaml': 'nodegroups:\n  webs: web*\n' },
  });
}, 90_000);

afterAll(() => system.close());

/** The line that says where a command acts is taken off, and held by a test of its own. */
async function type(words: readonly string[], how?: Typing): Promise<Screen> {
  const { out, err, exit } = await system.type(words, how);
  return { out: mask(out), err: mask(err).replace(/^→ local .*\n/, ''), exit };
}

const SUMMARY = '-'.repeat(43);
const LOOK_UP =
  '    The minions may not have all finished running and any remaining minions will return upon completion. To look up the return data for this job later, run the following command:\n    \n    brine jobs show JID\n';
const FAILED = 'ERROR: Minions returned with non-zero exit code\n';
const NOBODY = 'No minions matched the target. No command was sent, no jid was assigned.\n';

it.each<[string, Screen]>([
  ['run web1 test.ping', { out: 'web1:\n    True\n', err: '', exit: 0 }],
  ['run -G os:Debian test.ping --out txt', { out: 'db1: True\n', err: '', exit: 0 }],
  ['run -N webs test.ping --out yaml', { out: 'web1: true\n', err: '', exit: 0 }],
  ['run -S 127.0.0.0/8 grains.get id --static --out yaml', { out: 'db1: db1\nmysql1: mysql1\nweb1: web1\n', err: '', exit: 0 }],
  ['run --preview-target -C web*|or|db1', { out: '- db1\n- web1\n', err: '', exit: 0 }],
  [
    'run --dry-run -E web cmd.run uptime cwd=/',
    {
      out: 'arg:\n    - uptime\nfun:\n    cmd.run\nkwarg:\n    ----------\n    cwd:\n        /\nminions:\n    - web1\n',
      err: 'nothing was sent\n',
      exit: 0,
    },
  ],
  [
    'run -L web1,nobody test.ping --summary -v',
    {
      out: `Executing job with jid JID\n${SUMMARY}\n\nweb1:\n    True\nnobody:\n    Minion did not return. [No response]\n    Never enrolled: there is no minion of that name.\n${LOOK_UP}\n\n${SUMMARY}\nSummary\n${SUMMARY}\n# of minions targeted: 2\n# of minions returned: 1\n# of minions that did not return: 1\n# of minions with errors: 0\nMinions not responding: nobody\n${SUMMARY}\n`,
      err: FAILED,
      exit: 1,
    },
  ],
  [
    'run --batch 1 -G os:CentOS test.ping',
    {
      out: "\nExecuting run on ['mysql1']\n\nmysql1:\n    True\n\nExecuting run on ['web1']\n\nweb1:\n    True\n",
      err: '',
      exit: 0,
    },
  ],
  [
    'run --batch 50% --failhard -G os:CentOS test.retcode 3',
    {
      out: "\nExecuting run on ['mysql1']\n\nmysql1:\n    True\n",
      err: 'Batch run stopped due to failhard; not asked: web1\n',
      exit: 3,
    },
  ],
  [
    'run --batch x web1 test.ping',
    {
      out: '',
      err: "brine: --batch wants a number of minions or a percentage, found 'x' (hint: --batch 3 or --batch 10%)\n",
      exit: 64,
    },
  ],
  ['run --subset 1 web1 test.ping --show-jid', { out: 'jid: JID\nweb1:\n    True\n', err: '', exit: 0 }],
  [
    'run web1 test.ping,test.echo , hi --out json --out-indent -1',
    { out: '{"web1": {"test.ping": true, "test.echo": "hi"}}\n', err: '', exit: 0 },
  ],
  ['run web1 test.arg_clean a=1.0 --out jsonl', { out: '{"web1":{"args":[],"kwargs":{"a":1.0}}}\n', err: '', exit: 0 }],
  [
    'run web1 test.outputter [{a:|1,|b:|x}] --out table',
    { out: 'web1:\n----------\n    ---------\n    | A | B |\n    ---------\n    | 1 | x |\n    ---------\n', err: '', exit: 0 },
  ],
  ['run web1 test.ping --out=', { out: 'web1:\n    True\n', err: '', exit: 0 }],
  ['run web1 ', { out: '', err: "brine: which function? (hint: brine run '*' test.ping)\n", exit: 64 }],
  ['run web1 test.ping --out quiet', { out: '', err: '', exit: 0 }],
  ['run wbe1 test.ping', { out: NOBODY, err: 'ERROR: No return received\ndid you mean web1?\n', exit: 2 }],
  ['run -G oss:CentOS test.ping', { out: NOBODY, err: 'ERROR: No return received\ndid you mean os?\n', exit: 2 }],
  [
    'run -N wbes test.ping',
    { out: 'Node group wbes unavailable in brine.yaml\n', err: 'ERROR: No return received\ndid you mean webs?\n', exit: 2 },
  ],
  [
    'run web1 test.pign',
    { out: "web1:\n    'test.pign' is not available.\n", err: `${FAILED}did you mean test.ping?\n`, exit: 1 },
  ],
  ['run web1 test.ping --otu json', { out: '', err: "error: unknown option '--otu'\n(Did you mean --out?)\n", exit: 64 }],
  ['rnu', { out: '', err: "error: unknown command 'rnu'\n(Did you mean run?)\n", exit: 64 }],
  ['key lst', { out: '', err: "error: unknown command 'lst'\n(Did you mean list?)\n", exit: 64 }],
  ['--version', { out: 'brine 0.1.0\n', err: '', exit: 0 }],
  ['call --minion web1 test.ping', { out: 'local:\n    True\n', err: '', exit: 0 }],
  ['call --id web1 test.pign', { out: '', err: "'test.pign' is not available.\ndid you mean test.ping?\n", exit: 255 }],
  ['call --minion wbe1 test.ping', { out: '', err: 'brine: no minion wbe1 runs here (hint: did you mean web1?)\n', exit: 1 }],
  ['call --local grains.get kernel', { out: 'local:\n    Linux\n', err: '', exit: 0 }],
  [
    'call --local event.send x/y',
    { out: 'local:\n    False\n', err: 'not sent: without an agent there is no bus (x/y)\n', exit: 0 },
  ],
  ['fire lab/x {a:|1}', { out: '', err: '', exit: 0 }],
  ['key list', { out: 'Accepted Keys:\ndb1\nmysql1\nweb1\nDenied Keys:\nUnaccepted Keys:\nRejected Keys:\n', err: '', exit: 0 }],
  ['key list -l acc --out yaml', { out: 'minions:\n- db1\n- mysql1\n- web1\n', err: '', exit: 0 }],
  ['key finger web1', { out: 'Accepted Keys:\nweb1:  SHA256:FINGERPRINT\n', err: '', exit: 0 }],
  [
    'key reject web1',
    {
      out: "The key glob 'web1' does not match any unaccepted keys.\n",
      err: 'web1 is accepted; brine key reject web1 --include-accepted\n',
      exit: 2,
    },
  ],
  ['key finger web9', { out: '', err: "no key fits 'web9' (brine key list)\n", exit: 2 }],
  ['key -l acc --out txt', { out: "minions: ['db1', 'mysql1', 'web1']\n", err: '', exit: 0 }],
  ['key accept web9', { out: "The key glob 'web9' does not match any unaccepted keys.\n", err: '', exit: 2 }],
  ['jobs show 20200101000000000000', { out: '', err: 'brine: there is no job JID (hint: brine jobs list)\n', exit: 1 }],
  [
    'jobs show 123',
    {
      out: '',
      err: 'brine: jid: expected a job id: twenty digits, for example JID; brine jobs list shows the newest\n',
      exit: 1,
    },
  ],
  ['minions list', { out: 'db1\nmysql1\nweb1\n', err: '', exit: 0 }],
  ['runner manage.up', { out: '- db1\n- mysql1\n- web1\n', err: '', exit: 0 }],
  ['failures list', { out: 'nothing failed\n', err: '', exit: 0 }],
])('brine %s', async (typed, screen) => {
  expect(await type(typed.split(' ').map((word) => word.replaceAll('|', ' ')))).toEqual(screen);
});

it('says on standard error where it acts', async () => {
  const { err } = await system.type(['run', 'web1', 'test.ping']);
  expect(err).toBe(`→ local (.brine, pid ${process.pid})\n`);
});

describe('on a terminal', () => {
  const red = ['run', 'web1', 'cmd.run', 'printf "\\033[31mred\\007"'];

  it('what a host writes as escapes, in colors but with NO_COLOR', async () => {
    expect((await type(red, { columns: 80 })).out).toBe(
      '\u001b[0;36mweb1\u001b[0;0m:\n    \u001b[0;32m\\x1b[31mred\\x07\u001b[0;0m\n',
    );
    expect((await type(red, { columns: 80, env: { NO_COLOR: '1' } })).out).toBe('web1:\n    \\x1b[31mred\\x07\n');
    expect((await type(red)).out).toBe('web1:\n    ?[31mred\u0007\n');
  });

  it('20 columns wide, the line that says who has not answered fits and is gone at the end', async () => {
    const { err } = await type(['run', '*', 'test.ping'], { columns: 20 });
    const shown = err.split(/\r\u001b\[K/);
    expect(shown.length).toBeGreaterThan(2);
    expect(Math.max(...shown.map((text) => text.length))).toBeLessThan(20);
    expect(shown.at(-1)).toBe('');
  });

  it('before a key is changed its fingerprint is shown; an end of the input is a no', async () => {
    const { out, err, exit } = await type(['key', 'delete', 'mysql*']);
    expect([out, err, exit]).toEqual([
      'The following keys are going to be deleted:\nAccepted Keys:\nmysql1:  SHA256:FINGERPRINT\nProceed? [N/y] \n',
      'nothing was changed\n',
      1,
    ]);
  });
});

describe('Ctrl-C', () => {
  it('stops the waiting, not the job: the jid and how to look it up are said', async () => {
    const stop = new AbortController();
    const words = ['run', '-v', 'web1', 'cmd.run', 'sleep 20', 'timeout=20'];
    const screen = await type(words, { signal: stop.signal, seen: (text) => text.includes('Executing job') && stop.abort() });
    expect(screen.exit).toBe(130);
    expect(screen.err).toContain("Exiting gracefully on Ctrl-c\nThis job's jid is: JID\n");
    expect(screen.err).toContain('brine jobs show JID\n');
    const jid = (await system.type(['jobs', 'list', '--limit', '1'])).out.split(' ')[0] as string;
    expect((await type(['jobs', 'kill', jid])).out).toMatch(/Signal 9 sent to job JID/);
    const show = async () => (await type(['jobs', 'show', jid])).out;
    expect(await eventually(show, (out) => out.includes('web1:\n'), 30_000)).toContain(
      'web1:\n    The job was ended by SIGKILL.\n',
    );
    expect(await type(['jobs', 'kill', jid])).toEqual({
      out: '',
      err: 'nothing to end: every host that was asked has answered (brine jobs show JID)\n',
      exit: 2,
    });
  });

  it('stops the next window of a batch', async () => {
    const stop = new AbortController();
    const words = ['run', '-b', '1', '*', 'test.ping'];
    const screen = await type(words, { signal: stop.signal, seen: (text) => text.includes('True') && stop.abort() });
    expect([screen.exit, screen.err]).toEqual([130, expect.stringMatching(/^Batch run stopped; not asked: \w+, \w+\n$/)]);
  });
});

it('a return that was too long to travel is fetched whole from its host', async () => {
  const { out } = await system.type(['run', '--show-jid', 'web1', 'cmd.run', "head -c 300000 /dev/zero | tr '\\0' x"]);
  expect(out.length).toBeLessThan(110_000);
  expect(out).toContain('left out');
  const jid = /^jid: (\S+)/.exec(out)?.[1] as string;
  expect((await system.type(['jobs', 'output', jid, 'web1'])).out).toBe('x'.repeat(300_000));
});

it('--out-file takes the returns, and --out-file-append keeps what it holds', async () => {
  const path = join(system.dir, 'returns');
  expect((await type(['run', 'web1', 'test.ping', '--out-file', path, '--out', 'json'])).out).toBe('');
  await type(['run', 'web1', 'test.ping', '--out-file', path, '--out-file-append', '--out', 'txt']);
  expect(readFileSync(path, 'utf8')).toBe('{\n    "web1": true\n}\nweb1: True\n');
});

it('a host that went is away since then: in its status, and as the reason of its silence', async () => {
  const status = async () => (await type(['minions', 'status', 'db1'])).out;
  await eventually(status, (out) => out === 'db1  here since TIME, started TIME\n', 30_000);
  const leave = () => system.dev.agents.get(parseMinionId('db1'))?.close({ stopTimeout: 0 });
  const watch = { signal: AbortSignal.timeout(60_000), seen: (text: string) => text.includes('watching') && leave() };
  const { out: told } = await type(['events', 'salt/presence/*', '--count', '1'], watch);
  expect(told).toBe('? salt/presence/change\t{"new": [], "lost": ["db1"], "_stamp": "TIME"}\n');
  await eventually(status, (out) => out === 'db1  away since TIME, started TIME\n', 30_000);
  const { out, exit } = await type(['run', '-t', '1', 'db1', 'test.ping', '--out', 'txt']);
  expect([exit, out.split('\n')[1]]).toEqual([1, 'db1: Away since TIME; the job waits in its queue until it expires.']);
});

it('a reader that goes away ends it quietly', async () => {
  const brine = join(import.meta.dirname, '../../bin/brine.js');
  const child = spawn('bash', ['-c', `"$0" "$1" --help | head -n 1; echo "$\{PIPESTATUS[0]}"`, process.execPath, brine]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  await new Promise((resolve) => child.on('close', resolve));
  expect([out, err]).toEqual(['Usage: brine [options] [command]\n0\n', '']);
});
