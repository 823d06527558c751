/** Which events wait, by number, and where in the log's file each stands: a host that is cut off for days does not hold them in memory. */
export interface Place {
  readonly seq: number;
  /** Milliseconds UTC. */
  readonly stamp: number;
  /** Of the frame in the file. */
  at: number;
  length: number;
}

export class Waiting {
  #places: Place[] = [];
  /** What stands before it is gone; cut off now and then, so that taking from the front costs nothing. */
  #head = 0;

  get size(): number {
    return this.#places.length - this.#head;
  }

  /** Numbers come in order; one that does not is put where it belongs. */
  add(place: Place): void {
    const last = this.#places.at(-1);
    if (!last || this.size === 0 || last.seq < place.seq) this.#places.push(place);
    else this.#places.splice(this.#indexOf(place.seq), 0, place);
  }

  /** From the oldest on. */
  *[Symbol.iterator](): Iterator<Place> {
    for (let i = this.#head; i < this.#places.length; i += 1) yield this.#places[i] as Place;
  }

  /** Takes out everything up to this number; gives how many bytes of the file are dead by it. */
  dropUpTo(upTo: number): number {
    let freed = 0;
    for (let first = this.#places[this.#head]; first && first.seq <= upTo; first = this.#places[this.#head]) {
      freed += first.length;
      this.#head += 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    return freed;
  }

  find(seq: number): Place | undefined {
    const place = this.#places[this.#indexOf(seq)];
    return place?.seq === seq ? place : undefined;
  }

  take(seq: number): Place | undefined {
    const index = this.#indexOf(seq);
    return this.#places[index]?.seq === seq ? this.#places.splice(index, 1)[0] : undefined;
  }

  /** The first index whose number is not below. */
  #indexOf(seq: number): number {
    let [from, to] = [this.#head, this.#places.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#places[middle] as Place).seq < seq) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
