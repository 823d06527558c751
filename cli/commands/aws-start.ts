/** `brine aws start`: the embedded AWS and the functions as a process of their own, deployed for one project. */
import { join, resolve } from 'node:path';
import { formatProblem } from '../../core/errors.ts';
import { parseStack, type Stack } from '../../core/ids.ts';
import { type Aws, startAws } from '../../local/aws.ts';
import { deploy } from '../../local/deploy.ts';
import { keptCredentials } from '../../local/dev.ts';
import { startHostChild } from '../../local/host-child.ts';
import { RuntimeApi } from '../../local/lambda/runtime-api.ts';
import { loadProject } from '../../project/load.ts';
import { parseAwsFlags } from '../aws-flags.ts';
import { EXIT, type Run } from '../command.ts';
import { devLog } from '../dev-log.ts';

export const run: Run = async (context, _args, options) => {
  const { project, problems } = loadProject(resolve(context.cwd, (options.project as string | undefined) ?? '.'));
  if (problems.length > 0) {
    for (const problem of problems) context.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.failed;
  }
  const flags = parseAwsFlags(options);
  const dataDir = typeof options.data === 'string' ? resolve(context.cwd, options.data) : null;
  const credentials = keptCredentials(dataDir);
  let api: RuntimeApi | null = null;
  const aws = await startAws({
    port: 4566,
    ...flags,
    dir: dataDir && join(dataDir, 'aws'),
    credentials,
    unsigned: (services) => {
      api = new RuntimeApi(services);
      return [api];
    },
  });
  try {
    process.env.AWS_ENDPOINT_URL = aws.endpoint;
    const stack = parseStack(`${aws.account}/${aws.region}/brine`);
    await deploy({ stack, project, credentials, access: aws.services.iam.access });
    const host = await startHostChild(aws, api as unknown as RuntimeApi, { stack, project, log: devLog(context) });
    context.stdout.write(exportsOf(aws, stack));
    context.stderr.write('ready\n');
    await new Promise<void>((done) =>
      context.signal.aborted ? done() : context.signal.addEventListener('abort', () => done(), { once: true }),
    );
    await host.close();
    return EXIT.ok;
  } finally {
    await aws.close();
  }
};

function exportsOf({ endpoint, region, credentials }: Aws, stack: Stack): string {
  const variables = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BRINE_STACK: stack,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}
