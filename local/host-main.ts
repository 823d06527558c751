/** The functions' host as a process: takes invocations over the runtime API, as a container of Lambda does. Ends with whoever started it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseBundle } from '../core/bundle.ts';
import { BrineError } from '../core/errors.ts';
import { parseStack } from '../core/ids.ts';
import { createHost, type RoleCredentials } from './host.ts';

const { BRINE_STACK, AWS_LAMBDA_RUNTIME_API: api, BRINE_BUNDLE: bundle } = process.env;

function readProject() {
  const sources = JSON.parse(readFileSync(join(dirname(bundle ?? ''), 'sources.json'), 'utf8')) as [string, string][];
  return { ...parseBundle(readFileSync(bundle ?? '', 'utf8')), sources: new Map(sources) };
}

if (!api || !bundle)
  throw new BrineError({
    code: 'internal.assumption',
    text: 'the functions’ host is started by brine aws start, with AWS_LAMBDA_RUNTIME_API and BRINE_BUNDLE',
  });

const base = `http://${api}`;
const post = (path: string, body: string) => fetch(`${base}/${path}`, { method: 'POST', body });
const names = new Map<string, string>();

const host = createHost({
  stack: parseStack(BRINE_STACK),
  project: readProject(),
  credentialsOf: async (role) => {
    const found = (await (await fetch(`${base}/credentials/${role}`)).json()) as Omit<RoleCredentials, 'expiration'> & {
      expiration: string;
    };
    return { ...found, expiration: new Date(found.expiration) };
  },
  next: async (fn, signal) => {
    const response = await fetch(`${base}/${fn}/2018-06-01/runtime/invocation/next`, { signal }).catch(() => null);
    const id = response?.headers.get('lambda-runtime-aws-request-id');
    if (!response || !id) return null;
    names.set(id, fn);
    const deadline = Number(response.headers.get('lambda-runtime-deadline-ms'));
    return { id, payload: await response.text(), deadline };
  },
  answer: async (id, { ok, payload }) => {
    const path = `${names.get(id)}/2018-06-01/runtime/invocation/${id}/${ok ? 'response' : 'error'}`;
    names.delete(id);
    await post(path, payload).catch(() => {});
  },
  log: (part, message, fields) => void process.stderr.write(`${JSON.stringify({ part, message, ...fields })}\n`),
});

process.on('message', () => host.replaceProject(readProject()));
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // a terminal sends it to all; whoever started this one ends it
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
