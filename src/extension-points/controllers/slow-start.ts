/**
 * Runs `count` equal actions in batches of 1, 2, 4, ... so that a quota or a webhook that refuses them all is asked once and not a thousand times.
 * Answers how many succeeded and the first failure; after a batch with a failure nothing more is tried.
 */
export async function slowStart(
  count: number,
  act: (index: number) => Promise<void>,
  initialBatch = 1,
): Promise<{ readonly succeeded: number; readonly error?: unknown }> {
  let succeeded = 0;
  for (let batch = Math.min(count, initialBatch), from = 0; batch > 0; from += batch, batch = Math.min(2 * batch, count - from)) {
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, index) => act(from + index)));
    succeeded += results.filter(({ status }) => status === 'fulfilled').length;
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) return { succeeded, error: failure.reason };
  }
  return { succeeded };
}
