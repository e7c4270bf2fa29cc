import type { ContainerImage, ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { formatQuantity, parseQuantity, quantityMilliValue, quantityOf, quantityOfMilli, quantityValue, subtractQuantities } from '../../../api/quantity.ts';
import type { NodeKind, Simulation } from './simulation.ts';

/** One node of a simulation. */
export interface SimulatedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly images: readonly ContainerImage[];
}

const kindLabel = 'simulate.wherry.dev/kind';

/** The nodes of a simulation under these names. Kinds are interleaved by their shares, so that any stretch of names is a sample of all; each kind goes round the zones. */
export function simulatedNodes(simulation: Simulation, names: readonly string[]): SimulatedNode[] {
  const deal = dealer(simulation.nodes);
  const counts = new Map<NodeKind, number>();
  return names.map((name) => {
    const kind = deal();
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const { capacity, taints, images, allocatable = allocatableOf(capacity) } = kind;
    return { name, labels: labelsOf(simulation, kind, count), taints, capacity, allocatable, images };
  });
}

/** Smooth weighted round robin: whoever has waited longest for its share is next. */
function dealer(kinds: readonly NodeKind[]): () => NodeKind {
  const total = kinds.reduce((sum, { share }) => sum + share, 0);
  const waiting = kinds.map((kind) => ({ kind, credit: 0 }));
  return () => {
    for (const entry of waiting) entry.credit += entry.kind.share;
    const next = waiting.reduce((best, entry) => (entry.credit > best.credit ? entry : best));
    next.credit -= total;
    return next.kind;
  };
}

function labelsOf({ region, zones }: Simulation, { name, instanceType, labels }: NodeKind, index: number): Record<string, string> {
  const zone = zones[index % zones.length];
  return {
    ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }),
    ...(region === '' ? {} : { 'topology.kubernetes.io/region': region }),
    ...(instanceType === '' ? {} : { 'node.kubernetes.io/instance-type': instanceType, [kindLabel]: name }),
    ...labels,
  };
}

const keptCpuMilli = 100;
const keptMemoryBytes = 512 * 1024 ** 2;

/** A node keeps a tenth of a CPU and 512 MiB for itself; huge pages are memory that only who asks for them may use. */
function allocatableOf(capacity: ResourceList): ResourceList {
  const hugePages = Object.entries(capacity).filter(([name]) => name.startsWith('hugepages-'));
  const hugeBytes = hugePages.reduce((sum, [, value]) => sum + quantityValue(value), 0);
  const kept = { ...capacity };
  if (capacity['cpu'] !== undefined && quantityMilliValue(capacity['cpu']) > 2 * keptCpuMilli)
    kept['cpu'] = formatQuantity(subtractQuantities(parseQuantity(capacity['cpu']), quantityOfMilli(keptCpuMilli)));
  if (capacity['memory'] !== undefined && quantityValue(capacity['memory']) > 2 * keptMemoryBytes + hugeBytes)
    kept['memory'] = formatQuantity(subtractQuantities(parseQuantity(capacity['memory']), quantityOf(keptMemoryBytes + hugeBytes, 'BinarySI')));
  return kept;
}
