/**
 * What a service took over and has not brought to its end yet: on disk before it is acknowledged, tried again after a pause, off the disk when it is
 * settled. A crash leaves it behind with the number of its tries; what the disk has no room for is tried again when it may have.
 */
export interface Debt {
  readonly id: string;
  attempts: number;
}

export type OwedRecord<T extends Debt> =
  | { readonly op: 'owed'; readonly owed: T }
  | { readonly op: 'tried'; readonly id: string; readonly attempts: number }
  | { readonly op: 'settled'; readonly id: string };

/** Milliseconds before a step is made again that could not be written down. */
const UNWRITTEN = 1000;

export class Owed<T extends Debt> {
  readonly #all = new Map<string, T>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #write: (record: OwedRecord<T>) => Promise<void>;
  #closed = false;

  constructor(write: (record: OwedRecord<T>) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when it is on disk: from now on it is owed. */
  async add(owed: T): Promise<void> {
    await this.#write({ op: 'owed', owed });
    this.#all.set(owed.id, owed);
  }

  async count(owed: T): Promise<void> {
    await this.#write({ op: 'tried', id: owed.id, attempts: owed.attempts + 1 });
    owed.attempts += 1;
  }

  async settle({ id }: T): Promise<void> {
    await this.#write({ op: 'settled', id });
    this.#all.delete(id);
  }

  /** Makes a step after a pause of milliseconds; one that fails (the disk is full) is made again. */
  later(step: () => Promise<void>, pause: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.now(step);
    }, pause);
    this.#timers.add(timer);
  }

  now(step: () => Promise<void>): void {
    void step().catch(() => this.later(step, UNWRITTEN));
  }

  apply(record: OwedRecord<T>): void {
    if (record.op === 'owed') this.#all.set(record.owed.id, { ...record.owed });
    else if (record.op === 'settled') this.#all.delete(record.id);
    else {
      const owed = this.#all.get(record.id);
      if (owed) owed.attempts = record.attempts;
    }
  }

  *snapshot(): Iterable<OwedRecord<T>> {
    for (const owed of this.#all.values()) yield { op: 'owed', owed };
  }

  /** What a crash left behind. */
  left(): readonly T[] {
    return [...this.#all.values()];
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
