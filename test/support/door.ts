/** A running system with people in it: roles of its IAM, sessions from its STS, and the operator function's own URL. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { stsClient } from '../../aws/clients.ts';
import { operatorAccess } from '../../aws/roles.ts';
import { roleArn, stackParts } from '../../aws/topology.ts';
import type { Credentials, System } from '../../client/locate.ts';
import { type Answer, createOperator, type Operator } from '../../client/operator.ts';
import { parseMinionId } from '../../core/ids.ts';
import { startDev } from '../../local/dev.ts';
import { loadProject } from '../../project/load.ts';
import { eventually } from './eventually.ts';

export type Door = Awaited<ReturnType<typeof startDoor>>;

export interface DoorOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly minions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export async function startDoor({ files, minions }: DoorOptions) {
  const home = mkdtempSync(join(tmpdir(), 'brine-door-'));
  for (const [path, text] of Object.entries({ 'reactor.conf': 'reactor: []\n', ...files })) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const loaded = loadProject(home);
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems));
  const lines: { part: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const dev = await startDev({
    project: loaded.project,
    minions: Object.entries(minions).map(([id, grains]) => ({ id: parseMinionId(id), grains })),
    dir: join(home, '.brine'),
    dataDir: null,
    credentials: { accessKeyId: 'AKIADOOR', secretAccessKey: 'door' },
    log: (part, message, fields) => lines.push({ part, message, fields }),
  });
  await Promise.all(
    [...dev.agents.values()].map((agent) =>
      eventually(
        () => agent.state(),
        (now) => now === 'accepted',
      ),
    ),
  );
  const parts = stackParts(dev.stack);
  const system = (credentials: Credentials): System => ({
    stack: dev.stack,
    region: parts.region,
    endpoint: dev.aws.endpoint,
    credentials,
    where: dev.aws.endpoint,
  });
  const root = system(dev.aws.credentials);

  /** A role whose policy is what Brine makes for people, unless said. */
  const addRole = (role: string, statements: readonly unknown[] = operatorAccess(parts)) => {
    dev.aws.services.iam.access.roles.set(role, {
      trust: JSON.stringify({
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${parts.account}:root` }, Action: 'sts:AssumeRole' }],
      }),
      policies: new Map([['people', JSON.stringify({ Version: '2012-10-17', Statement: statements })]]),
    });
  };
  const assume = async (role: string, session: string): Promise<Credentials> => {
    const sts = stsClient({ region: parts.region, credentials: dev.aws.credentials });
    const { Credentials: made } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn(parts, role), RoleSessionName: session, DurationSeconds: 900 }),
    );
    sts.destroy();
    return {
      accessKeyId: made?.AccessKeyId ?? '',
      secretAccessKey: made?.SecretAccessKey ?? '',
      sessionToken: made?.SessionToken ?? '',
    };
  };
  const known = new Map<string, Promise<Operator>>();
  /** `role/session` → the operator function as that person calls it; `root` for the account's root. */
  const as = (who: string): Promise<Operator> => {
    const [role = '', session = 'me'] = who.split('/');
    const made =
      known.get(who) ??
      (who === 'root'
        ? Promise.resolve(createOperator(root))
        : assume(role, session).then((credentials) => createOperator(system(credentials))));
    known.set(who, made);
    return made;
  };
  return {
    dev,
    parts,
    home,
    lines,
    root,
    system,
    addRole,
    assume,
    as,
    call: async (who: string, request: Parameters<Operator['call']>[0]): Promise<Answer> => (await as(who)).call(request),
    close: async () => {
      await dev.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
