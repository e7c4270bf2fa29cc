/**
 * The decision core alone: the scheduler with its default plugins over informers fed by hand and a client that only answers. From the first pod told to the last
 * binding asked for.
 *
 *     node bench/scheduling-core.ts SchedulingBasic --nodes 5000 --pods 10000
 *     node --cpu-prof bench/scheduling-core.ts TopologySpreading --no-warm-up
 *
 * One process, so that a profile shows all of it. `--limit 30`: seconds after which the rate so far counts; `--seed 1`; `--json`; without a name, every workload.
 */
import { parseArgs } from 'node:util';
import { measureCore } from './scheduling/measure-core.ts';
import { sized, workloadNamed, workloads } from './scheduling/workloads.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string' },
    pods: { type: 'string' },
    limit: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    'no-warm-up': { type: 'boolean', default: false },
  },
});
const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const chosen = positionals.length > 0 ? positionals.map(workloadNamed) : workloads;

for (const workload of chosen) {
  const size = sized(workload, { nodes: count(values.nodes), measuredPods: count(values.pods) });
  const result = await measureCore(workload, { size, limitMs: Number(values.limit) * 1_000, seed: Number(values.seed), isWarm: !values['no-warm-up'] });
  const { bound, seconds, podsPerSecond, longestTurnMs, deletedPods, failedAttempts, lastFailure } = result;
  const measured = `${bound} of ${size.measuredPods} pods on ${size.nodes} nodes with ${size.initPods} pods before`;
  const failures = failedAttempts > 0 ? `; ${failedAttempts} attempts failed (${lastFailure}), ${deletedPods} pods preempted` : '';
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${workload.name.padEnd(38)} ${Math.round(podsPerSecond).toLocaleString('en').padStart(9)} pods/s  ${seconds.toFixed(2)} s, ${measured}; longest turn ${longestTurnMs.toFixed(0)} ms${failures}\n`,
  );
}
process.exit(0);
