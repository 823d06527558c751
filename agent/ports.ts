/** What the parts of the agent ask of each other, so that the log, the link, the poller and the dispatch never import one another. */
import type { Emitted } from '../core/event.ts';
import type { QueueCredentials, ReceivedMessage } from '../core/ports.ts';

/** The log as the link sees it: events in order, each with its number. */
export interface Outbox {
  /** The oldest events that nobody acknowledged, at most this many and this many bytes of body; null when all is sent. */
  peek(limits: {
    readonly events: number;
    readonly bytes: number;
  }): { readonly seq: number; readonly events: readonly Emitted[] } | null;
  /** EventBridge has taken everything up to and including this number. */
  acknowledge(upTo: number): Promise<void>;
  /** This one may not pass: it goes to the dead-letter file with the code, and the rest go on. */
  setAside(seq: number, code: string): Promise<void>;
  /** Resolves when `peek` would give something. */
  waiting(signal: AbortSignal): Promise<void>;
}

/** What an accepted hello brings: where to poll, with what, and until when. */
export interface QueueAccess {
  /** The queue's URL, as SQS names it. */
  readonly queue: string;
  readonly credentials: QueueCredentials;
}

/** The minion's own queue, as the poller sees it; made again whenever credentials are renewed. */
export interface JobQueue {
  receive(signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  delete(handle: string): Promise<void>;
}

/** What the link tells the rest of the agent. */
export interface LinkListener {
  /** Accepted or renewed: poll with these from now on. */
  access(access: QueueAccess): void;
  /** `pending`, `rejected`, `denied`, `duplicate`, `clock`, `full`: not served for now. The agent goes on asking. */
  refused(state: string): void;
  /** A hint that a job is waiting; poll now. */
  bell(): void;
  /** Whether a relay that hears bells answers this accepted host; false while there is none. */
  reachable(yes: boolean): void;
  /** Milliseconds to add to the host's clock to have platform time. */
  offset(milliseconds: number): void;
}
