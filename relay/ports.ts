/** What the relay asks of the outside beside the event bus. */

import type { FetchFrames } from '../trust/fetch.ts';
import type { HelloFrames } from '../trust/hello.ts';
import type { StateFrames } from '../trust/state.ts';

/** `functions/enroll`, invoked with exactly the hello's frames. Throws what the world throws; null when it refused to read them. */
export interface Enroll {
  hello(frames: HelloFrames): Promise<StateFrames | null>;
  /** A piece of a file by its digest; `data` is base64url. */
  fetch(frames: FetchFrames): Promise<{ readonly size: number; readonly data: string } | { readonly refused: string }>;
}

/** The relay's control queue: `{again: id}`, `{bell: id}`, `{bell: [id, …]}`; hints only. */
export interface ControlQueue {
  /** Waits for so long at most. Throws when there is no such queue. */
  receive(waitSeconds: number, signal: AbortSignal): Promise<readonly { readonly text: string; readonly handle: string }[]>;
  delete(handle: string): Promise<void>;
}
