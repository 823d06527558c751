/** The functions' host: runs our functions for whoever invokes them, each with its own role's credentials; a new bundle is a new `create`. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { lambdaClient } from '../aws/clients.ts';
import { createPorts } from '../aws/ports.ts';
import { createReactorInvoker } from '../aws/reactor-invoker.ts';
import { FUNCTIONS, type FunctionName, stackParts } from '../aws/topology.ts';
import type { Stack } from '../core/ids.ts';
import { hexDigest } from '../core/job/files.ts';
import type { Clock } from '../core/ports.ts';
import type { Project } from '../core/reactor/reactions.ts';
import type { Create, FunctionContext, FunctionPorts, Handler, Log } from '../functions/context.ts';
import { create as dispatch } from '../functions/dispatch/dispatch.ts';
import { create as enroll } from '../functions/enroll/enroll.ts';
import { create as operator } from '../functions/operator/operator.ts';
import { create as reactor } from '../functions/reactor/reactor.ts';
import { create as recorder } from '../functions/recorder/recorder.ts';
import { create as runner } from '../functions/runner/runner.ts';

const CREATES: Readonly<Record<FunctionName, Create>> = { reactor, runner, recorder, enroll, operator, dispatch };

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface Next {
  readonly id: string;
  readonly payload: string;
  /** Milliseconds UTC at which Lambda gives the invocation up. */
  readonly deadline: number;
}

export interface HostOptions {
  readonly stack: Stack;
  readonly project: Project;
  readonly credentialsOf: (role: string) => Promise<RoleCredentials>;
  /** The runtime API: the next invocation of a function, and where its answer goes. */
  readonly next: (fn: string, signal: AbortSignal) => Promise<Next | null>;
  readonly answer: (id: string, outcome: { readonly ok: boolean; readonly payload: string }) => Promise<void>;
  readonly log: (part: FunctionName, ...fields: Parameters<Log>) => void;
  /** Time as the functions see it; a test moves it. */
  readonly clock?: Clock;
  /** Invocations of one function at a time. */
  readonly concurrency?: number;
}

export interface Host {
  replaceProject(project: Project): void;
  close(): Promise<void>;
}

export function createHost(options: HostOptions): Host {
  const { stack, log, concurrency = 8, clock = { now: Date.now } } = options;
  const { name, region } = stackParts(stack);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one for each waiting loop
  const handlers = new Map<FunctionName, Handler>();
  const ports = new Map<FunctionName, FunctionPorts>(
    FUNCTIONS.map((role) => {
      const credentials = refreshing(() => options.credentialsOf(`${name}-${role}`));
      const own = createPorts(stack, { credentials });
      if (role !== 'operator') return [role, own];
      return [role, { ...own, replay: createReactorInvoker(lambdaClient({ region, credentials }), `${name}-reactor`) }];
    }),
  );

  const build = (project: Project) => {
    for (const role of FUNCTIONS) {
      const context: FunctionContext = {
        stack,
        project,
        file: (digest) => readSource(project, digest),
        ports: ports.get(role) as FunctionPorts,
        clock,
        random: { bytes: (count) => randomBytes(count) },
        log: (message, fields) => log(role, message, fields),
        anonymousOperators: project.settings.anonymous_operators,
      };
      handlers.set(role, CREATES[role](context));
    }
  };
  build(options.project);

  const serve = async (role: FunctionName): Promise<void> => {
    while (!stop.signal.aborted) {
      const invocation = await options.next(`${name}-${role}`, stop.signal);
      if (!invocation) continue;
      try {
        const result = await within(invocation, (handlers.get(role) as Handler)(JSON.parse(invocation.payload)));
        await options.answer(invocation.id, { ok: true, payload: JSON.stringify(result ?? null) });
      } catch (error) {
        const {
          name: errorType,
          message: errorMessage,
          stack: trace,
        } = error instanceof Error ? error : new Error(String(error));
        log(role, 'function_failed', { error: trace });
        await options.answer(invocation.id, { ok: false, payload: JSON.stringify({ errorType, errorMessage }) });
      }
    }
  };
  const loops = FUNCTIONS.flatMap((role) => Array.from({ length: concurrency }, () => serve(role)));
  return {
    replaceProject: build,
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

/** Lambda has given up what is not answered by then; this loop goes on with the next. */
async function within<T>({ deadline }: Next, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the function took longer than it may')), deadline - Date.now());
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** What lies in the project's directory now may be another file than the one that was read: then there is none. */
function readSource({ sources }: Project, digest: string): Uint8Array | null {
  const path = sources?.get(digest);
  const bytes = path !== undefined && existsSync(path) ? readFileSync(path) : null;
  return bytes && hexDigest(bytes) === digest ? bytes : null;
}

/** Credentials that are asked for again five minutes before their end. */
function refreshing(ask: () => Promise<RoleCredentials>): () => Promise<RoleCredentials> {
  let current: Promise<RoleCredentials> | null = null;
  return async () => {
    const known = await current?.catch(() => null);
    if (known && known.expiration.getTime() - Date.now() > 300_000) return known;
    current = ask();
    return current;
  };
}
