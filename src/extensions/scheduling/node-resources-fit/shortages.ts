import type { NodeInfo, NodeTable, Status, Verdicts } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import type { PodRequests } from '../../../extension-points/scheduling/pod-requests.ts';

type Scalar = readonly [name: string, amount: number];

/** Which resources are not looked at, or not everywhere. */
export interface Exemptions {
  isIgnored(name: string): boolean;
  /** Nodes that have none of it take the pod all the same: a device class stands behind it, and DynamicResources looks for devices there. */
  isDelegated(name: string): boolean;
}

/** The bits of what is short; those of extended resources follow. */
const podsBit = 1;
const cpuBit = 2;
const memoryBit = 4;
const storageBit = 8;
const firstScalarBit = 16;
/** Bits for more do not fit into a number that shifts. */
const mostScalars = 25;
/** What a byte can tell apart besides 0. */
const mostMarks = 255;

/** Memory by node index, used again for each pod and by one call at a time. */
let marks = new Uint8Array(0);
let shortBits = new Int32Array(0);
let hopelessCounts = new Uint16Array(0);

/** The refusal of a node without room for a pod, one reason per resource, final if the pod would not even fit the empty node. Undefined when there is room. Upstream's reasons. */
export function refusalOf(wanted: PodRequests, node: NodeInfo, exemptions: Exemptions): Status | undefined {
  const { pods, allocatable, requested } = node;
  const reasons: string[] = [];
  if (pods.length + 1 > allocatable.pods) reasons.push('Too many pods');
  if (isShort(wanted.milliCpu, allocatable.milliCpu, requested.milliCpu)) reasons.push('Insufficient cpu');
  if (isShort(wanted.memoryBytes, allocatable.memoryBytes, requested.memoryBytes)) reasons.push('Insufficient memory');
  if (isShort(wanted.ephemeralStorageBytes, allocatable.ephemeralStorageBytes, requested.ephemeralStorageBytes)) reasons.push('Insufficient ephemeral-storage');
  for (const [name, amount] of wanted.scalar) {
    const total = allocatable.scalar.get(name) ?? 0;
    if (exemptions.isIgnored(name) || (total === 0 && exemptions.isDelegated(name))) continue;
    if (isShort(amount, total, requested.scalar.get(name) ?? 0)) reasons.push(`Insufficient ${name}`);
  }
  if (reasons.length === 0) return undefined;
  return exceeds(wanted, wantedScalars(wanted, exemptions), node, exemptions) ? unresolvable(...reasons) : unschedulable(...reasons);
}

/** Refuses the nodes of a table without room, as `refusalOf` would. Nodes that lack the same resources share one status. */
export function refuseShort(wanted: PodRequests, table: NodeTable, verdicts: Verdicts, exemptions: Exemptions): void {
  const { nodes, allocatable, requested } = table;
  const [cpus, memories, storages, pods] = [allocatable.milliCpu, allocatable.memoryBytes, allocatable.ephemeralStorageBytes, allocatable.pods];
  const [usedCpus, usedMemories, usedStorages, usedPods] = [requested.milliCpu, requested.memoryBytes, requested.ephemeralStorageBytes, requested.pods];
  const scalars = wantedScalars(wanted, exemptions);
  const { short: shortAt, hopeless: hopelessAt } = missingScalars(scalars, table, exemptions);
  const { milliCpu, memoryBytes, ephemeralStorageBytes } = wanted;
  if (marks.length < nodes.length) marks = new Uint8Array(nodes.length * 2);
  const each = marks.subarray(0, nodes.length).fill(0);
  const statuses: Status[] = [success];
  const markOf = new Map<number, number>();
  // Runs of nodes lack the same.
  let lastKey = 0;
  let last = 0;
  const { length } = nodes;
  for (let index = 0; index < length; index++) {
    let short = shortAt[index]!;
    let isHopeless = hopelessAt[index]! > 0;
    if (usedPods[index]! >= pods[index]!) short |= podsBit;
    if (milliCpu > 0) {
      const cpu = cpus[index]!;
      if (milliCpu > cpu - usedCpus[index]!) short |= cpuBit;
      if (milliCpu > cpu) isHopeless = true;
    }
    if (memoryBytes > 0) {
      const memory = memories[index]!;
      if (memoryBytes > memory - usedMemories[index]!) short |= memoryBit;
      if (memoryBytes > memory) isHopeless = true;
    }
    if (ephemeralStorageBytes > 0) {
      const storage = storages[index]!;
      if (ephemeralStorageBytes > storage - usedStorages[index]!) short |= storageBit;
      if (ephemeralStorageBytes > storage) isHopeless = true;
    }
    if (short === 0) continue;
    const key = isHopeless ? -short : short;
    if (scalars.length > mostScalars || statuses.length > mostMarks) {
      verdicts.refuse(index, refusalOf(wanted, nodes[index]!, exemptions)!);
      continue;
    }
    if (key !== lastKey) {
      lastKey = key;
      last = markOf.get(key) ?? 0;
      if (last === 0) markOf.set(key, (last = statuses.push(refusalOf(wanted, nodes[index]!, exemptions)!) - 1));
    }
    each[index] = last;
  }
  verdicts.refuseMarked(each, statuses);
}

