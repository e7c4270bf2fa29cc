/**
 * Scheduling through the API: a server process with its durable store, a process that creates, a process that watches.
 *
 *     node bench/scheduling-end-to-end.ts SchedulingBasic --nodes 5000 --pods 10000
 *
 * `--upstream DIR` measures Kubernetes itself with the same clients: kube-apiserver and kube-scheduler of that folder, etcd from PATH. `--profiles DIR` writes a CPU
 * profile of the server for each pass. `--limit 20`: seconds that a pass may take; `--json`; without a name, every workload.
 */
import { parseArgs } from 'node:util';
import type { Pass } from './scheduling/measure-end-to-end.ts';
import { measureEndToEnd } from './scheduling/measure-end-to-end.ts';
import { sized, workloadNamed, workloads } from './scheduling/workloads.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string' },
    pods: { type: 'string' },
    limit: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    profiles: { type: 'string' },
    upstream: { type: 'string' },
  },
});
const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const chosen = positionals.length > 0 ? positionals.map(workloadNamed) : workloads;
const textOf = ({ podsPerSecond, bound, getP99Ms, loopDelayP99Ms, longestLoopDelayMs, processorMsPerPod }: Pass): string =>
  `${Math.round(podsPerSecond).toLocaleString('en').padStart(7)} pods/s (${bound} bound), ${processorMsPerPod.toFixed(2)} ms of CPU each, GET p99 ${getP99Ms.toFixed(1)} ms, event loop p99 ${loopDelayP99Ms.toFixed(1)} ms, longest ${longestLoopDelayMs.toFixed(0)} ms`;

for (const workload of chosen) {
  const size = sized(workload, { nodes: count(values.nodes), measuredPods: count(values.pods) });
  const result = await measureEndToEnd(workload, { size, limitMs: Number(values.limit) * 1_000, profiles: values.profiles, upstream: values.upstream });
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    process.stdout.write(`${workload.name}: ${size.nodes} nodes, ${size.initPods} pods before, ${size.measuredPods} measured\n`);
    process.stdout.write(`  while created  ${textOf(result.whileCreated)}\n  on a backlog   ${textOf(result.onBacklog)}\n`);
    process.stdout.write(
      `  creation alone ${Math.round(result.createdPerSecond).toLocaleString('en').padStart(7)} pods/s, idle GET p99 ${result.idleGetP99Ms.toFixed(1)} ms, ${result.residentMegabytes.toFixed(0)} MB resident\n`,
    );
  }
}
process.exit(0);
