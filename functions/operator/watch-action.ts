/** A watch of the bus: a temporary rule and queue, and a probe event that shows when it works. */
import { BrineError } from '../../core/errors.ts';
import { parseMinionId } from '../../core/ids.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { Tag } from '../../core/tag.ts';
import { newUlid } from '../../core/ulid.ts';
import { Dict } from '../../core/value.ts';
import { fire } from '../fire.ts';
import { permit, permitAny } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

type Request = Extract<OperatorRequest, { action: 'watch' }>;

export async function watchAction(it: ActionContext, request: Request): Promise<OperatorAnswer> {
  const { watches } = it.context.ports;
  if (request.op === 'start') return start(it, request.glob ?? '*');
  // Whoever knows the name of a watch was given it when it began.
  permitAny(it, '@events');
  switch (request.op) {
    case 'key':
      return key(it, request);
    case 'probe':
      await probe(it, named(request));
      return { code: 'ok', text: 'the probe was fired' };
    case 'renew':
      await watches.renew(named(request));
      return { code: 'ok', text: 'goes on' };
    case 'stop':
      await watches.stop(named(request));
      return { code: 'ok', text: 'ended' };
  }
}

async function start(it: ActionContext, glob: string): Promise<OperatorAnswer> {
  const { context } = it;
  permit(it, { watch: glob });
  const swept = await context.ports.watches.sweep();
  if (swept.length > 0) context.log('swept', { watches: swept });
  const watch = newUlid(context.clock.now(), context.random.bytes(10));
  const queue = await context.ports.watches.start(watch, glob);
  const tag = await probe(it, watch);
  const roots = await context.ports.roots();
  return { code: 'ok', text: 'watching when the probe has come', watch, queue, probe: tag, roots, stack: context.stack };
}

async function probe({ context, signer }: ActionContext, watch: string): Promise<string> {
  const tag = `salt/brine/probe/${watch}` as Tag;
  const event = { tag, stamp: context.clock.now(), data: new Dict() };
  await fire(context, { source: 'brine.operator', signer, events: [event] });
  return tag;
}

async function key({ context }: ActionContext, request: Request): Promise<OperatorAnswer> {
  const record = await context.ports.registry.minion(parseMinionId(request.id));
  return { code: 'ok', text: 'the accepted key', key: record?.state === 'accepted' ? record.key : null };
}

function named({ watch }: Request): string {
  if (watch !== undefined) return watch;
  throw new BrineError({ code: 'input.schema', text: 'which watch?', where: { path: 'watch' } });
}
