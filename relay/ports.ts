/** What the relay asks of the outside beside the event bus. */

/** The frames of a hello exactly as they came: texts as text, signatures base64url. */
export interface HelloFrames {
  readonly text: string;
  readonly sig: string;
  readonly grains?: string;
  readonly tokenSig?: string;
}

/** The frames of a state: `text` is what `sig` covers, `cert` the certificate's `{text, sig}`. */
export interface StateFrames {
  readonly text: string;
  readonly cert: { readonly text: string; readonly sig: string };
  readonly sig: string;
  readonly epk?: string;
  readonly box?: string;
}

/** `functions/enroll`, invoked with exactly the hello's frames. Throws what the world throws; null when it refused to read them. */
export interface Enroll {
  hello(frames: HelloFrames): Promise<StateFrames | null>;
}

/** The relay's control queue: `{again: id}`, `{bell: id}`; hints only. */
export interface ControlQueue {
  receive(signal: AbortSignal): Promise<readonly { readonly text: string; readonly handle: string }[]>;
  delete(handle: string): Promise<void>;
}
