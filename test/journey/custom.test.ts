/** Custom modules, custom grains and scripts of a project, on the whole way: bundle → signed job → asked for over the link → run in a process of their own. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOperator } from '../../client/operator.ts';
import { jobAnswers, sendJob } from '../../client/run-job.ts';
import { parseMinionId } from '../../core/ids.ts';
import { newUlid } from '../../core/ulid.ts';
import { type Dict, fromPlain, toPlain, type Value } from '../../core/value.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { eventually } from '../support/eventually.ts';

let home: string;
let dev: Dev;
const lines: { part: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
/** More than two pieces of the link, and no text. */
const BLOB = Buffer.concat([
  Buffer.from('#!/bin/sh\nsize=$(wc -c <"$0"); echo "$size $1"; exit 0\n'),
  Buffer.alloc(300_000, 0xff),
]);

const files: Readonly<Record<string, string | Buffer>> = {
  'reactor.conf': "reactor:\n  - 'go':\n    - /srv/reactor/go.sls\n",
  'srv/reactor/go.sls': 'go:\n  local.backup.status:\n    - tgt: web1\n    - arg: [nightly]\n',
  'srv/salt/scripts/hello.sh': '#!/bin/sh\necho "hello $1"\n',
  'srv/salt/scripts/big': BLOB,
  'srv/salt/_modules/lib/age.ts': 'export const days = (name: string): number => name.length;\n',
  'srv/salt/_modules/backup.ts': `import { days } from './lib/age.ts';
interface Given { readonly set: string; readonly deep: boolean }
interface Context { readonly id: string; readonly grains: Record<string, unknown>; setRetcode(code: number): void }
export const status = {
  doc: 'How old the last backup of a set is.',
  example: 'nightly',
  parameters: [{ name: 'set', type: 'string' }, { name: 'deep', type: 'boolean', default: false }],
  run: ({ set, deep }: Given, { id, grains }: Context) => {
    console.log('noise on standard output');
    return { set, deep, days: days(set), id, os: grains.os };
  },
};
export const env = () => Object.keys(process.env).sort();
export const fails = { doc: 'x', parameters: [], run: (_: object, it: Context) => { it.setRetcode(3); return 'not good'; } };
export const plain = (a: number, b: number, more: object) => [a, b, more];
export const throws = () => { throw new RangeError('no such set'); };
export const late = () => { setTimeout(() => { throw new Error('too late'); }, 5); return new Promise(() => {}); };
export const hangs = () => new Promise((done) => setTimeout(done, 60_000));
export const floods = () => { for (;;) process.stderr.write('x'.repeat(1_000_000)); };
export const circle = () => { const a: unknown[] = []; a.push(a); return a; };
export const nothing = () => undefined;
export const func = () => ({ a: () => 1 });
export const exits = () => process.exit(7);
`,
  'srv/salt/_modules/broken.mjs': "import 'nowhere-at-all';\n",
  'srv/salt/_modules/check.sh':
    '#!/bin/sh\n# Looks after a thing.\n#\n# Give it a name.\nread line; echo "{\\"words\\": \\"$*\\", \\"id\\": \\"${#line}\\"}"\n',
  'srv/salt/_modules/vol/usage': '#!/bin/sh\necho "no json here: $1"\n',
  'srv/salt/_modules/vol/bytes.sh': "#!/bin/sh\nprintf '\\377\\376'\n",
  'srv/salt/_modules/vol/bad.sh': '#!/bin/sh\necho half; echo why >&2; exit 4\n',
  // The example's own, on a host whose Salt is this.
  'srv/salt/_modules/state/apply': readFileSync(
    join(import.meta.dirname, '../../examples/autoscale/srv/salt/_modules/state/apply'),
    'utf8',
  ),
  'bin/salt-call': '#!/bin/sh\necho "{\\"local\\": {\\"words\\": \\"$*\\"}}"; echo why >&2; exit 2\n',
  'srv/salt/_modules/README.md': 'no module\n',
  'srv/salt/_grains/rack.sh': '#!/bin/sh\necho "rack: 12"\n',
  'srv/salt/_grains/broken.sh': '#!/bin/sh\necho why >&2; exit 1\n',
  'srv/salt/_grains/more.mjs': 'export const role = () => ({ roles: ["web"] });\n',
};

function lay(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'brine-custom-'));
  for (const [path, content] of Object.entries(files)) lay(path, content);
  chmodSync(join(home, 'bin/salt-call'), 0o755);
  process.env.PATH = `${join(home, 'bin')}:${process.env.PATH}`;
  const { project, problems } = loadProject(home);
  expect(problems.map(({ code, where }) => [code, where?.line])).toEqual([['project.module', 1]]);
  dev = await startDev({
    project,
    minions: [{ id: parseMinionId('web1'), grains: { os: 'CentOS' } }],
    dir: join(home, '.brine'),
    dataDir: null,
    credentials: { accessKeyId: 'AKIACUSTOM', secretAccessKey: 'custom' },
    log: (part, message, fields) => lines.push({ part, message, fields }),
  });
  await eventually(
    () => [...dev.agents.values()][0]?.state(),
    (state) => state === 'accepted',
  );
}, 60_000);

