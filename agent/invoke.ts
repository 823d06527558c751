/** Step 13, in the middle: a function by its name → its return, with Salt's texts for what goes wrong (salt-semantics 5.2). */

import { parseArgs, parseKeyword, parseScalar, saltArgs } from '../core/args.ts';
import { BrineError } from '../core/errors.ts';
import type { JobBody, JobFile, JobHead } from '../core/job/job.ts';
import { encode } from '../core/json.ts';
import { Dict, fromPlain, type Value } from '../core/value.ts';
import type { Fault, Result } from './dispatch.ts';
import { bindArguments } from './modules/bind.ts';
import { docOf } from './modules/doc.ts';
import {
  ArgumentsError,
  type Bound,
  CommandExecutionError,
  CommandNotFoundError,
  InvocationError,
  type ModuleContext,
  type ModuleFunction,
  type ModuleTable,
} from './modules/module.ts';
import type { Redact } from './redact.ts';
import type { Ended } from './spawn.ts';

export interface Invoke {
  (head: JobHead, body: JobBody): Promise<Result>;
  /** For a child that an earlier agent started: its return, made from what it left. */
  ended(head: JobHead, body: JobBody, left: Ended): Promise<Result>;
  /** Ends a job that has no child to be sent a signal; false when it does not run. */
  end(jid: string, signal: string): boolean;
  /** A signal was sent to its command, so that its return may say why it ended. */
  told(jid: string, signal: string): void;
}

export interface InvokeOptions {
  readonly functions: ModuleTable;
  /** A context whose `spawn` answers with `left` instead of starting anything, when it is given. */
  readonly contextOf: (call: CallContext, left?: Ended) => ModuleContext;
  /** What must not leave the host is taken out of every return. */
  readonly redact?: Redact;
  /** Before a function is looked for: what its job brings of the project's own modules. */
  readonly prepare?: (fun: string, files: readonly JobFile[]) => Promise<void>;
}

export interface CallContext {
  readonly jid: string;
  readonly fun: string;
  readonly pub: Dict;
  readonly cause: readonly string[];
  readonly timeout: number | undefined;
  /** Of the project, as the signed job names them. */
  readonly files: readonly JobFile[];
  /** Of `brine call`, which brings nothing. */
  readonly local?: boolean;
  readonly setRetcode: (code: number) => void;
}

export function createInvoke(options: InvokeOptions): Invoke {
  const endings = new Map<string, (signal: string) => void>();
  const signals = new Map<string, string>();
  const ofJob = async (head: JobHead, body: JobBody, left?: Ended) => {
    const call: FunctionCall = {
      fun: head.fun,
      arg: body.arg,
      kwarg: body.kwarg,
      ...(body.literal_args && { literal: body.literal_args }),
      jid: head.jid,
      pub: pubOf(head, body),
      cause: [head.cause.root, head.uid],
      timeout: body.timeout,
      files: body.files ?? [],
    };
    const ended = new Promise<Result>((resolve) => {
      endings.set(head.jid, (signal) => resolve(failed(`The job was ended by ${signal}.`)));
    });
    try {
      return whyEnded(await Promise.race([callFunction(options, call, left), ended]), signals.get(head.jid));
    } finally {
      endings.delete(head.jid);
      signals.delete(head.jid);
    }
  };
  return Object.assign((head: JobHead, body: JobBody) => ofJob(head, body), {
    ended: (head: JobHead, body: JobBody, left: Ended) => ofJob(head, body, left),
    told: (jid: string, signal: string) => void (endings.has(jid) && signals.set(jid, signal)),
    end: (jid: string, signal: string) => {
      endings.get(jid)?.(signal);
      return endings.has(jid);
    },
  });
}

/** What a command had printed when somebody ended it is no whole return, and says so. */
function whyEnded(result: Result, signal: string | undefined): Result {
  if (signal === undefined || result.retcode === 0 || typeof result.return !== 'string') return result;
  return { ...result, return: [result.return, `The job was ended by ${signal}.`].filter((text) => text !== '').join('\n') };
}

/** Signals that end a process which does not care for them. */
export function isEnding(signal: string): boolean {
  return /^SIG(KILL|TERM|INT|HUP|QUIT|ABRT)$/.test(signal);
}

export interface FunctionCall {
  readonly fun: string;
  /** For `a.b,c.d`: one list for each function, keywords as its last member with `__kwarg__`. */
  readonly arg: readonly Value[];
  readonly kwarg: Dict;
  readonly literal?: JobBody['literal_args'];
  readonly jid: string;
  readonly pub: Dict;
  readonly cause: readonly string[];
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly files: readonly JobFile[];
  readonly local?: boolean;
}

/** Never throws: what a module does wrong is its return. */
export async function callFunction(options: InvokeOptions, call: FunctionCall, left?: Ended): Promise<Result> {
  const result = call.fun.includes(',') ? await callSeveral(options, call, left) : await callOne(options, call, left);
  const known = options.redact?.of([...call.arg, call.kwarg]);
  return known ? { ...result, return: known.value(result.return) } : result;
}

/** Salt's compound commands: one return, a mapping by function. */
async function callSeveral(options: InvokeOptions, call: FunctionCall, left?: Ended): Promise<Result> {
  if (left) return failed('The agent was stopped while these functions ran; not all of them may have run.');
  const returns = new Dict();
  let retcode = 0;
  for (const [i, fun] of call.fun.split(',').entries()) {
    const group = call.arg[i];
    const result = await callOne(options, { ...call, fun, ...splitKeywords(Array.isArray(group) ? group : []) });
    returns.set(fun, result.return);
    retcode ||= result.retcode;
  }
  return { return: returns, retcode, success: retcode === 0 };
}

