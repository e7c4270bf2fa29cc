import { combinations } from '../topology/numa-mask.ts';
import type { CpuLayout } from './cpu-layout.ts';
import { type CpuSet, noCpus } from './cpu-list.ts';
import { type CpuOrder, CpuPicker } from './cpu-picker.ts';

export interface CpuRequest {
  readonly machine: CpuLayout;
  readonly free: CpuSet;
  readonly count: number;
  readonly order: CpuOrder;
}

/** As few NUMA nodes, sockets and cores as can be, and of those the fullest. Throws as upstream words it when there are not as many. */
export function pickPacked({ machine, free, count, order }: CpuRequest, alignsUncoreCaches = false): CpuSet {
  const picker = new CpuPicker(machine, free, count, order);
  if (picker.isSatisfied) return noCpus;
  if (!picker.canSucceed) throw notEnough(count, free);
  picker.takeWholeNodesAndSockets();
  if (!picker.isSatisfied && alignsUncoreCaches) picker.takeUncoreCaches();
  if (!picker.isSatisfied && order === 'packed') picker.takeWholeCores();
  if (!picker.isSatisfied) picker.takeSingle();
  if (!picker.isSatisfied) throw new Error('failed to allocate cpus');
  return picker.picked;
}

/**
 * As many CPUs from each of as few NUMA nodes as can be (KEP-2902), in groups of `groupSize`; what does not divide evenly goes where it leaves the nodes most alike.
 * Falls back to packing where no nodes can share the request. Throws as upstream words it when there are not as many.
 */
export function pickDistributed(request: CpuRequest, groupSize: number): CpuSet {
  const { machine, free, count, order } = request;
  if (count % groupSize !== 0) return pickPacked(request);
  const picker = new CpuPicker(machine, free, count, order);
  if (picker.isSatisfied) return noCpus;
  if (!picker.canSucceed) throw notEnough(count, free);
  const nodes = picker.sorted('numa');
  const freeCounts = new Map(nodes.map((node) => [node, picker.free.cpusIn('numa', node).size]));
  const { fewest, most } = nodeCounts(machine, nodes.length, count, groupSize);
  for (let size = fewest; size <= most; size++) {
    const best = bestShare(nodes, freeCounts, size, count, groupSize);
    if (best) return takeShare(picker, request, best, groupSize);
  }
  return pickPacked(request);
}

const notEnough = (count: number, free: CpuSet): Error => new Error(`not enough cpus available to satisfy request: requested=${count}, available=${free.size}`);

/** How many NUMA nodes a request can be shared between. */
function nodeCounts(machine: CpuLayout, availableNodes: number, count: number, groupSize: number): { fewest: number; most: number } {
  const groupsPerNode = Math.ceil(Math.ceil(machine.size / groupSize) / machine.groups('numa').size);
  const groups = Math.ceil(count / groupSize);
  return { fewest: Math.ceil(groups / groupsPerNode), most: Math.min(groups, availableNodes) };
}

interface Share {
  /** Each of these gives as many. */
  readonly nodes: readonly number[];
  readonly each: number;
  /** These give the rest, a group in turn. */
  readonly restNodes: readonly number[];
  /** How unlike the nodes' free CPUs are afterwards. */
  readonly imbalance: number;
}

type FreeCounts = ReadonlyMap<number, number>;

function bestShare(nodes: readonly number[], freeCounts: FreeCounts, size: number, count: number, groupSize: number): Share | undefined {
  let best: Share | undefined;
  for (const chosen of combinations(nodes, size)) {
    const share = shareBetween(chosen, freeCounts, count, groupSize);
    if (share && (!best || share.imbalance < best.imbalance)) best = share;
    if (best?.imbalance === 0) break;
  }
  return best;
}

function shareBetween(nodes: readonly number[], freeCounts: FreeCounts, count: number, groupSize: number): Share | undefined {
  const groups = nodes.reduce((sum, node) => sum + Math.floor(freeCounts.get(node)! / groupSize), 0);
  if (groups * groupSize < count) return undefined;
  const each = Math.floor(count / nodes.length / groupSize) * groupSize;
  if (nodes.some((node) => freeCounts.get(node)! < each)) return undefined;
  const left = new Map(freeCounts);
  for (const node of nodes) left.set(node, left.get(node)! - each);
  const rest = count - each * nodes.length;
  if (rest === 0) return { nodes, each, restNodes: [], imbalance: deviation([...left.values()]) };
  const candidates = nodes.filter((node) => left.get(node)! >= groupSize);
  let best: Share | undefined;
  for (let size = candidates.length; size >= 1; size--)
    for (const restNodes of combinations(candidates, size)) {
      const after = afterRest(left, restNodes, rest, groupSize);
      const imbalance = after ? deviation([...after.values()]) : Infinity;
      if (imbalance < (best?.imbalance ?? Infinity)) best = { nodes, each, restNodes, imbalance };
    }
  return best;
}

function afterRest(left: FreeCounts, nodes: readonly number[], rest: number, groupSize: number): FreeCounts | undefined {
  if (nodes.reduce((sum, node) => sum + Math.floor(left.get(node)! / groupSize) * groupSize, 0) < rest) return undefined;
  const after = new Map(left);
  eachInTurn(nodes, rest, groupSize, (node) => {
    if (after.get(node)! < groupSize) return false;
    after.set(node, after.get(node)! - groupSize);
    return true;
  });
  return after;
}

/** Goes round the nodes until all is given; `give` answers whether the node had a group. */
function eachInTurn(nodes: readonly number[], amount: number, groupSize: number, give: (node: number) => boolean): void {
  for (let rest = amount; rest > 0; ) for (const node of nodes) if (rest > 0 && give(node)) rest -= groupSize;
}

function takeShare(picker: CpuPicker, { machine, order }: CpuRequest, { nodes, each, restNodes }: Share, groupSize: number): CpuSet {
  const takeFrom = (node: number, count: number): void => picker.take(pickPacked({ machine, free: picker.free.cpusIn('numa', node), count, order }));
  for (const node of nodes) takeFrom(node, each);
  eachInTurn(restNodes, picker.needed, groupSize, (node) => {
    if (picker.free.cpusIn('numa', node).size < groupSize) return false;
    takeFrom(node, groupSize);
    return true;
  });
  return picker.picked;
}

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** The standard deviation to three places, as upstream compares it. */
function deviation(values: readonly number[]): number {
  const mean = thousandths(values.reduce((sum, value) => sum + value, 0) / values.length);
  return thousandths(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length));
}
