/** What the operator's actions share. */
import type { Signer } from '../../core/ports.ts';
import type { FunctionContext } from '../context.ts';
import type { Caller } from './caller.ts';

export interface ActionContext {
  readonly context: FunctionContext;
  readonly signer: Signer;
  readonly caller: Caller;
}

/** `code` is `ok` or one of the closed list; `text` a sentence. */
export type OperatorAnswer = { readonly code: string; readonly text: string } & Readonly<Record<string, unknown>>;
