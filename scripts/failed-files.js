// @ts-check
/** A reporter of node:test: the path of each file in which a test failed, a line each. */

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
export default async function* failedFiles(events) {
  const told = new Set();
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.file === undefined || told.has(data.file)) continue;
    told.add(data.file);
    yield `${data.file}\n`;
  }
}
