/** So many places at once; whoever wants some waits until one is free. */

export interface Slots {
  /** Resolves to how many were taken: at least one, at most `wanted`. */
  take(wanted: number): Promise<number>;
  give(count: number): void;
}

export function createSlots(size: number): Slots {
  let free = size;
  let wake = () => {};
  return {
    take: async (wanted) => {
      while (free === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const taken = Math.min(free, wanted);
      free -= taken;
      return taken;
    },
    give: (count) => {
      free += count;
      wake();
    },
  };
}
