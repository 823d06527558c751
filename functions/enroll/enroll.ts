/** hello → state: one exchange opens a session, enrolls and renews. Believes nothing of the relay that invokes it. Trust section 4, in its order. */
import * as v from 'valibot';
import { formatStamp } from '../../core/event.ts';
import { matchGlob } from '../../core/glob.ts';
import type { Candidate, MinionRecord, Run, TokenRecord } from '../../core/ports.ts';
import type { Tag } from '../../core/tag.ts';
import { ulidOf } from '../../core/ulid.ts';
import { Dict } from '../../core/value.ts';
import { createSigner } from '../../trust/certificate.ts';
import { type Hello, helloFrames, verifyHello } from '../../trust/hello.ts';
import { fingerprint } from '../../trust/keys.ts';
import { queueName } from '../../trust/queue-name.ts';
import { type Answer, type LinkState, makeState } from '../../trust/state.ts';
import type { Create } from '../context.ts';
import { relayQueues } from '../doorbell.ts';
import { fire } from '../fire.ts';
import { asksForFile, createFiles } from './files.ts';

const PER_ID = 5;
const IN_ALL = 1000;
const EARLIER_RUNS = 8;
const HOUR = 3_600_000;

export const create: Create = (context) => {
  const { stack, ports, clock, random } = context;
  const { registry } = ports;
  const signer = createSigner({ stack, role: 'enroll', kind: 'cert-enroll', root: ports.root('enroll'), clock });
  const files = createFiles(context);

  return async (input) => {
    if (asksForFile(input)) return files(input);
    const frames = v.safeParse(helloFrames, input);
    if (!frames.success) return { refused: 'trust.schema' };
    const verified = verifyHello(frames.output, { stack });
    if (!verified.ok) {
      context.log('refused', { code: verified.code });
      return { refused: verified.code };
    }
    const { hello } = verified;
    const late = verifyHello(frames.output, { stack, now: clock.now() });
    const answer = late.ok ? await decide(hello, frames.output.grains ?? null).catch(unlessLater) : stateOnly('clock');
    if (answer === null) {
      context.log('refused', { code: 'link.busy', id: hello.id });
      return { refused: 'link.busy' };
    }
    context.log('hello', { id: hello.id, state: answer.state });
    return { state: await makeState({ stack, signer, hello: { text: frames.output.text, eph: hello.eph }, answer }) };
  };

  /** SQS makes no queue again within a minute of its end, as after a key that was deleted and accepted at once: the host asks again by itself. */
  function unlessLater(error: unknown): null {
    if ((error as Error | undefined)?.name === 'QueueDeletedRecently') return null;
    throw error;
  }

  function stateOnly(state: LinkState): Answer {
    return { state, now: clock.now() };
  }

  async function decide(hello: Hello, grains: string | null): Promise<Answer> {
    const print = fingerprint(hello.key);
    const record = await registry.minion(hello.id);
    if (record?.state === 'accepted' && record.key === hello.key) return serve(record, hello, grains);
    if (record?.state === 'rejected' && record.key === hello.key) return stateOnly('rejected');
    const candidates = await registry.candidates(hello.id);
    const known = candidates.some((candidate) => candidate.fingerprint === print);
    if (record?.state === 'accepted') {
      if (known || (await hasRoom(candidates))) await ask(hello, print, 'denied');
      return stateOnly('denied');
    }
    if (candidates.some((candidate) => candidate.fingerprint === print && candidate.state === 'rejected'))
      return stateOnly('rejected');
    const token = hello.token === undefined ? null : await passing(hello.token, hello, print);
    if (token) return accept(hello, { grains, token, before: record });
    if (!known && !(await hasRoom(candidates))) return stateOnly('full');
    await ask(hello, print, 'pending');
    return stateOnly('pending');
  }

  /** Whoever asks without being known takes one of few places; a key that an operator rejected holds none. */
  async function hasRoom(candidates: readonly Candidate[]): Promise<boolean> {
    const asking = (list: readonly Candidate[]) => list.filter(({ state }) => state !== 'rejected').length;
    return asking(candidates) < PER_ID && asking(await registry.candidates()) < IN_ALL;
  }

  async function passing(key: string, { id }: Hello, print: string): Promise<TokenRecord | null> {
    const token = await registry.token(key);
    if (!token || token.expires < clock.now() || !matchGlob(id, token.ids)) return null;
    return (await registry.spendToken(token.key, print)) ? token : null;
  }

  interface Accepting {
    readonly grains: string | null;
    readonly token: TokenRecord;
    readonly before: MinionRecord | null;
  }

  async function accept(hello: Hello, { grains, token, before }: Accepting): Promise<Answer> {
    const print = fingerprint(hello.key);
    const fresh: MinionRecord = {
      id: hello.id,
      state: 'accepted',
      key: hello.key,
      fingerprint: print,
      acceptedAt: clock.now(),
      byToken: true,
      ...(token.edge && { edge: true }),
      earlier: [],
      grains: null,
      version: (before?.version ?? 0) + 1,
    };
    const put = await registry.putMinion(fresh, before?.version ?? 0);
    if (put === 'conflict') return decide(hello, grains);
    await registry.removeCandidate(hello.id, print);
    return serve(fresh, hello, grains);
  }

  async function ask(hello: Hello, print: string, state: 'pending' | 'denied'): Promise<void> {
    const there = (await registry.candidates(hello.id)).find((candidate) => candidate.fingerprint === print);
    const now = clock.now();
    const same = there?.state === state ? there : undefined;
    const candidate = { id: hello.id, key: hello.key, fingerprint: print, state, since: same?.since ?? now, seen: now };
    await registry.putCandidate({ ...candidate, ...(same?.told && { told: true }) });
    if (same?.told) return;
    await tell(hello, print, { act: state === 'pending' ? 'pend' : 'denied', since: candidate.since });
    await registry.toldCandidate(candidate);
  }

  async function serve(record: MinionRecord, hello: Hello, grains: string | null): Promise<Answer> {
    const next = nextRecord(record, hello, clock.now());
    if (next.duplicate) {
      if (!record.duplicate) {
        if ((await registry.putMinion(next, record.version)) === 'conflict') return decide(hello, grains);
        await tell(hello, record.fingerprint, { act: 'duplicate', since: record.version, runs: next.duplicate });
        // The other of the two may have its session at another relay.
        for (const control of await relayQueues(context)) await ports.queues.send(control, JSON.stringify({ again: hello.id }));
      }
      return stateOnly('duplicate');
    }
    if (!isRun(next.run, hello)) return late();
    const queue = record.edge ? undefined : queueName(stack, { id: hello.id, key: hello.key, incarnation: hello.incarnation });
    const newer = grains !== null && grains !== record.grains ? { grains } : {};
    const { left, gone } = queuesLeft(record, next.run !== record.run, queue);
    const changed = next.run !== record.run || record.queue !== queue || 'grains' in newer || gone.length > 0;
    if (record.byToken && !record.run) await tell(hello, record.fingerprint, { act: 'accept', since: record.acceptedAt });
    // Grains and run are in the registry before the answer, so a host's first event never comes before its registration.
    if (queue !== undefined && record.queue !== queue) await ports.queues.create(queue);
    for (const old of gone) await ports.queues.remove(old);
    if (changed) {
      const { left: _, ...rest } = next;
      const put = { ...rest, ...newer, ...(queue && { queue }), ...(left.length > 0 && { left }), version: record.version + 1 };
      if ((await registry.putMinion(put, record.version)) === 'conflict') return decide(hello, grains);
    }
    return { ...late(), ...(queue !== undefined && (await accessTo(queue))) };
  }

  /** All that a hello gets which its run's end has overtaken: played again, it must bring back neither an old queue nor old grains. */
  function late(): Answer {
    const now = clock.now();
    // Between 40 and 50 minutes, so that a herd that came together does not renew together.
    const renew = now + (2 / 3) * HOUR + ((random.bytes(1)[0] as number) / 255) * (HOUR / 6);
    return { state: 'accepted', now, renew: Math.floor(renew) };
  }

  async function accessTo(queue: string): Promise<Pick<Answer, 'credentials' | 'queue'>> {
    const [credentials, url] = await Promise.all([ports.credentials.issue(queue), ports.queues.url(queue)]);
    return { credentials, ...(url && { queue: url }) };
  }

  /** One `salt/auth` for each change, and only for a change: what is told again, since a kill may have come between, has the same uid. */
  async function tell(
    hello: Hello,
    print: string,
    { act, since, runs = [] }: { readonly act: string; readonly since: number; readonly runs?: readonly Run[] },
  ): Promise<void> {
    const now = clock.now();
    const data = Dict.of({
      result: act === 'accept' || act === 'pend',
      act,
      id: hello.id,
      pub: hello.key,
      fingerprint: print,
      ...(runs.length > 0 && { runs: runs.map(({ incarnation, boot }) => Dict.of({ incarnation, boot })) }),
      _stamp: formatStamp(now),
    });
    await fire(context, {
      source: 'brine.platform',
      signer,
      events: [{ tag: 'salt/auth' as Tag, stamp: now, data }],
      ulid: ulidOf('auth', hello.id, print, act, since),
    });
  }
};

