import assert from 'node:assert/strict';
import type { Pod } from '../../../../api/generated/core-v1.ts';
import type { PodParts } from '../../../../components/scheduler/testing/scheduling-world.ts';
import { SchedulingWorld } from '../../../../components/scheduler/testing/scheduling-world.ts';
import nodeResourcesFit from '../../node-resources-fit/node-resources-fit.ts';
import schedulingGates from '../../scheduling-gates/scheduling-gates.ts';
import coscheduling from '../coscheduling.ts';
import type { PodGroup } from '../pod-group-type.ts';
import { podGroupLabel, podgroups } from '../pod-group-type.ts';

/** A cluster in memory with a scheduler that knows pod groups; every member asks for one CPU. */
export class Gangs extends SchedulingWorld {
  async begin(args: Record<string, number> = {}): Promise<void> {
    const { handle } = this;
    await this.start({ SchedulingGates: schedulingGates(), Coscheduling: coscheduling(args, handle), NodeResourcesFit: nodeResourcesFit() });
  }

  /** A node with room for so many pods that ask for a CPU. */
  room(name: string, cpus: number): Promise<void> {
    return this.addNode(name, { cpu: String(cpus), memory: '8Gi', pods: '110' });
  }

  group(name: string, spec: NonNullable<PodGroup['spec']>): Promise<PodGroup> {
    return this.client.create<PodGroup>(podgroups, { metadata: { name, namespace: 'default' }, spec });
  }

  member(name: string, group: string, parts: PodParts = {}): Promise<Pod> {
    return this.addPod(name, { labels: { [podGroupLabel]: group }, requests: { cpu: '1' }, ...parts });
  }

  async members(group: string, count: number, parts: PodParts = {}): Promise<void> {
    for (let index = 1; index <= count; index++) await this.member(`${group}-${String(index).padStart(2, '0')}`, group, parts);
  }

  holding(): string[] {
    return [...this.handle.waitingPods()].map(({ pod }) => pod.metadata.name!).sort();
  }

  /** Fails unless an event of the pod said so. */
  heard(name: string, text: string): void {
    const lines = this.said.filter((line) => line.startsWith(`${name} FailedScheduling: `));
    assert.ok(
      lines.some((line) => line.includes(text)),
      `${text}\nis not in\n${lines.join('\n')}`,
    );
  }
}
