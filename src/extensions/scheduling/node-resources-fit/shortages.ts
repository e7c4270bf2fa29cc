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
export function refuseShort(wanted: PodRequests, { nodes }: NodeTable, verdicts: Verdicts, isIgnored: IsIgnored): void {
  const scalars = wantedScalars(wanted, isIgnored);
  const { milliCpu, memoryBytes, ephemeralStorageBytes } = wanted;
  const known = new Map<number, Status>();
  for (let index = 0; index < nodes.length; index++) {
    if (verdicts.isRefused(index)) continue;
    const node = nodes[index]!;
    const { allocatable, requested, pods } = node;
    let short = pods.length + 1 > allocatable.pods ? podsBit : 0;
    if (milliCpu > 0 && milliCpu > allocatable.milliCpu - requested.milliCpu) short |= cpuBit;
    if (memoryBytes > 0 && memoryBytes > allocatable.memoryBytes - requested.memoryBytes) short |= memoryBit;
    if (ephemeralStorageBytes > 0 && ephemeralStorageBytes > allocatable.ephemeralStorageBytes - requested.ephemeralStorageBytes) short |= storageBit;
    for (let bit = firstScalarBit, place = 0; place < scalars.length; bit *= 2, place++) {
      const [name, amount] = scalars[place]!;
      if (amount > (allocatable.scalar.get(name) ?? 0) - (requested.scalar.get(name) ?? 0)) short |= bit;
    }
    if (short === 0) continue;
    const key = exceeds(wanted, scalars, node) ? -short : short;
    let status = known.get(key);
    if (!status || scalars.length > mostScalars) known.set(key, (status = refusalOf(wanted, node, isIgnored)!));
    verdicts.refuse(index, status);
  }
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
