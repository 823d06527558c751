/** A watch of the bus: a temporary rule and queue, and a probe event that shows when it works. */
import { BrineError } from '../../core/errors.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { Tag } from '../../core/tag.ts';
import { Dict } from '../../core/value.ts';
import { fire } from '../fire.ts';
import { newUlid } from '../ulid.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

export async function watchAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'watch' }>,
): Promise<OperatorAnswer> {
  const { context, signer } = it;
  const { watches } = context.ports;
  permit(it, { power: '@events', about: request.glob ?? '*' });
  if (request.op === 'start') {
    await watches.sweep();
    const watch = newUlid(context);
    const queue = await watches.start(watch, request.glob ?? '*');
    const probe = `salt/brine/probe/${watch}`;
    await fire(context, {
      source: 'brine.operator',
      signer,
      events: [{ tag: probe as Tag, stamp: context.clock.now(), data: new Dict() }],
    });
    return { code: 'ok', text: 'watching when the probe has come', watch, queue, probe, roots: await context.ports.roots() };
  }
  if (request.watch === undefined) throw new BrineError({ code: 'input.schema', text: 'which watch?', where: { path: 'watch' } });
  if (request.op === 'renew') await watches.renew(request.watch);
  else await watches.stop(request.watch);
  return { code: 'ok', text: request.op === 'renew' ? 'goes on' : 'ended' };
}
