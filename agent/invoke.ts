/** Step 13, in the middle: a function by its name → its return, with Salt's texts for what goes wrong (salt-semantics 5.2). */

import { parseArgs } from '../core/args.ts';
import type { JobBody, JobHead } from '../core/job/job.ts';
import { Dict, fromPlain, type Value } from '../core/value.ts';
import type { Result } from './dispatch.ts';
import {
  ArgumentsError,
  bindArguments,
  CommandExecutionError,
  InvocationError,
  type ModuleContext,
  type ModuleFunction,
} from './modules/module.ts';
import type { Ended } from './spawn.ts';

export interface Invoke {
  (head: JobHead, body: JobBody): Promise<Result>;
  /** For a child that an earlier agent started: its return, made from what it left. */
  ended(head: JobHead, body: JobBody, left: Ended): Promise<Result>;
}

export interface InvokeOptions {
  readonly functions: ReadonlyMap<string, ModuleFunction>;
  /** A context whose `spawn` answers with `left` instead of starting anything, when it is given. */
  readonly contextOf: (call: CallContext, left?: Ended) => ModuleContext;
}

export interface CallContext {
  readonly jid: string;
  readonly fun: string;
  readonly pub: Dict;
  readonly cause: readonly string[];
  readonly timeout: number | undefined;
  readonly setRetcode: (code: number) => void;
}

export function createInvoke({ functions, contextOf }: InvokeOptions): Invoke {
  const ofJob = (head: JobHead, body: JobBody, left?: Ended) =>
    callFunction(
      { functions, contextOf },
      {
        fun: head.fun,
        arg: body.arg,
        kwarg: body.kwarg,
        jid: head.jid,
        pub: pubOf(head, body),
        cause: [head.cause.root, head.uid],
        timeout: body.timeout,
      },
      left,
    );
  return Object.assign((head: JobHead, body: JobBody) => ofJob(head, body), {
    ended: (head: JobHead, body: JobBody, left: Ended) => ofJob(head, body, left),
  });
}

export interface FunctionCall {
  readonly fun: string;
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
  readonly jid: string;
  readonly pub: Dict;
  readonly cause: readonly string[];
  readonly timeout: number | undefined;
}

/** Never throws: what a module does wrong is its return. */
export async function callFunction({ functions, contextOf }: InvokeOptions, call: FunctionCall, left?: Ended): Promise<Result> {
  const spec = functions.get(call.fun);
  if (!spec) return failed(`'${call.fun}' is not available.`);
  let retcode = 0;
  const context = contextOf({ ...call, setRetcode: (code) => (retcode = code) }, left);
  try {
    const value = await spec.run(context, bindArguments(call.fun, spec, takeApart(call)));
    const code = retcode || failedMapping(value);
    return { return: value, retcode: code, success: code === 0 };
  } catch (error) {
    if (error instanceof ArgumentsError)
      return failed(`Passed invalid arguments to ${call.fun}: ${error.message}\n\n    ${spec.doc}\n`);
    if (error instanceof InvocationError) return failed(`ERROR executing '${call.fun}': ${error.message}`);
    if (error instanceof CommandExecutionError) return failed(`ERROR: ${error.message}`);
    return failed(`The minion function caused an exception: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Salt's minion reads `key=value` out of text positionals. */
function takeApart({ arg, kwarg }: FunctionCall): { arg: readonly Value[]; kwarg: Dict } {
  const positional: Value[] = [];
  const named = new Dict();
  for (const value of arg) {
    const found =
      typeof value === 'string' && /^[A-Za-z_]\w*=/.test(value) && !value.includes('\n') ? parseArgs([value]).kwargs : null;
    if (found) for (const [key, item] of found) named.set(key, item);
    else positional.push(value);
  }
  for (const [key, value] of kwarg) named.set(key, value);
  return { arg: positional, kwarg: named };
}

function failedMapping(value: Value): number {
  return value instanceof Dict && (value.get('result') === false || value.get('success') === false) ? 1 : 0;
}

function failed(text: string): Result {
  return { return: text, retcode: 1, success: false, out: 'nested' };
}

function pubOf(head: JobHead, body: JobBody): Dict {
  return Dict.of({
    __pub_fun: head.fun,
    __pub_arg: body.kwarg.size > 0 ? [...body.arg, body.kwarg.copy().set('__kwarg__', true)] : [...body.arg],
    __pub_jid: head.jid,
    __pub_tgt: fromPlain(body.target.tgt),
    __pub_tgt_type: body.target.tgt_type,
    __pub_ret: body.ret ?? '',
    __pub_user: head.user,
  });
}
