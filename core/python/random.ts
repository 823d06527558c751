/** Python's `random.Random(text)`: a Mersenne Twister seeded by a text, so that `random_sample(…, seed=…)` picks what Salt picks. */
import { sha512 } from '@noble/hashes/sha2.js';

const SIZE = 624;

export class PyRandom {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;

  constructor(seed: string) {
    const bytes = new TextEncoder().encode(seed);
    const all = new Uint8Array([...bytes, ...sha512(bytes)]);
    const key: number[] = [];
    for (let end = all.length; end > 0; end -= 4) {
      const word = all.slice(Math.max(0, end - 4), end).reduce((sum, byte) => sum * 256 + byte, 0);
      key.push(word >>> 0);
    }
    while (key.length > 1 && key.at(-1) === 0) key.pop();
    this.#seed(key);
  }

  #first(seed: number): void {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i += 1) {
      const before = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + i;
    }
  }

  #seed(key: readonly number[]): void {
    this.#first(19_650_218);
    let [i, j] = [1, 0];
    const mixed = (by: number) => {
      const before = this.#state[i - 1] as number;
      return (this.#state[i] as number) ^ Math.imul(before ^ (before >>> 30), by);
    };
    const step = () => {
      i += 1;
      if (i < SIZE) return;
      this.#state[0] = this.#state[SIZE - 1] as number;
      i = 1;
    };
    for (let k = Math.max(SIZE, key.length); k > 0; k -= 1) {
      this.#state[i] = mixed(1_664_525) + (key[j] as number) + j;
      step();
      j = (j + 1) % key.length;
    }
    for (let k = SIZE - 1; k > 0; k -= 1) {
      this.#state[i] = mixed(1_566_083_941) - i;
      step();
    }
    this.#state[0] = 0x80000000;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i += 1) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
      state[i] = (state[(i + 397) % SIZE] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }

  #word(): number {
    if (this.#at >= SIZE) this.#twist();
    let y = this.#state[this.#at] as number;
    this.#at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** In [0, count), for counts below 2^32. */
  below(count: number): number {
    const bits = 32 - Math.clz32(count);
    for (;;) {
      const picked = this.#word() >>> (32 - bits);
      if (picked < count) return picked;
    }
  }
}

/** Python's `random.sample`: `size` members, in the order in which they were picked. */
export function sample<T>(population: readonly T[], size: number, below: (count: number) => number): T[] {
  const count = population.length;
  const few = 21 + (size > 5 ? 4 ** Math.ceil(Math.log(size * 3) / Math.log(4)) : 0);
  if (count <= few) {
    const pool = [...population];
    return Array.from({ length: size }, (_one, i) => {
      const at = below(count - i);
      const picked = pool[at] as T;
      pool[at] = pool[count - i - 1] as T;
      return picked;
    });
  }
  const picked = new Set<number>();
  while (picked.size < size) picked.add(below(count));
  return [...picked].map((at) => population[at] as T);
}
