/** Writes down where upstream's scheduler puts the pods of clusters that were drawn: `node test/conformance/scheduler/record-random.ts <kube-scheduler>`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playRandom } from './play-random.ts';
import { configurations, probesPerCluster, randomClusters } from './traces/configurations.ts';
import { startUpstream } from './upstream-scheduler.ts';

const [binary] = process.argv.slice(2);
if (!binary) throw new Error('usage: record-random.ts <kube-scheduler>');
const clusters: unknown[] = [];
for (const { seed, configuration } of randomClusters) {
  const tried = await playRandom({ seed, probes: probesPerCluster }, (stage) => startUpstream(binary, stage, configurations[configuration]));
  clusters.push({ seed, configuration, answers: tried.map(({ answer }) => answer) });
}
const text = clusters.map((cluster) => JSON.stringify(cluster).replaceAll(/(?<=[[,])\{"(?:nodes|refused|invalid)"/g, '\n$&')).join(',\n');
writeFileSync(join(import.meta.dirname, 'answers', 'random.json'), `[\n${text}\n]\n`);
