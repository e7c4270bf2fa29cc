// @ts-check
/** A reporter of node:test: a line of JSON for each test file, with its milliseconds and whether a test of it failed. */

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* reportFiles(events) {
  // Tests know where they were defined, which may be a file that others import; summaries know which file ran.
  for await (const { type, data } of events)
    if (type === 'test:summary' && data.file !== undefined)
      yield `${JSON.stringify({ file: data.file, durationMs: data.duration_ms, hasFailed: !data.success })}\n`;
}
