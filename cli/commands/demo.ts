/** `npm start`: the tutorial's two reactions, all the way round, printed as they happen in the words of the design's table. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callMinion } from '../../client/control.ts';
import type { MinionId } from '../../core/ids.ts';
import { Dict, type Value } from '../../core/value.ts';
import { type Dev, startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { type CommandContext, EXIT, type Run } from '../command.ts';
import { createStory, type Story } from '../demo-story.ts';
import { claimDevDir, writeDevFile } from '../dev-file.ts';
import { parseMinionFlag } from '../minion-flag.ts';
import { devFileOf } from './dev.ts';

const MINIONS = ['mysql1:os=CentOS', 'web1:os=CentOS', 'db1:os=Debian'];
/** Seconds that all of it may take. */
const PATIENCE = 20;

export const run: Run = async (context, _args, options) => {
  const home = seedDir();
  const { project } = loadProject(home);
  const brine = await claimDevDir(context.cwd);
  const story = createStory(context, project);
  const minions = MINIONS.map(parseMinionFlag);
  litter(
    brine,
    minions.map((minion) => minion.id),
  );
  const dev = await startDev({ project, minions, dir: brine, dataDir: null, log: story.log });
  const file = writeDevFile(brine, devFileOf(dev));
  try {
    story.ready(
      dev.aws.endpoint,
      minions.map((minion) => minion.id),
      process.uptime(),
    );
    const failed = await tell(context, dev, story);
    if (failed === null && !readdirSync(join(brine, 'minions', 'mysql1', 'work', 'tmp')).length) story.clean();
    if (failed !== null) context.stderr.write(`the demo failed at: ${failed}\n`);
    const once = options.once === true || context.stdout.isTTY !== true;
    if (once) return failed === null ? EXIT.ok : EXIT.failed;
    story.next();
    await new Promise<void>((done) =>
      context.signal.aborted ? done() : context.signal.addEventListener('abort', () => done(), { once: true }),
    );
    return failed === null ? EXIT.ok : EXIT.failed;
  } finally {
    file.remove();
    await dev.close();
  }
};

/** Something for the tutorial's `rm -rf ./tmp/*` to clean, in the demo minions' own directories. */
function litter(brine: string, ids: readonly string[]): void {
  for (const id of ids) {
    const tmp = join(brine, 'minions', id, 'work', 'tmp');
    mkdirSync(tmp, { recursive: true });
    writeFileSync(join(tmp, 'leftover'), 'for the demo to remove\n');
  }
}

/** Fires both events and waits for what has to come; resolves to the step that failed, or null. */
async function tell(context: CommandContext, dev: Dev, story: Story): Promise<string | null> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE * 1000)]);
  if (!(await story.until((seen) => seen.accepted >= MINIONS.length, signal))) return 'hello: not every minion was accepted';
  const fire = (tag: string, data: Value) => {
    const agent = dev.agents.get('mysql1' as MinionId);
    return agent
      ? callMinion(agent.socket, { fun: 'event.fire_master', arg: [data, tag], kwarg: new Dict() })
      : Promise.reject(new Error('no mysql1'));
  };
  story.fire('mysql1', 'testtag', '{id: mysql1}');
  await fire('testtag', Dict.of({ id: 'mysql1' }));
  if (!(await story.until((seen) => seen.planned.has('testtag'), signal))) return 'steps 7–11: testtag was not planned';
  if (!(await story.until((seen) => seen.returns >= 2, signal))) return 'steps 12–15: the returns of testtag did not come';
  story.fire('mysql1', 'test1xtag', '{state: refresh}');
  await fire('test1xtag', Dict.of({ state: 'refresh' }));
  if (!(await story.until((seen) => seen.planned.has('test1xtag'), signal))) return 'steps 7–11: test1xtag was not planned';
  if (!(await story.until((seen) => seen.runners >= 1, signal))) return 'the runner did not answer';
  return null;
}

function seedDir(): string {
  const candidates = ['../../examples/seed', '../examples/seed', '../../../examples/seed'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return candidates.find((path) => existsSync(join(path, 'reactor.conf'))) ?? (candidates[0] as string);
}