/** By node index: the bits of the extended resources that are short there, and how many of them even the empty node has too little of. */
function missingScalars(
  scalars: readonly Scalar[],
  table: NodeTable,
  { isDelegated }: Exemptions,
): { readonly short: Int32Array; readonly hopeless: Uint16Array } {
  const { nodes } = table;
  const bitAt = (place: number): number => firstScalarBit << Math.min(place, mostScalars);
  // Those that share the last bit are short of one of them as long as one was not seen to suffice.
  const required = scalars.map(([name]) => !isDelegated(name));
  if (shortBits.length < nodes.length) {
    shortBits = new Int32Array(nodes.length * 2);
    hopelessCounts = new Uint16Array(nodes.length * 2);
  }
  const short = shortBits.subarray(0, nodes.length).fill(required.reduce((bits, isRequired, place) => (isRequired ? bits | bitAt(place) : bits), 0));
  const hopeless = hopelessCounts.subarray(0, nodes.length).fill(required.filter((isRequired) => isRequired).length);
  const shared = new Uint16Array(scalars.length > mostScalars ? nodes.length : 0).fill(required.slice(mostScalars).filter((isRequired) => isRequired).length);
  for (const [place, [name, amount]] of scalars.entries()) {
    for (const index of table.holders(name)) {
      const { allocatable, requested } = nodes[index]!;
      const total = allocatable.scalar.get(name) ?? 0;
      const isTooMuch = amount > total - (requested.scalar.get(name) ?? 0);
      if (!required[place]) {
        // Most nodes have none of a resource: what is delegated there is short only where a device plugin has too little.
        if (total === 0 || !isTooMuch) continue;
        if (amount > total) hopeless[index]!++;
        if (place >= mostScalars) shared[index]!++;
        short[index]! |= bitAt(place);
        continue;
      }
      if (amount <= total) hopeless[index]!--;
      if (isTooMuch) continue;
      if (place < mostScalars || --shared[index]! === 0) short[index]! &= ~bitAt(place);
    }
  }
  return { short, hopeless };
}

const wantedScalars = ({ scalar }: PodRequests, { isIgnored }: Exemptions): readonly Scalar[] =>
  [...scalar].filter(([name, amount]) => amount > 0 && !isIgnored(name));

/** Whether the pod would not even fit the empty node: then removing pods does not help. */
function exceeds(wanted: PodRequests, scalars: readonly Scalar[], { allocatable }: NodeInfo, { isDelegated }: Exemptions): boolean {
  if (wanted.milliCpu > allocatable.milliCpu || wanted.memoryBytes > allocatable.memoryBytes) return true;
  if (wanted.ephemeralStorageBytes > allocatable.ephemeralStorageBytes) return true;
  for (const [name, amount] of scalars) {
    const total = allocatable.scalar.get(name) ?? 0;
    if (amount > total && !(total === 0 && isDelegated(name))) return true;
  }
  return false;
}

const isShort = (wanted: number, allocatable: number, requested: number): boolean => wanted > 0 && wanted > allocatable - requested;
