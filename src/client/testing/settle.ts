/** Lets everything that waits for promises or immediate callbacks run on, for tests with a clock that stands still. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until a condition holds, turning the event loop meanwhile. Throws after many turns, so that a test never hangs. */
export async function until(condition: () => boolean, what = 'the condition', turns = 2_000): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} did not come about`);
}
