import type { TopologyHint } from '../topology/contract.ts';
import { countOf, masksOver, nodesIn } from '../topology/numa-mask.ts';
import type { CpuLayout } from './cpu-layout.ts';
import { type CpuSet, sortedCpus } from './cpu-list.ts';

export interface CpuHintRequest {
  readonly machine: CpuLayout;
  readonly available: CpuSet;
  /** These must be among the ones that are given. */
  readonly reusable: CpuSet;
  readonly count: number;
  readonly alignsBySocket: boolean;
}

/** The sets of NUMA nodes that have as many CPUs; those are preferred that are no more nodes than the request needs on an empty machine. */
export function cpuHints({ machine, available, reusable, count, alignsBySocket }: CpuHintRequest): TopologyHint[] {
  const nodes = sortedCpus(machine.groups('numa'));
  const masks = masksOver(nodes);
  const fits = masks.filter((mask) => machine.cpusIn('numa', ...nodesIn(mask)).size >= count);
  const fewest = Math.min(nodes.length, ...fits.map(countOf));
  return masks.flatMap((affinity) => {
    const cpus = machine.cpusIn('numa', ...nodesIn(affinity));
    if (!reusable.isSubsetOf(cpus) || reusable.size + available.intersection(cpus).size < count) return [];
    const isPreferred = countOf(affinity) === fewest || (alignsBySocket && fillsSockets(machine, nodesIn(affinity), fewest));
    return [{ affinity, isPreferred }];
  });
}

/** Whether the nodes are of no more sockets than the request needs. */
function fillsSockets(machine: CpuLayout, nodes: readonly number[], fewestNodes: number): boolean {
  const nodesPerSocket = Math.floor(machine.groups('numa').size / machine.groups('socket').size);
  if (nodesPerSocket === 0) return false;
  const sockets = new Set(nodes.flatMap((node) => [...machine.groupsIn('socket', 'numa', node)]));
  return sockets.size === Math.ceil(fewestNodes / nodesPerSocket);
}
