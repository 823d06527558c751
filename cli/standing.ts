/** How a host stands with the platform, in a sentence that says what to do. */

/** What an agent says of itself; numbers beyond 2^53 do not occur. */
export interface MinionStanding {
  readonly id: string;
  readonly fingerprint: string;
  readonly stack: string;
  readonly version: string;
  readonly pid: number;
  readonly data: string;
  readonly started: number;
  readonly state: string;
  readonly relay: string | null;
  readonly relays: readonly string[];
  readonly queue: string | null;
  readonly clock_offset: number;
  readonly waiting_events: number;
  readonly set_aside: number;
  /** Refused events that made room for later ones. */
  readonly set_aside_dropped: number;
  readonly running: readonly string[];
}

type Standing = Pick<MinionStanding, 'id' | 'fingerprint' | 'state' | 'relay' | 'relays'>;

const SENTENCES: Readonly<Record<string, (it: Standing) => string>> = {
  accepted: () => 'accepted',
  pending: (it) => `pending; an operator lets it in with: brine key accept ${it.id} '${it.fingerprint}'`,
  rejected: (it) => `rejected; an operator takes that back with: brine key delete ${it.id}`,
  denied: (it) => `denied: another key is accepted under this id; compare with brine key finger ${it.id}`,
  duplicate: (it) => `duplicate: two hosts say hello with this key; end one, then brine key delete ${it.id}, and let it in again`,
  clock: () => 'refused: its clock is more than ten minutes away from the platform’s',
  full: () => 'not asked about: too many keys wait already; it asks again by itself',
  connecting: (it) => `connecting: no answer yet from ${it.relay ?? it.relays.join(', ')}`,
  closed: () => 'ending',
};

export function sentenceOf(it: Standing): string {
  return (SENTENCES[it.state] ?? (() => it.state))(it);
}
