/** `cmd.*`, held against what Salt 3008.5 gave for the same calls. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpawner, GRACE } from '../../../agent/spawn.ts';
import { type Dict, toPlain } from '../../../core/value.ts';
import { eventually } from '../../support/eventually.ts';
import { createHost, type Host } from '../../support/host.ts';

let host: Host;
beforeAll(() => {
  host = createHost({
    env: { SECRET_OF_THE_AGENT: 'hunter2hunter2' },
    files: { 'scripts/hello.sh': '#!/bin/sh\necho "hello $1 $2"; exit $3\n' },
  });
});
afterAll(() => host.close());

type Call = [arg: unknown[], kwarg: Record<string, unknown>, expected: unknown, retcode?: number];

const same: Readonly<Record<string, Call[]>> = {
  'cmd.run': [
    [['echo hello'], {}, 'hello'],
    [['printf "one\\ntwo\\n\\nfour\\n"'], {}, 'one\ntwo\n\nfour'],
    [['echo a; echo b >&2; exit 3'], {}, 'a\nb', 3],
    [['exit 3'], {}, '', 3],
    [[true], {}, '/bin/sh: 1: True: not found', 127],
    [['printf "\\303\\244 \\342\\230\\203\\n"'], {}, 'ä ☃'],
    [['printf "\\377\\376x"'], {}, '\ufffd\ufffdx'],
    [['printf "\\377"'], { output_encoding: 'latin-1' }, 'ÿ'],
    [['printf "  two\\n\\ttab \\n\\n\\n"'], {}, '  two\n\ttab'],
    [['printf "a\\n\\n"'], { rstrip: false }, 'a\n\n'],
    [['nosuchcommand'], {}, '/bin/sh: 1: nosuchcommand: not found', 127],
    [['echo $A'], { env: { A: 'b' } }, 'b'],
    [['echo $A$B-'], { env: [{ A: 1 }, { B: null }] }, '1-'],
    [['echo $A'], { env: '{A: 7}' }, '7'],
    [['pwd'], { cwd: '/' }, '/'],
    [['pwd'], { cwd: '/nonexistent' }, "ERROR: Specified cwd '/nonexistent' either not absolute or does not exist", 1],
    [['exit 1'], { ignore_retcode: true }, ''],
    [['id'], { runas: 'nosuchuser' }, "ERROR: User 'nosuchuser' is not available", 1],
    [['echo {{ grains.id }} {{ grains.os }}'], { template: 'jinja' }, 'web1 CentOS'],
    [['echo ~ ~/x'], { python_shell: false }, '~ ~/x'],
    [['echo a; exit 3'], { python_shell: false }, 'a; exit 3'],
    [['echo \'a b\' "c \\" d" e\\ f'], { python_shell: false }, 'a b c " d e f'],
    [['umask'], { umask: '077' }, '0077'],
    [['umask'], { umask: 27 }, '0027'],
    [['echo a'], { umask: '000' }, 'ERROR: Zero umask is not allowed.', 1],
    [['echo a'], { umask: '99' }, "ERROR: Invalid umask: '99'", 1],
    [['cat'], { stdin: 'a\\nb' }, 'a\nb'],
    [['cat'], { stdin: 'a\\nb', stdin_raw_newlines: true }, 'a\\nb'],
    [['cat'], { stdin: 5 }, '5'],
    [['echo $0'], { shell: '/bin/bash' }, '/bin/bash'],
    [['echo $0'], { shell: '/bin/nosh' }, 'ERROR: The shell /bin/nosh is not available', 1],
    [['echo a; exit 4'], { raise_err: true }, 'ERROR: a', 1],
    [['echo a; exit 4'], { hide_output: true }, '', 4],
    [['echo out; echo err >&2'], { redirect_stderr: false }, 'out'],
    [['sleep 1'], { bg: true }, ''],
    [['echo a'], { foo: 'bar' }, 'a'],
    [['echo $LC_ALL-$LC_CTYPE $LANGUAGE'], {}, '-C C'],
    [['echo $LC_CTYPE-'], { reset_system_locale: false }, '-'],
    [['echo $LC_TIME'], { env: { LC_TIME: 'de' } }, 'de'],
    [['env | sed /^_=/d | sed /^PWD=/d | sed /^SHLVL=/d'], { clean_env: true, reset_system_locale: false, env: { A: 1 } }, 'A=1'],
    [['echo "a'], { python_shell: false }, "ERROR executing 'cmd.run': No closing quotation", 1],
    [['echo a\\'], { python_shell: false }, "ERROR executing 'cmd.run': No escaped character", 1],
    [[''], {}, "ERROR executing 'cmd.run': the command is empty", 1],
    [['echo a'], { timeout: 'soon' }, "ERROR executing 'cmd.run': timeout: expected a number of seconds, found 'soon'", 1],
    [['echo a'], { env: { 'A=B': 1 } }, "ERROR executing 'cmd.run': env: a name or value cannot be set", 1],
  ],
  'cmd.shell': [[['echo $((40+2))'], {}, '42']],
  'cmd.run_stdout': [[['echo out; echo err >&2'], {}, 'out']],
  'cmd.run_stderr': [[['echo out; echo err >&2'], {}, 'err']],
  'cmd.retcode': [
    [['exit 7'], {}, 7, 7],
    [['true'], {}, 0],
    [['kill -9 $$'], {}, -9, -9],
    [['exit 130'], {}, 130, 130],
  ],
  'cmd.exec_code': [
    [['sh', 'echo $1 a'], { args: 'b' }, 'b a'],
    [['sh', 'echo $1 $2'], { args: ['x', 'y z'] }, 'x y z'],
    [['sh', 'exit 5'], {}, '', 5],
  ],
  'cmd.which': [
    [['sh'], {}, expect.stringMatching(/^\/(usr\/)?bin\/sh$/)],
    [['nosuch'], {}, null],
  ],
  'cmd.which_bin': [[[['nosuch', 'sh']], {}, expect.stringMatching(/\/sh$/)]],
  'cmd.has_exec': [
    [['sh'], {}, true],
    [['nosuch'], {}, false],
  ],
  'cmd.tty': [
    [['etc/passwd', 'x'], {}, { Error: 'The specified device is not a valid TTY' }],
    [['ttyNoSuch', 'x'], {}, { Error: 'Echoing to /dev/ttyNoSuch returned error' }],
  ],
};

describe.each(Object.entries(same))('%s', (fun, calls) => {
  it.each<Call>(calls)('%j %j', async (arg, kwarg, expected, retcode = 0) => {
    const result = await host.call(fun, arg, kwarg);
    expect(toPlain(result.return)).toEqual(expected);
    expect(result.retcode).toBe(retcode);
    expect(result.success).toBe(retcode === 0);
  });
});

const all: Call[] = [
  [['echo out; echo err >&2; exit 2'], {}, { retcode: 2, stdout: 'out', stderr: 'err' }, 2],
  [['printf "one\\ntwo\\n"'], {}, { retcode: 0, stdout: 'one\ntwo', stderr: '' }],
  [['echo a; exit 4'], { success_retcodes: 4 }, { retcode: 0, stdout: 'a', stderr: '' }],
  [['echo a; exit 4'], { success_retcodes: [3, 4] }, { retcode: 0, stdout: 'a', stderr: '' }],
  [['echo a; exit 4'], { success_stdout: 'a' }, { retcode: 0, stdout: 'a', stderr: '' }],
  [['echo a >&2; exit 4'], { success_stderr: ['x', 'a'] }, { retcode: 0, stdout: '', stderr: 'a' }],
  [['echo a; exit 4'], { raise_err: true }, { retcode: 4, stdout: 'a', stderr: '' }, 4],
  [['echo a; exit 4'], { hide_output: true }, { retcode: 4, stdout: '', stderr: '' }, 4],
  [['kill -15 $$'], {}, { retcode: -15, stdout: '', stderr: '' }, -15],
  [['sleep 30'], { timeout: 0.2 }, { retcode: 1, stdout: 'sleep 30 : Timed out after 0.2 seconds', stderr: '' }, 1],
  [
    ['sleep 30'],
    { timeout: 0.2, python_shell: false },
    { retcode: 1, stdout: "['sleep', '30'] : Timed out after 0.2 seconds", stderr: '' },
    1,
  ],
  [['sleep 1'], { bg: true }, { retcode: null, stdout: '', stderr: '' }],
];

it.each<Call>(all)('cmd.run_all %j %j', async (arg, kwarg, expected, retcode = 0) => {
  const result = await host.call('cmd.run_all', arg, kwarg);
  expect(toPlain(result.return)).toEqual({ ...(expected as object), pid: expect.any(Number) });
  expect([...(result.return as Dict).keys()]).toEqual(['pid', 'retcode', 'stdout', 'stderr']);
  expect(result.retcode).toBe(retcode);
});

it('success_retcodes that are no numbers are an error of the call', async () => {
  expect((await host.call('cmd.run_all', ['true'], { success_retcodes: 'a' })).return).toBe(
    "ERROR executing 'cmd.run_all': success_retcodes must be a list of integers",
  );
});

it('a program that is not there: the words of Salt, with neither environment nor input', async () => {
  const { return: text } = await host.call('cmd.run', ['nosuchcommand'], {
    python_shell: false,
    cwd: '/',
    stdin: 'geheim',
    env: { A: 'geheim' },
  });
  expect(text).toBe(
    "ERROR: Unable to run command '['nosuchcommand']' with the context '{'cwd': '/', 'shell': False, 'stdout': -1, 'stderr': -2, " +
      "'with_communicate': True, 'timeout': None, 'bg': False, 'close_fds': True}', reason: [Errno 2] No such file or directory: 'nosuchcommand'",
  );
});

it.each([
  ['cmd.run', ['nosuchcommand']],
  ['cmd.run', ['exit 3']],
  ['cmd.run_all', ['nosuchcommand']],
  ['cmd.exec_code', ['nosuchlang', 'x']],
  ['cmd.script', ['salt://nowhere.sh']],
])('%s %j fails without the environment of the agent', async (fun, arg) => {
  for (const kwarg of [{}, { python_shell: false }, { env: { OWN_SECRET: 'geheim-geheim' } }]) {
    const result = await host.call(fun, arg, kwarg);
    expect(result.retcode).not.toBe(0);
    expect(JSON.stringify(toPlain(result.return))).not.toMatch(/hunter2|geheim|SECRET/);
  }
  expect(JSON.stringify(host.reports)).not.toMatch(/hunter2|geheim/);
});

it('without a shell by default, words are split unless a shell is named', async () => {
  const strict = createHost({ shellByDefault: false });
  try {
    expect((await strict.call('cmd.run', ['echo a; exit 3'])).return).toBe('a; exit 3');
    expect((await strict.call('cmd.run', ['echo a; exit 3'], { python_shell: true })).return).toBe('a');
    expect((await strict.call('cmd.run', ['echo a; exit 3'], { shell: '/bin/bash' })).return).toBe('a');
    expect((await strict.call('cmd.shell', ['echo a; exit 3'])).return).toBe('a');
  } finally {
    strict.close();
  }
});

describe('a job that takes too long, in words of Salt', () => {
  const isGone = (pid: string) =>
    eventually(
      () => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '),
      (lives) => !lives,
    );

  it.concurrent('TERM goes to all that the command started, and leaves it five seconds to end in its own way', async () => {
    expect(GRACE).toBe(5000);
    const files = ['own', 'child'].map((name) => join(host.workDir, name));
    const [own = '', child = ''] = files;
    const cmd = `trap 'sleep 0.2; echo mine >${own}; exit 0' TERM; (sleep 60; echo no) & echo $! >${child}; wait`;
    const result = await host.call('cmd.run', [cmd], { timeout: 1 });
    expect([result.return, result.retcode]).toEqual([`${cmd} : Timed out after 1 seconds`, 1]);
    expect(readFileSync(own, 'utf8')).toBe('mine\n');
    await isGone(readFileSync(child, 'utf8').trim());
  });

  it.concurrent('KILL ends what does not listen, and what it started', async () => {
    const impatient = createHost({ grace: 100 });
    const [deaf, child] = ['deaf', 'child'].map((name) => join(impatient.workDir, name));
    const cmd = `trap 'echo heard >>${deaf}' TERM; (trap '' TERM; exec sleep 60) & echo $! >${child}; while :; do sleep 0.02; done`;
    try {
      const result = await impatient.call('cmd.run_all', [cmd], { timeout: 1 });
      const wanted = { stdout: `${cmd} : Timed out after 1 seconds`, stderr: '', retcode: 1 };
      expect(toPlain(result.return)).toMatchObject(wanted);
      expect(readFileSync(deaf as string, 'utf8')).toBe('heard\n');
      await isGone(readFileSync(child as string, 'utf8').trim());
    } finally {
      impatient.close();
    }
  });
});

it('a signal to a job is its command’s to answer, and its status is known all the same', async () => {
  const spawner = createSpawner(join(host.dir, 'signals'));
  const text = "trap 'exit 7' USR1; trap 'exit 8' TERM; echo ready; while :; do sleep 0.02; done";
  const codes = ['SIGUSR1', 'SIGTERM', 'SIGKILL'].map(async (signal) => {
    const command = { jid: signal, run: { shell: '/bin/sh', text }, cwd: '/', env: {}, merge: true };
    const ended = spawner.run(command);
    await eventually(
      () => readFileSync(join(host.dir, 'signals', signal, 'stdout'), 'utf8'),
      (printed) => printed.startsWith('ready'),
    );
    expect(spawner.signal(signal, signal as NodeJS.Signals)).toBe(true);
    return (await ended).code;
  });
  expect(await Promise.all(codes)).toEqual([7, 8, -9]);
});

it.skipIf(process.getuid?.() !== 0)('runas: the user, its groups, home and names; the status is known all the same', async () => {
  const result = await host.call(
    'cmd.run_all',
    ['id -un; id -Gn; pwd; echo $USER $LOGNAME $HOME; echo x >>/dev/stdout; exit 9'],
    {
      runas: 'nobody',
    },
  );
  const out = String((result.return as Dict).get('stdout')).split('\n');
  expect(out[0]).toBe('nobody');
  expect(out[1]).toMatch(/^no(group|body)$/);
  expect(out[2]).toBe('/');
  expect(out[3]).toMatch(/^nobody nobody \//);
  expect(out[4]).toBe('x');
  expect(result.retcode).toBe(9);
});

it.skipIf(process.getuid?.() !== 0)('a script of another user is readable by that user alone', async () => {
  const result = await host.call('cmd.exec_code_all', ['sh', 'id -un; stat -c "%U %a" "$0"'], { runas: 'nobody' });
  expect(toPlain(result.return)).toMatchObject({ stdout: 'nobody\nnobody 400', retcode: 0 });
});

it.skipIf(process.getuid?.() !== 0)('group: another group, with or without another user', async () => {
  expect((await host.call('cmd.run', ['id -un; id -gn'], { group: 'daemon' })).return).toBe('root\ndaemon');
  expect((await host.call('cmd.run', ['id -un; id -gn'], { runas: 'nobody', group: 'daemon' })).return).toBe('nobody\ndaemon');
  expect((await host.call('cmd.run', ['id'], { group: 'nosuch' })).return).toBe("ERROR: Group 'nosuch' is not available");
});

it.each<[string[], string[], string, boolean]>([
  [['ls *', 'uptime'], [], 'uptime', true],
  [['ls *', 'uptime'], [], 'ls /', true],
  [['ls *', 'uptime'], [], 'id', false],
  [[], ['rm *'], 'rm -rf /nowhere', false],
  [[], ['rm *'], 'true', true],
  [['*'], ['rm *'], 'rm x', false],
])('cmd_whitelist_glob %j, cmd_blacklist_glob %j: %s', async (whitelist, blacklist, cmd, may) => {
  const strict = createHost({ commands: { whitelist, blacklist } });
  const { return: text } = await strict.call('cmd.run', [cmd]);
  const words = await strict.call('cmd.run', [cmd.split(' ')], { python_shell: false });
  strict.close();
  const refused = `ERROR: The shell command "${cmd}" is not permitted`;
  expect([text === refused, words.return === refused]).toEqual([!may, !may]);
});

describe('cmd.script', () => {
  it('fetches from the bundle, gives arguments, leaves nothing behind', async () => {
    const result = await host.call('cmd.script', ['salt://scripts/hello.sh'], { args: "'a b' c 4" });
    expect(toPlain(result.return)).toMatchObject({ stdout: 'hello a b c', retcode: 4 });
    expect(result.retcode).toBe(4);
    const where = await host.call('cmd.script', ['salt://scripts/hello.sh'], { args: ['$0'] });
    expect(toPlain(where.return)).toMatchObject({ stdout: 'hello $0' });
  });
  it('takes a file of the host, and a template', async () => {
    const path = join(host.workDir, 'greet.sh');
    writeFileSync(path, '#!/bin/sh\necho {{ grains.id }} $0\n');
    const result = await host.call('cmd.script', [path], { template: 'jinja' });
    const [id, ran = ''] = String((result.return as Dict).get('stdout')).split(' ');
    expect(id).toBe('web1');
    expect(ran).toMatch(/\.sh$/);
    expect(existsSync(ran)).toBe(false);
  });
  it.each(['/nonexistent', 'salt://nosuch.sh'])('%s is a cache error, and the job has failed', async (source) => {
    const result = await host.call('cmd.script', [source]);
    expect(toPlain(result.return)).toEqual({ pid: 0, retcode: 1, stdout: '', stderr: '', cache_error: true });
    expect(result.retcode).toBe(1);
  });
  it('fetches nothing over the network', async () => {
    expect((await host.call('cmd.script', ['http://example.invalid/x.sh'])).return).toBe(
      "ERROR executing 'cmd.script': cmd.script takes salt://… or a path of this host",
    );
  });
});

it('megabytes of output come whole, bytes that are no text as marks', async () => {
  const big = await host.call('cmd.run', ['head -c 5000000 /dev/zero | tr "\\0" x']);
  expect((big.return as string).length).toBe(5_000_000);
  const noise = await host.call('cmd.run_stdout', ['head -c 200000 /dev/urandom']);
  expect((noise.return as string).isWellFormed()).toBe(true);
});

it('what a child of an earlier agent left is the return', async () => {
  const left = { pid: 7, code: 3, timedOut: false, unread: 0, stdout: Buffer.from('left\n'), stderr: Buffer.from('') };
  const result = await host.call('cmd.run', ['rm -rf /nowhere'], {}, { left });
  expect(result).toMatchObject({ return: 'left', retcode: 3 });
});

it('a directory that the user of a command cannot read is refused before anything runs', async () => {
  const path = join(host.dir, 'file');
  writeFileSync(path, '');
  mkdirSync(join(host.dir, 'sub'), { recursive: true });
  expect((await host.call('cmd.run', ['pwd'], { cwd: path })).return).toMatch(/either not absolute or does not exist/);
  expect((await host.call('cmd.run', ['pwd'], { cwd: 'sub' })).return).toMatch(/either not absolute or does not exist/);
});