afterAll(async () => {
  await dev.close();
  rmSync(home, { recursive: true });
});

interface Options {
  readonly timeout?: number;
  /** A grain target instead of the id. */
  readonly grain?: string;
}

async function run(fun: string, arg: readonly unknown[] = [], kwarg: object = {}, { timeout, grain }: Options = {}) {
  const { endpoint, region, credentials } = dev.aws;
  const operator = createOperator({ endpoint, region, credentials, where: 'here', stack: dev.stack } as never);
  const request = {
    request: newUlid(Date.now(), crypto.getRandomValues(new Uint8Array(16))),
    tgt: grain ?? 'web1',
    tgt_type: grain === undefined ? ('glob' as const) : ('grain' as const),
    fun,
    arg: fromPlain(arg) as Value[],
    kwarg: fromPlain(kwarg) as Dict,
    ...(timeout !== undefined && { timeout }),
  };
  const job = await sendJob(operator, request);
  for await (const { load } of jobAnswers(operator, job, { signal: AbortSignal.timeout(30_000) } as never))
    return {
      value: toPlain(load.get('return') ?? null) as never,
      retcode: Number(load.get('retcode')),
      ...(load.get('out') === 'highstate' && { out: 'highstate' }),
    };
  throw new Error('no answer');
}

const state = () => join(home, '.brine/minions/web1/state');

it('a TypeScript module with what it imports, its schema, defaults and grains', async () => {
  expect(await run('backup.status', ['nightly'])).toEqual({
    value: { set: 'nightly', deep: false, days: 7, id: 'web1', os: 'CentOS' },
    retcode: 0,
  });
  expect((await run('backup.status', [], { set: 'a', deep: 'yes' })).value).toMatchObject({ set: 'a', deep: true });
  const noise = lines.filter(({ message }) => message === 'module_printed').map(({ fields }) => fields.text);
  expect(noise).toContain('noise on standard output');
});

const calls: readonly (readonly [string, readonly unknown[], object, unknown, number])[] = [
  ['backup.plain', [1, 2], { c: 3 }, [1, 2, { c: 3 }], 0],
  ['backup.nothing', [], {}, null, 0],
  ['backup.fails', [], {}, 'not good', 3],
  ['backup.throws', [], {}, /^The minion function caused an exception: RangeError: no such set\n {4}at .*backup\.mjs:\d+/, 1],
  ['backup.late', [], {}, /^ERROR: backup\.late ended with exit status 1\n[\s\S]*too late/, 1],
  ['backup.exits', [], {}, /^ERROR: backup\.exits ended with exit status 7/, 1],
  ['backup.circle', [], {}, /^The minion function caused an exception: TypeError: Converting circular structure to JSON/, 1],
  ['backup.func', [], {}, /TypeError: a function has no form in JSON/, 1],
  ['backup.nope', [], {}, "'backup.nope' is not available.", 1],
  [
    'backup.status',
    [],
    {},
    /^Passed invalid arguments to backup.status: status\(\) missing 1 required positional argument: 'set'/,
    1,
  ],
  ['backup.status', ['a'], { x: 1 }, /The following keyword arguments are not valid: x=1/, 1],
  ['backup.status', ['a', 'perhaps'], {}, /deep: expected True or False, found 'perhaps'/, 1],
  ['broken.any', [], {}, /^'broken.any' is not available/, 1],
  ['check.run', ['a b', 7], { k: 'v' }, { words: 'a b 7 k=v', id: expect.stringMatching(/^\d+$/) }, 0],
  ['vol.usage', ['/'], {}, 'no json here: /', 0],
  ['vol.bytes', [], {}, '\ufffd\ufffd', 0],
  ['vol.bad', [], {}, 'half\nwhy', 4],
];

it('functions of modules, what they give and how they fail', async () => {
  const answers = await Promise.all(calls.map(([fun, arg, kwarg]) => run(fun, arg, kwarg)));
  for (const [i, [fun, arg, , expected, retcode]] of calls.entries()) {
    const answer = answers[i] as (typeof answers)[number];
    const said = `${fun} ${JSON.stringify(arg)}`;
    if (expected instanceof RegExp) expect(answer.value, said).toMatch(expected);
    else expect(answer.value, said).toEqual(expected);
    expect(answer.retcode, said).toBe(retcode);
  }
});

it('state.apply of the example asks the Salt of its host; a return in JSON stays one when its exit status is another', async () => {
  expect(await run('state.apply', ['web'], { test: true })).toEqual({
    value: { words: '--local --retcode-passthrough --log-level=error --out=json --out-indent=-1 state.apply web test=True' },
    retcode: 2,
    out: 'highstate',
  });
});

