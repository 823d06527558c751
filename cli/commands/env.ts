/** `brine env`: the variables with which `aws`, SDKs and `cdk` reach the embedded AWS. */
import { locateSystem } from '../../client/locate.ts';
import { credentialsOf } from '../../client/signed-fetch.ts';
import { EXIT, type Run } from '../command.ts';

export const run: Run = async (context, _args, options) => {
  const system = locateSystem({ env: context.env, cwd: context.cwd, stack: options.stack as string | undefined });
  const credentials = await credentialsOf(system);
  const variables: Record<string, string | undefined> = {
    AWS_ENDPOINT_URL: system.endpoint,
    AWS_REGION: system.region,
    AWS_DEFAULT_REGION: system.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    BRINE_STACK: system.stack,
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined) context.stdout.write(`export ${name}=${quote(value)}\n`);
  }
  return EXIT.ok;
};

/** In single quotes, as every POSIX shell reads it. */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
