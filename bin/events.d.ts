/** `brine/events`, for TypeScript; test/package.test.ts holds it to client/events.ts. */
export interface IterOptions {
  /** fnmatch over tags; every tag unless said. */
  readonly tag?: string;
  /** `{tag, data}` for each event (true), or its data alone. */
  readonly full?: boolean;
  /** `<account>/<region>/<name>`; else BRINE_STACK, AWS_ENDPOINT_URL, a live `.brine/`, AWS. */
  readonly stack?: string;
  readonly signal?: AbortSignal;
  /** Called when events are seen from now on. */
  readonly watching?: () => void;
}

/** Plain JavaScript data: a jid's twenty digits stay a text, larger whole numbers are bigint. */
export type EventData = Readonly<Record<string, unknown>>;

export function iterEvents(options: IterOptions & { readonly full: true }): AsyncGenerator<{ tag: string; data: EventData }>;
export function iterEvents(options?: IterOptions): AsyncGenerator<EventData>;
