// @ts-check
/** A reporter of node:test: a line of JSON for each file, with its milliseconds and whether a test of it failed. */

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* reportFiles(events) {
  /** @type {Map<string, { file: string, durationMs: number, hasFailed: boolean }>} */
  const files = new Map();
  for await (const { type, data } of events) {
    if ((type !== 'test:fail' && type !== 'test:pass') || data.file === undefined) continue;
    let entry = files.get(data.file);
    if (!entry) files.set(data.file, (entry = { file: data.file, durationMs: 0, hasFailed: false }));
    if (data.nesting === 0) entry.durationMs += data.details.duration_ms;
    entry.hasFailed ||= type === 'test:fail';
  }
  for (const entry of files.values()) yield `${JSON.stringify(entry)}\n`;
}
