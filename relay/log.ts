/** How the relay's parts say what happened: a constant message and fields; never a topic, a signature or a payload. */
export interface LogFields {
  readonly code?: unknown;
  readonly [name: string]: unknown;
}

export type Log = (message: string, fields?: LogFields) => void;

/** At most one line a minute for each text, so that a peer cannot fill a disk. */
export function quiet(log: Log, now: () => number): Log {
  const last = new Map<string, number>();
  return (message, fields) => {
    const key = `${message}:${String(fields?.code ?? '')}`;
    const at = now();
    if (at - (last.get(key) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    if (last.size > 1000) last.clear();
    last.set(key, at);
    log(message, fields);
  };
}