function isRun(run: Run | undefined, { incarnation, boot }: Pick<Hello, 'incarnation' | 'boot'>): boolean {
  return run?.incarnation === incarnation && run.boot === boot;
}

/**
 * Of a rebuilt host: nobody reads its old queue any more. It is removed with the second hello of the new run, when two hosts with one key would have
 * been found out, and at once when there are many.
 */
function queuesLeft(record: MinionRecord, superseded: boolean, queue: string | undefined) {
  const all = [...new Set([...(record.left ?? []), ...(record.queue === undefined ? [] : [record.queue])])];
  const left = all.filter((old) => old !== queue);
  const gone = superseded ? left.slice(0, Math.max(0, left.length - EARLIER_RUNS)) : left;
  return { left: left.slice(gone.length), gone };
}

/** A new (incarnation, boot) supersedes the current run; a superseded one that says hello later than its end means two hosts with one key. */
export function nextRecord(
  record: MinionRecord,
  { incarnation, boot, at }: Pick<Hello, 'incarnation' | 'boot' | 'at'>,
  now: number,
): MinionRecord {
  const same = (run: Run) => isRun(run, { incarnation, boot });
  if (record.duplicate) return record;
  if (record.run && same(record.run)) return record;
  const old = record.earlier.find(same);
  if (old && record.run && at > (old.to ?? 0)) return { ...record, duplicate: [record.run, old], version: record.version + 1 };
  if (old) return record;
  const ended = record.run ? [{ ...record.run, to: at }] : [];
  return {
    ...record,
    run: { incarnation, boot, from: Math.min(at, now) },
    earlier: [...ended, ...record.earlier].slice(0, EARLIER_RUNS),
  };
}
