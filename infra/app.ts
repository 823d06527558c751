/** `cdk synth`, `cdk deploy`: a project directory → the stack. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { topologyOf } from '../aws/topology.ts';
import { formatProblem } from '../core/errors.ts';
import { parseStack } from '../core/ids.ts';
import { loadProject } from '../project/load.ts';
import { bundleFunctions } from './bundle.ts';
import { BrineStack } from './stack.ts';

export function synthesize(outdir?: string): void {
  const app = new App(outdir === undefined ? {} : { outdir });
  const dir = resolve(import.meta.dirname, '..', String(app.node.tryGetContext('project') ?? 'examples/seed'));
  const { project, problems } = loadProject(dir);
  if (problems.length > 0) throw new Error(`the project is not deployed:\n${problems.map(formatProblem).join('\n')}`);
  const account = process.env.CDK_DEFAULT_ACCOUNT || String(app.node.tryGetContext('account') ?? '000000000000');
  const region = process.env.CDK_DEFAULT_REGION || String(app.node.tryGetContext('region') ?? 'us-east-1');
  const name = String(app.node.tryGetContext('name') ?? 'brine');
  const topology = topologyOf(parseStack(`${account}/${region}/${name}`));
  const code = bundleFunctions(
    topology.functions.map((fn) => fn.role),
    project,
  );
  try {
    new BrineStack(app, name, { topology, project, code: code.folders, env: { account, region } });
    app.synth();
  } finally {
    // The assembly holds its own copy.
    rmSync(code.dir, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) synthesize(process.env.CDK_OUTDIR);