function splitKeywords(group: readonly Value[]): { arg: readonly Value[]; kwarg: Dict } {
  const last = group.at(-1);
  if (!(last instanceof Dict && last.get('__kwarg__') === true)) return { arg: group, kwarg: new Dict() };
  const kwarg = last.copy();
  kwarg.delete('__kwarg__');
  return { arg: group.slice(0, -1), kwarg };
}

async function callOne(options: InvokeOptions, call: FunctionCall, left?: Ended): Promise<Result> {
  let spec: ModuleFunction | undefined;
  let bound: Bound;
  try {
    if (call.files.length > 0) await options.prepare?.(call.fun, call.files);
    spec = await options.functions.find(call.fun);
    if (!spec) return await unavailable(options, call.fun);
    bound = bindArguments(call.fun, spec, takeApart(call));
  } catch (error) {
    return failedWith(faultOf(error, call.fun, spec), call.fun);
  }
  try {
    let retcode = 0;
    const context = options.contextOf({ ...call, setRetcode: (code) => (retcode = code) }, left);
    const value = await inTime(call, spec.run(context, bound));
    if (typeof value !== 'string') encode(value); // What has no form in an event is an error of this job, not of the log
    const code = retcode || failedMapping(value);
    return { return: value, retcode: code, success: code === 0, ...(STATES.test(call.fun) && { out: 'highstate' }) };
  } catch (error) {
    return failedWith(faultOf(error, call.fun, spec), call.fun);
  }
}

/** Salt's `__outputter__` of `state`, which a host has by a module of the project's own. */
const STATES =
  /^state\.(apply|highstate|sls|sls_id|single|top|pkg|template|template_str|test|request|check_request|run_request)$/;

/** Salt's text; where other functions begin like it, their documentation beside it. */
async function unavailable({ functions }: InvokeOptions, fun: string): Promise<Result> {
  const message = `'${fun}' is not available.`;
  const close = fun === '' ? [] : [...(await functions.all())].filter(([name]) => name.startsWith(fun));
  if (close.length === 0) return { ...failed(message), fault: { kind: 'unavailable', message } };
  const docs = Dict.from(close.map(([name, spec]) => [name, docOf(name, spec, false)] as const));
  return { ...failed(message), return: docs.set(fun, message) };
}

function faultOf(error: unknown, fun: string, spec: ModuleFunction | undefined): Fault {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ArgumentsError) return { kind: 'arguments', message, ...(spec && { doc: docOf(fun, spec, true) }) };
  if (error instanceof InvocationError) return { kind: 'invocation', message };
  if (error instanceof CommandNotFoundError) return { kind: 'command', message };
  if (error instanceof CommandExecutionError || error instanceof BrineError) return { kind: 'execution', message };
  const name = error instanceof Error ? error.name : '';
  return { kind: 'exception', message: [name, message].filter((part) => part !== '').join(': ') };
}

function failedWith(fault: Fault, fun: string): Result {
  return { ...failed(textOf(fault, fun)), fault };
}

function textOf({ kind, message, doc }: Fault, fun: string): string {
  switch (kind) {
    case 'unavailable':
      return message;
    case 'arguments':
      return `Passed invalid arguments to ${fun}: ${message}\n${doc ?? ''}`;
    case 'invocation':
      return `ERROR executing '${fun}': ${message}`;
    case 'command':
      return `Command required for '${fun}' not found: ${message}`;
    case 'execution':
      return `ERROR: ${message}`;
    case 'exception':
      return `The minion function caused an exception: ${message}`;
  }
}

/** Seconds that a function gets beyond the job's own time, in which it may end its children by itself. */
const GRACE = 10;

async function inTime({ fun, timeout }: FunctionCall, running: Promise<Value> | Value): Promise<Value> {
  if (timeout === undefined || !(running instanceof Promise)) return running;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const text = `${fun} did not end within the ${timeout} seconds of its job`;
    timer = setTimeout(() => reject(new CommandExecutionError(text)), (timeout + GRACE) * 1000);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Salt's minion reads `key=value` out of text positionals. Out of what another host wrote no name is read, and no list or mapping. */
function takeApart({ arg, kwarg, literal = [] }: FunctionCall): { arg: readonly Value[]; kwarg: Dict } {
  const positional: Value[] = [];
  const named = new Dict();
  const from = new Map(literal);
  for (const [i, value] of arg.entries()) {
    const found = typeof value === 'string' ? parseKeyword(value) : undefined;
    const foreign = from.get(i);
    if (!found || (foreign ?? found[0].length + 1) < found[0].length + 1) positional.push(value);
    else if (foreign !== undefined) named.set(found[0], parseScalar(found[1]));
    else for (const [key, item] of parseArgs([value as string]).kwargs) named.set(key, item);
  }
  for (const [key, value] of kwarg) named.set(key, value);
  return { arg: positional, kwarg: named };
}

function failedMapping(value: Value): number {
  return value instanceof Dict && (value.get('result') === false || value.get('success') === false) ? 1 : 0;
}

function failed(text: string): Result {
  return { return: text, retcode: 1, success: false, out: 'nested', failed: true };
}

/** In Salt's order, with the three keys that 3008 added. */
function pubOf(head: JobHead, body: JobBody): Dict {
  return Dict.of({
    __pub_fun: head.fun.includes(',') ? head.fun.split(',') : head.fun,
    __pub_arg: saltArgs(body.arg, body.kwarg),
    __pub_tgt: fromPlain(body.target.tgt),
    __pub_jid: head.jid,
    __pub_ret: body.ret ?? '',
    __pub_tgt_type: body.target.tgt_type,
    __pub_user: head.user,
    __pub_resource_targets: [],
    __pub_pure_resource_target: false,
    __pub_minion_is_target: true,
  });
}
