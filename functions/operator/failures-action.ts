/** Every dead-letter place, in words, with replay. */
import { BrineError } from '../../core/errors.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { ReceivedMessage } from '../../core/ports.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

/** Where failures end, and the queue that takes them back; null: nothing can, it is only kept to be read. */
const PLACES = ['reactor', 'runner', 'recorder', 'enroll', 'operator', 'dispatch', 'shards'] as const;
type Place = (typeof PLACES)[number];

interface Failure {
  readonly place: Place;
  readonly id: string;
  readonly text: string;
  readonly message: ReceivedMessage;
}

export async function failuresAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'failures' }>,
): Promise<OperatorAnswer> {
  permit(it, { power: '@jobs', about: 'failures' });
  const failures = (await Promise.all(PLACES.map((place) => read(it, place)))).flat();
  if (request.op === 'list') {
    return {
      code: 'ok',
      text: `${failures.length} failures`,
      failures: failures.map(({ place, id, text }) => ({ place, id, text })),
    };
  }
  const found = failures.find((failure) => failure.id === request.id);
  if (!found)
    throw new BrineError({ code: 'operator.refused', text: `there is no failure ${request.id ?? ''}`, hint: 'brine failures' });
  if (request.op === 'retry') await retry(it, found);
  await it.context.ports.queues.delete(queueOf(it, found.place), found.message.handle);
  return { code: 'ok', text: request.op === 'retry' ? `${found.id} goes its way again` : `${found.id} is dropped` };
}

function queueOf(it: ActionContext, place: Place): string {
  return `${it.context.stack.split('/')[2]}-${place}-dead`;
}

/** Looks without taking: what is read is visible again after a second. */
async function read(it: ActionContext, place: Place): Promise<Failure[]> {
  const messages = await it.context.ports.queues.receive(queueOf(it, place), { waitSeconds: 0, visibilitySeconds: 1 });
  return messages.map((message) => ({
    place,
    message,
    id: `${place}-${message.sentAt}-${hash(message.text)}`,
    text: describe(message.text),
  }));
}

async function retry(it: ActionContext, { place, message }: Failure): Promise<void> {
  const { queues, replay } = it.context.ports;
  if (place === 'reactor' && replay) return replay(replayOf(message.text));
  if (place !== 'runner' && place !== 'recorder' && place !== 'shards') {
    throw new BrineError({
      code: 'operator.refused',
      text: `what failed in ${place} can be read and dropped; its sender tries again by itself`,
    });
  }
  const text = place === 'recorder' ? replayOf(message.text) : message.text;
  await queues.send(`${it.context.stack.split('/')[2]}-${place}`, text);
}

/** The event as it was delivered, marked as an operator's replay: it may then be older than two hours. What was planned is only sent to its end. */
export function replayOf(text: string): string {
  const body = JSON.parse(text) as { requestPayload?: object; event?: object };
  return JSON.stringify({ ...(body.requestPayload ?? body.event ?? body), 'brine-replay': true });
}

function describe(text: string): string {
  try {
    const body = JSON.parse(text) as {
      code?: string;
      signer?: string;
      responsePayload?: { errorMessage?: string };
      detail?: { tag?: string[] };
    };
    if (body.code) return `refused with ${body.code}, from ${body.signer ?? 'nobody'}`;
    if (body.responsePayload?.errorMessage) return `failed three times: ${body.responsePayload.errorMessage}`;
    if (body.detail?.tag) return `the event ${body.detail.tag.join(', ')}`;
  } catch {
    // said below
  }
  return text.slice(0, 120);
}

function hash(text: string): string {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i += 1) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  return (sum >>> 0).toString(16).padStart(8, '0');
}