it('the environment of a module is clean', async () => {
  const { value } = await run('backup.env');
  expect(['BRINE_CAUSE', 'BRINE_SOCKET', 'HOME', 'LANG', 'PATH', 'PWD', 'TZ']).toEqual(expect.arrayContaining(value));
});

it('a module that hangs is ended with everything that it started, one that floods the disk too', async () => {
  const [hung, flooded] = await Promise.all([run('backup.hangs', [], {}, { timeout: 1 }), run('backup.floods')]);
  expect(hung).toEqual({ value: 'ERROR: backup.hangs did not end within 1 seconds', retcode: 1 });
  expect(flooded).toEqual({ value: 'ERROR: backup.floods printed more than 16 MB and was ended', retcode: 1 });
});

it('saltutil.running shows a function that runs, kill_job ends it', async () => {
  const hanging = run('backup.hangs');
  const jobs = await eventually(
    async () => (await run('saltutil.running')).value as { jid: string; fun: string }[],
    (running) => running.some(({ fun }) => fun === 'backup.hangs'),
  );
  const { jid } = jobs.find(({ fun }) => fun === 'backup.hangs') as { jid: string };
  await eventually(
    () => run('saltutil.kill_job', [jid]).then(({ value }) => String(value)),
    (said) => /^Signal 9 sent to job/.test(said),
  );
  expect(await hanging).toEqual({
    value: expect.stringMatching(/^ERROR: backup\.hangs was ended by signal 9|The job was ended by SIGKILL/),
    retcode: 1,
  });
});

it('cmd.script salt://…: a script that no reaction names, and one of several pieces that is no text', async () => {
  expect((await run('cmd.script', ['salt://scripts/hello.sh'], { args: 'there' })).value).toMatchObject({
    stdout: 'hello there',
  });
  expect((await run('cmd.script', ['salt://scripts/big'], { args: 'bytes' })).value).toMatchObject({
    stdout: `${BLOB.length} bytes`,
  });
  expect(await run('cmd.script', ['salt://scripts/nowhere.sh'])).toMatchObject({ value: { cache_error: true }, retcode: 1 });
});

it('saltutil.sync_modules and sync_all say what changed; sys.doc and sys.list_functions know it', async () => {
  const { value } = await run('saltutil.sync_modules');
  expect(value).toEqual(expect.arrayContaining([]));
  expect((await run('saltutil.sync_modules')).value).toEqual([]);
  expect((await run('sys.list_functions', ['backup', 'vol', 'check'])).value).toEqual(
    expect.arrayContaining(['backup.status', 'check.run', 'vol.bad', 'vol.bytes', 'vol.usage']),
  );
  const doc = (await run('sys.doc', ['backup.status', 'check.run'])).value as Record<string, string>;
  expect(doc['backup.status']).toContain(
    "How old the last backup of a set is.\n\n    CLI Example:\n\n        brine run '*' backup.status nightly",
  );
  expect(doc['check.run']).toContain('Looks after a thing.\n\n    Give it a name.');
});

it('custom grains are read when they are synced; one that fails is told, and the others count', async () => {
  expect((await run('saltutil.sync_grains')).value).toEqual(['grains.broken', 'grains.more', 'grains.rack']);
  expect((await run('grains.item', ['rack', 'roles'])).value).toEqual({ rack: 12, roles: ['web'] });
  // The platform has them too, without a restart: a target by grain finds the host.
  const found = await eventually(
    () => run('test.ping', [], {}, { grain: 'rack:12' }).catch(() => null),
    (answer) => answer !== null,
  );
  expect(found?.value).toBe(true);
  expect(lines.find(({ message }) => message === 'grains_failed')?.fields).toEqual({
    source: 'broken.sh',
    error: 'it ended with 1: why',
  });
});

it('a changed project changes what runs, and takes away what is gone', async () => {
  lay('srv/salt/_modules/backup.ts', 'export const status = () => "new";\n');
  rmSync(join(home, 'srv/salt/_modules/vol'), { recursive: true });
  await dev.replaceProject(loadProject(home).project);
  expect((await run('backup.status')).value).toBe('new');
  expect((await run('saltutil.sync_all')).value).toEqual({ grains: [], modules: ['modules.vol'] });
  expect((await run('vol.usage')).value).toBe("'vol.usage' is not available.");
  expect(existsSync(join(state(), 'custom/_modules/vol/usage'))).toBe(false);
});

it('a file that is no longer the one on disk is asked for anew, and never believed', async () => {
  const kept = join(state(), 'files');
  for (const name of readdirSync(kept)) writeFileSync(join(kept, name), 'something else');
  expect((await run('cmd.script', ['salt://scripts/hello.sh'], { args: 'again' })).value).toMatchObject({
    stdout: 'hello again',
  });
  expect(readFileSync(join(kept, readdirSync(kept).sort()[0] as string)).length).toBeGreaterThan(0);
});
