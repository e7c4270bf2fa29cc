import type { NodeInfo, NodeTable, Status, Verdicts } from '../../../extension-points/scheduling/contract.ts';
import { unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import type { PodRequests } from '../../../extension-points/scheduling/pod-requests.ts';

type Scalar = readonly [name: string, amount: number];
type IsIgnored = (name: string) => boolean;

/** The bits of what is short; those of extended resources follow. */
const podsBit = 1;
const cpuBit = 2;
const memoryBit = 4;
const storageBit = 8;
const firstScalarBit = 16;
/** Bits for more do not fit into a number that shifts. */
const mostScalars = 25;

/** The refusal of a node without room for a pod, one reason per resource, final if the pod would not even fit the empty node. Undefined when there is room. Upstream's reasons. */
export function refusalOf(wanted: PodRequests, node: NodeInfo, isIgnored: IsIgnored): Status | undefined {
  const { pods, allocatable, requested } = node;
  const reasons: string[] = [];
  if (pods.length + 1 > allocatable.pods) reasons.push('Too many pods');
  if (isShort(wanted.milliCpu, allocatable.milliCpu, requested.milliCpu)) reasons.push('Insufficient cpu');
  if (isShort(wanted.memoryBytes, allocatable.memoryBytes, requested.memoryBytes)) reasons.push('Insufficient memory');
  if (isShort(wanted.ephemeralStorageBytes, allocatable.ephemeralStorageBytes, requested.ephemeralStorageBytes)) reasons.push('Insufficient ephemeral-storage');
  for (const [name, amount] of wanted.scalar) {
    if (!isIgnored(name) && isShort(amount, allocatable.scalar.get(name) ?? 0, requested.scalar.get(name) ?? 0)) reasons.push(`Insufficient ${name}`);
  }
  if (reasons.length === 0) return undefined;
  return exceeds(wanted, wantedScalars(wanted, isIgnored), node) ? unresolvable(...reasons) : unschedulable(...reasons);
}

/** Refuses the nodes of a table without room, as `refusalOf` would. Nodes that lack the same resources share one status. */
export function refuseShort(wanted: PodRequests, table: NodeTable, verdicts: Verdicts, isIgnored: IsIgnored): void {
  const { nodes, allocatable, requested } = table;
  const [cpus, memories, storages, pods] = [allocatable.milliCpu, allocatable.memoryBytes, allocatable.ephemeralStorageBytes, allocatable.pods];
  const [usedCpus, usedMemories, usedStorages, usedPods] = [requested.milliCpu, requested.memoryBytes, requested.ephemeralStorageBytes, requested.pods];
  const scalars = wantedScalars(wanted, isIgnored);
  const missing = scalars.length > 0 ? missingScalars(scalars, table) : undefined;
  const { milliCpu, memoryBytes, ephemeralStorageBytes } = wanted;
  const known = new Map<number, Status>();
  // Runs of nodes lack the same.
  let lastKey = 0;
  let last: Status | undefined;
  for (let index = 0; index < nodes.length; index++) {
    const cpu = cpus[index]!;
    const memory = memories[index]!;
    const storage = storages[index]!;
    let short = missing ? missing.short[index]! : 0;
    if (usedPods[index]! + 1 > pods[index]!) short |= podsBit;
    if (milliCpu > 0 && milliCpu > cpu - usedCpus[index]!) short |= cpuBit;
    if (memoryBytes > 0 && memoryBytes > memory - usedMemories[index]!) short |= memoryBit;
    if (ephemeralStorageBytes > 0 && ephemeralStorageBytes > storage - usedStorages[index]!) short |= storageBit;
    if (short === 0) continue;
    const isHopeless = milliCpu > cpu || memoryBytes > memory || ephemeralStorageBytes > storage || (missing !== undefined && missing.hopeless[index]! > 0);
    const key = isHopeless ? -short : short;
    if (key !== lastKey || scalars.length > mostScalars) {
      lastKey = key;
      last = scalars.length > mostScalars ? undefined : known.get(key);
      if (!last) known.set(key, (last = refusalOf(wanted, nodes[index]!, isIgnored)!));
    }
    verdicts.refuse(index, last!);
  }
}

/** By node index: the bits of the extended resources that are short there, and how many of them even the empty node has too little of. */
function missingScalars(scalars: readonly Scalar[], table: NodeTable): { readonly short: Int32Array; readonly hopeless: Uint16Array } {
  const { nodes } = table;
  const bitAt = (place: number): number => firstScalarBit << Math.min(place, mostScalars);
  const short = new Int32Array(nodes.length).fill(scalars.reduce((bits, _, place) => bits | bitAt(place), 0));
  const hopeless = new Uint16Array(nodes.length).fill(scalars.length);
  // Most nodes have none of a resource. Those that share the last bit are short of one of them as long as one was not seen to suffice.
  const shared = new Uint16Array(scalars.length > mostScalars ? nodes.length : 0).fill(Math.max(0, scalars.length - mostScalars));
  for (const [place, [name, amount]] of scalars.entries()) {
    for (const index of table.holders(name)) {
      const { allocatable, requested } = nodes[index]!;
      const total = allocatable.scalar.get(name) ?? 0;
      if (amount <= total) hopeless[index]!--;
      if (amount > total - (requested.scalar.get(name) ?? 0)) continue;
      if (place < mostScalars || --shared[index]! === 0) short[index]! &= ~bitAt(place);
    }
  }
  return { short, hopeless };
}

const wantedScalars = ({ scalar }: PodRequests, isIgnored: IsIgnored): readonly Scalar[] =>
  [...scalar].filter(([name, amount]) => amount > 0 && !isIgnored(name));

/** Whether the pod would not even fit the empty node: then removing pods does not help. */
function exceeds(wanted: PodRequests, scalars: readonly Scalar[], { allocatable }: NodeInfo): boolean {
  if (wanted.milliCpu > allocatable.milliCpu || wanted.memoryBytes > allocatable.memoryBytes) return true;
  if (wanted.ephemeralStorageBytes > allocatable.ephemeralStorageBytes) return true;
  for (const [name, amount] of scalars) if (amount > (allocatable.scalar.get(name) ?? 0)) return true;
  return false;
}

const isShort = (wanted: number, allocatable: number, requested: number): boolean => wanted > 0 && wanted > allocatable - requested;
