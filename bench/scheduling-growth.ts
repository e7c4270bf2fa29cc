/** `node bench/scheduling-growth.ts [FILE]`: how the decision core holds up from 1,000 to 20,000 nodes, printed and drawn into an SVG file. */
import { join, resolve } from 'node:path';
import { drawGrowth, measureGrowth } from './scheduling/measure-growth.ts';

const limitMs = 10_000;
const path = resolve(process.argv[2] ?? join(import.meta.dirname, '../.cache/scheduling-growth.svg'));
const growth = await measureGrowth(limitMs);
for (const { workload, rates } of growth) {
  const cells = rates.map(({ nodes, podsPerSecond }) => `${nodes.toLocaleString('en')} nodes: ${Math.round(podsPerSecond).toLocaleString('en')} pods/s`);
  process.stdout.write(`${workload.padEnd(24)} ${cells.join('   ')}\n`);
}
drawGrowth(growth, path);
process.stdout.write(`${path}\n`);
process.exit(0);
