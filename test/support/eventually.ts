/** Waits for a condition of the real world, asking often; fails with the last answer and never sleeps longer than it must. */
export async function eventually<T>(ask: () => T | Promise<T>, holds: (value: T) => boolean, milliseconds = 10_000): Promise<T> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (performance.now() > until) throw new Error(`not within ${milliseconds} ms; last seen: ${show(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item), 2)?.slice(0, 4000) ?? String(value)
  );
}
