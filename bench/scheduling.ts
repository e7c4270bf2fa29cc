import { join } from 'node:path';
import type { Measurement, Row } from './row.ts';
import { measureCore, measureHarness } from './scheduling/measure-core.ts';
import type { EndToEndResult, Pass } from './scheduling/measure-end-to-end.ts';
import { measureEndToEnd } from './scheduling/measure-end-to-end.ts';
import { drawGrowth, measureGrowth } from './scheduling/measure-growth.ts';
import type { Workload } from './scheduling/workloads.ts';
import { workloads } from './scheduling/workloads.ts';

const coreLimitMs = 10_000;
const passLimitMs = 12_000;
const growthLimitMs = 5_000;
/** Kubernetes needs its time. */
const upstreamLimitMs = 15_000;
const upstream = process.env['WHERRY_BENCH_KUBERNETES'];
const growthFile = join(import.meta.dirname, '../.cache/scheduling-growth.svg');

/**
 * Upstream's scheduler_perf workloads, by their names. Each first on the decision core alone, then end to end: pods per second through the API with the durable
 * store. The floor of the core is the same harness with nobody to decide; that of the API is creating the same pods without scheduling them. `growth` measures
 * the core on clusters of other sizes, and draws it.
 *
 * `WHERRY_BENCH_KUBERNETES=DIR` (kube-apiserver and kube-scheduler, with etcd on PATH) adds Kubernetes itself as a floor, by the same clients on the same machine: how fast
 * a shared one is changes by half from minute to minute, but for both.
 */
export const createRow = (): Row => ({
  name: 'scheduling',
  title: 'scheduling',
  parts: [...workloads.map(({ name }) => name), 'growth'],
  async measure(parts) {
    const measured: Measurement[] = [];
    for (const workload of workloads.filter(({ name }) => parts.length === 0 || parts.includes(name))) measured.push(...(await measure(workload)));
    if (parts.length === 0 || parts.includes('growth')) measured.push(...(await measureAndDrawGrowth()));
    return measured;
  },
});

async function measure(workload: Workload): Promise<Measurement[]> {
  const { size, target, upstreamThreshold } = workload;
  const core = await measureCore(workload, { size, limitMs: coreLimitMs, seed: 1, isWarm: true });
  const harness = await measureHarness(workload, size);
  const whole = await measureEndToEnd(workload, { size, limitMs: passLimitMs });
  const wanted = `at least ${target.toLocaleString('en')} (upstream's CI: ${upstreamThreshold})`;
  const rate = (what: string, bound: number, value: number, floor: number, least: number, words: string): Measurement => ({
    row: `${workload.name} ${what}${bound < size.measuredPods ? `, ${bound} pods only` : ''}`,
    value,
    unit: 'pods/s',
    floor,
    ratio: value / floor,
    target: words,
    met: value >= least,
  });
  return [
    rate('decision core', core.bound, core.podsPerSecond, harness, target, wanted),
    rate('created meanwhile', whole.whileCreated.bound, whole.whileCreated.podsPerSecond, whole.createdPerSecond, target, wanted),
    rate('on a backlog', whole.onBacklog.bound, whole.onBacklog.podsPerSecond, whole.createdPerSecond, target, wanted),
    ...responsiveness(workload, whole),
    ...(upstream === undefined ? [] : besideUpstream(workload, whole, await measureEndToEnd(workload, { size, limitMs: upstreamLimitMs, upstream }))),
  ];
}

/** As many times Kubernetes as the target is of what its own CI asks for. */
function besideUpstream({ name, target, upstreamThreshold }: Workload, own: EndToEndResult, other: EndToEndResult): Measurement[] {
  const wanted = target / upstreamThreshold;
  const compared = (what: string, { podsPerSecond: value }: Pass, { podsPerSecond: floor }: Pass): Measurement => ({
    row: `${name} ${what}, beside Kubernetes`,
    ...{ value, unit: 'pods/s', floor, ratio: value / floor },
    target: `at least ${wanted.toFixed(1)} times`,
    met: value / floor >= wanted,
  });
  return [
    compared('created meanwhile', own.whileCreated, other.whileCreated),
    compared('on a backlog', own.onBacklog, other.onBacklog),
    {
      row: `${name} GET p99 meanwhile, beside Kubernetes`,
      ...{ value: own.whileCreated.getP99Ms, unit: 'ms', floor: other.whileCreated.getP99Ms, ratio: own.whileCreated.getP99Ms / other.whileCreated.getP99Ms },
      target: 'at most as long',
      met: own.whileCreated.getP99Ms <= other.whileCreated.getP99Ms,
    },
  ];
}

/** Twenty times the nodes may cost twenty times the work, not more. */
async function measureAndDrawGrowth(): Promise<Measurement[]> {
  const growth = await measureGrowth(growthLimitMs);
  drawGrowth(growth, growthFile);
  process.stderr.write(`${growthFile}\n`);
  return growth.map(({ workload, rates }) => {
    const [floor, value] = [rates[0]!.podsPerSecond, rates.at(-1)!.podsPerSecond];
    return {
      row: `${workload} decision core, 20,000 nodes against 1,000`,
      ...{ value, unit: 'pods/s', floor, ratio: value / floor },
      target: 'at least 0.05: no worse than linear',
      met: value / floor >= 0.05,
    };
  });
}

/** The worse of the two passes. */
function responsiveness({ name }: Workload, { whileCreated, onBacklog, idleGetP99Ms }: EndToEndResult): Measurement[] {
  const get = Math.max(whileCreated.getP99Ms, onBacklog.getP99Ms);
  const delay = Math.max(whileCreated.loopDelayP99Ms, onBacklog.loopDelayP99Ms);
  return [
    { row: `${name} GET p99 meanwhile`, value: get, unit: 'ms', floor: idleGetP99Ms, ratio: get / idleGetP99Ms, target: 'under 50 ms', met: get < 50 },
    { row: `${name} event loop delay p99`, value: delay, unit: 'ms', floor: 1, ratio: delay, target: 'under 20 ms', met: delay < 20 },
  ];
}
