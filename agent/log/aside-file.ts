/**
 * `dead.jsonl` of the state directory: events that the platform refused for ever, one line each. It holds so many bytes; then the oldest half goes,
 * since what is refused now says more about what is wrong now, and the first line counts what went.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';

/** Bytes of all lines together. */
const MOST = 32 * 1024 * 1024;

export class AsideFile {
  readonly #path: string;
  readonly #most: number;
  #size = 0;
  #count = 0;
  #dropped = 0;

  constructor(path: string, most = MOST) {
    this.#path = path;
    this.#most = most;
    this.#repair();
    this.#note(this.#read());
  }

  /** A line that a crash cut short goes: its event still stands in the log. */
  #repair(): void {
    const bytes = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0);
    const whole = bytes.lastIndexOf(10) + 1;
    if (whole < bytes.length) truncateSync(this.#path, whole);
  }

  /** Events in it. */
  get count(): number {
    return this.#count;
  }

  /** Events that made room for later ones, since it was last empty. */
  get dropped(): number {
    return this.#dropped;
  }

  lines(): readonly string[] {
    return this.#read().filter((line) => droppedOf(line) === 0);
  }

  /** On disk when it returns; gives how many older ones went. Throws what the disk throws, and then nothing has changed. */
  add(lines: readonly string[]): number {
    const before = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    const text = lines.map((line) => `${line}\n`).join('');
    try {
      appendFileSync(this.#path, text, { mode: 0o600, flush: true });
    } catch (error) {
      if (existsSync(this.#path)) truncateSync(this.#path, before);
      throw error;
    }
    this.#size += Buffer.byteLength(text);
    this.#count += lines.length;
    return this.#size > this.#most ? this.#trim() : 0;
  }

  /** What it counted goes with its last event: whoever looked through all of them has seen that. */
  remove(line: string): void {
    const left = this.#read().filter((other) => other !== line);
    if (left.some((other) => droppedOf(other) === 0)) return this.#write(left);
    this.clear();
  }

  clear(): void {
    rmSync(this.#path, { force: true });
    this.#note([]);
  }

  /** A disk that has no room for the smaller file keeps the larger one. */
  #trim(): number {
    const all = this.lines();
    let first = all.length - 1;
    for (let size = 0; first > 0; first -= 1) {
      size += Buffer.byteLength(all[first - 1] as string) + 1;
      if (size > this.#most / 2) break;
    }
    try {
      this.#write([JSON.stringify({ dropped: this.#dropped + first }), ...all.slice(first)]);
      return first;
    } catch {
      return 0;
    }
  }

  #write(lines: readonly string[]): void {
    const draft = `${this.#path}.new`;
    writeFileSync(draft, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true });
    renameSync(draft, this.#path);
    this.#note(lines);
  }

  #note(lines: readonly string[]): void {
    this.#dropped = droppedOf(lines[0] ?? '');
    this.#count = lines.length - (this.#dropped > 0 ? 1 : 0);
    this.#size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  }

  #read(): string[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }
}

function droppedOf(line: string): number {
  return Number(/^\{"dropped":(\d{1,15})\}$/.exec(line)?.[1] ?? 0);
}
