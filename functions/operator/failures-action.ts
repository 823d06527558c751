/** Every dead-letter place, in words, with replay. */
import { BrineError } from '../../core/errors.ts';
import type { OperatorRequest } from '../../core/operator.ts';
import type { ReceivedMessage } from '../../core/ports.ts';
import { describeFailure, expiryOf, isReaction, type Place, replayOf } from './failure-words.ts';
import { permit } from './permit.ts';
import type { ActionContext, OperatorAnswer } from './types.ts';

const PLACES: readonly Place[] = ['reactor', 'runner', 'recorder', 'enroll', 'operator', 'dispatch', 'shards'];

interface Failure {
  readonly place: Place;
  readonly id: string;
  readonly text: string;
  readonly at: number;
  readonly message: ReceivedMessage;
}

export async function failuresAction(
  it: ActionContext,
  request: Extract<OperatorRequest, { action: 'failures' }>,
): Promise<OperatorAnswer> {
  permit(it, { power: '@jobs', about: request.op === 'list' ? 'failures' : `failures.${request.op}` });
  if (request.op === 'list') {
    const failures = (await Promise.all(PLACES.map((place) => read(it, place)))).flat().sort((a, b) => a.at - b.at);
    return {
      code: 'ok',
      text: `${failures.length} failures`,
      failures: failures.map(({ place, id, text, at }) => ({ place, id, text, at })),
    };
  }
  const found = await find(it, request.id ?? '');
  if (request.op === 'retry') await retry(it, found);
  await it.context.ports.queues.delete(queueOf(it, found.place), found.message.handle);
  return { code: 'ok', text: request.op === 'retry' ? `${found.id} goes its way again` : `${found.id} is dropped` };
}

/** Its id names its place. */
async function find(it: ActionContext, id: string): Promise<Failure> {
  const place = PLACES.find((name) => id.startsWith(`${name}-`));
  const found = place && (await read(it, place)).find((failure) => failure.id === id);
  if (found) return found;
  throw new BrineError({ code: 'operator.refused', text: `there is no failure ${id}`, hint: 'brine failures' });
}

function queueOf(it: ActionContext, place: Place): string {
  return `${it.context.stack.split('/')[2]}-${place}-dead`;
}

/** Failures of one place that are shown. */
const MOST = 200;

/** Looks in a row that showed nothing new before a place is taken to be read. */
const LOOKS = 4;

/** Looks without taking: what is read stays visible, so the same comes again and a few looks in vain are the end. */
async function read(it: ActionContext, place: Place): Promise<readonly Failure[]> {
  const found = new Map<string, Failure>();
  for (let vain = 0; vain < LOOKS && found.size < MOST; ) {
    const page = await it.context.ports.queues.receive(queueOf(it, place), { waitSeconds: 0, visibilitySeconds: 0 });
    const fresh = page.map((message) => failureOf(place, message)).filter((failure) => !found.has(failure.id));
    for (const failure of fresh) found.set(failure.id, failure);
    vain = fresh.length > 0 ? 0 : vain + 1;
    if (page.length === 0 && found.size === 0 && vain > 1) break;
  }
  return [...found.values()];
}

function failureOf(place: Place, message: ReceivedMessage): Failure {
  return {
    place,
    message,
    at: message.sentAt,
    id: `${place}-${message.sentAt}-${hash(message.text)}`,
    text: describeFailure(place, message.text),
  };
}

async function retry(it: ActionContext, { place, message }: Failure): Promise<void> {
  const { queues, replay } = it.context.ports;
  const refuse = (text: string, hint: string): never => {
    throw new BrineError({ code: 'operator.refused', text, hint });
  };
  if (isReaction(message.text))
    refuse(
      'a reaction is rendered once: what else its event led to has happened',
      'mend the file, fire the event again, and drop this',
    );
  if (place === 'reactor' && replay) return replay(replayOf(message.text));
  if (place === 'enroll' || place === 'operator' || place === 'dispatch' || place === 'reactor')
    refuse(`what failed in ${place} can be read and dropped`, 'whoever asked it has asked again by himself');
  if (place === 'runner' && expiryOf(message.text) <= it.context.clock.now())
    refuse('the time of this call is over, so the runner would refuse it', 'call it again, and drop this');
  const text = place === 'recorder' ? replayOf(message.text) : message.text;
  await queues.send(`${it.context.stack.split('/')[2]}-${place}`, text);
}

function hash(text: string): string {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i += 1) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  return (sum >>> 0).toString(16).padStart(8, '0');
}
