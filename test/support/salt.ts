/** Real Salt on this machine, where `BRINE_SALT_CALL` names its salt-call: what it answers to the same calls. Nothing else needs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const saltCall = process.env.BRINE_SALT_CALL;
export const whyNoSalt = 'BRINE_SALT_CALL names no salt-call: nothing is compared with real Salt';

export interface SaltMinion {
  /** Words as they are typed after `salt-call`. What fails is the text of its exception. */
  call(fun: string, words?: readonly string[]): Promise<unknown>;
  close(): void;
}

/** One process for all calls: each start of Salt takes seconds. */
const CALLER = `
import json, logging, sys
import salt.client, salt.config, salt.utils.args
logging.disable(logging.CRITICAL)
opts = dict(salt.config.minion_config(sys.argv[1]), file_client="local")
caller = salt.client.Caller(sys.argv[1], mopts=opts)
for line in sys.stdin:
    fun, words = json.loads(line)
    args, kwargs = salt.utils.args.parse_input(words, condition=False)
    try:
        answer = caller.cmd(fun, *args, **kwargs)
    except Exception as exc:
        answer = "%s: %s" % (type(exc).__name__, exc)
    print("brine-answer " + json.dumps(answer, default=repr), flush=True)
`;

/** A minion without a master, below a directory of its own. */
export function createSaltMinion(id: string): SaltMinion {
  const dir = mkdtempSync(join(tmpdir(), 'brine-salt-'));
  mkdirSync(join(dir, 'etc'));
  const settings = { id, file_client: 'local', root_dir: dir, cachedir: join(dir, 'cache'), pki_dir: join(dir, 'pki') };
  const more = { log_file: join(dir, 'log'), sock_dir: join(dir, 'run'), enable_fqdns_grains: false };
  writeFileSync(join(dir, 'etc/minion'), JSON.stringify({ ...settings, ...more }));
  writeFileSync(join(dir, 'caller.py'), CALLER);
  const python = join(dirname(saltCall as string), 'python');
  const child: ChildProcess = spawn(python, [join(dir, 'caller.py'), join(dir, 'etc/minion')], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    if (line.startsWith('brine-answer ')) waiting.shift()?.resolve(JSON.parse(line.slice('brine-answer '.length)));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`Salt ended with ${code}`));
  });
  return {
    call: (fun, words = []) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin?.write(`${JSON.stringify([fun, words])}\n`);
      }),
    close: () => {
      child.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
