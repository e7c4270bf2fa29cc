import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { drawChart } from './chart.ts';
import { measureCore } from './measure-core.ts';
import { sized, workloadNamed } from './workloads.ts';

/** Pods per second of the decision core, by the number of nodes. */
export interface Growth {
  readonly workload: string;
  readonly rates: readonly { readonly nodes: number; readonly podsPerSecond: number }[];
}

export const growthNodes: readonly number[] = [1_000, 5_000, 20_000];
const names = ['SchedulingBasic', 'SchedulingPodAffinity', 'TopologySpreading'];
const mostPods = 5_000;

/** Measures how the decision core holds up as clusters grow. Each point takes at most `limitMs`. */
export async function measureGrowth(limitMs: number): Promise<Growth[]> {
  const growth: Growth[] = [];
  for (const workload of names.map(workloadNamed)) {
    const rates: { nodes: number; podsPerSecond: number }[] = [];
    for (const nodes of growthNodes) {
      const size = sized(workload, { nodes, measuredPods: mostPods });
      const { podsPerSecond } = await measureCore(workload, { size, limitMs, seed: 1, isWarm: true });
      rates.push({ nodes, podsPerSecond });
    }
    growth.push({ workload: workload.name, rates });
  }
  return growth;
}

/** Draws it into an SVG file. */
export function drawGrowth(growth: readonly Growth[], path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const svg = drawChart({
    title: 'Scheduling decisions as the cluster grows',
    subtitle: `decision core, default plugins, every node considered; one thread of ${cpus()[0]?.model.trim() || 'an unnamed processor'}`,
    xLabel: 'nodes',
    yLabel: 'pods per second',
    series: growth.map(({ workload, rates }) => ({ name: workload, points: rates.map(({ nodes, podsPerSecond }) => ({ x: nodes, y: podsPerSecond })) })),
  });
  writeFileSync(path, svg);
}
