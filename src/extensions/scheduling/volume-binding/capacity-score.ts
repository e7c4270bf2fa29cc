import { quantityValue } from '../../../api/quantity.ts';
import { capacityOf, requestOf } from '../../../extension-points/scheduling/volumes/volume-matching.ts';
import type { NodeVolumes } from './node-volumes.ts';
import type { UtilizationPoint } from './volume-binding-arguments.ts';

const nanoPerByte = 1_000_000_000n;

interface Use {
  requested: number;
  capacity: number;
}

/** Scores a node, 0 to 100, by how much of each storage class its volumes would use: the mean over the classes. */
export function scoreCapacity(volumes: NodeVolumes, shape: readonly UtilizationPoint[]): number {
  const uses = [...usesByClass(volumes).values()];
  if (uses.length === 0) return 0;
  const sum = uses.reduce((total, { requested, capacity }) => {
    const utilization = capacity === 0 || requested > capacity ? 100 : Math.trunc((requested * 100) / capacity);
    return total + scoreOf(utilization, shape);
  }, 0);
  return Math.round(sum / uses.length);
}

/** Volumes that exist go before those to be made; what is left of a class is counted once however many come from it. */
function usesByClass({ bindings, provisions }: NodeVolumes): Map<string, Use> {
  const uses = new Map<string, Use>();
  const useOf = (name: string): Use => {
    const use = uses.get(name) ?? { requested: 0, capacity: 0 };
    uses.set(name, use);
    return use;
  };
  for (const { claim, volume } of bindings) {
    const use = useOf(volume.spec.storageClassName ?? '');
    use.requested += Number(requestOf(claim) / nanoPerByte);
    use.capacity += Number(capacityOf(volume) / nanoPerByte);
  }
  if (bindings.length > 0) return uses;
  for (const { claim, capacity } of provisions) {
    if (!capacity) continue;
    const use = useOf(claim.spec.storageClassName ?? '');
    use.requested += Number(requestOf(claim) / nanoPerByte);
    use.capacity = capacity.capacity === undefined ? 0 : quantityValue(capacity.capacity);
  }
  return uses;
}

/** The line through the points of the shape, with scores of 0 to 10 stretched to 100; level before the first and after the last. */
function scoreOf(utilization: number, shape: readonly UtilizationPoint[]): number {
  const index = shape.findIndex((point) => utilization <= point.utilization);
  const [next, before] = [shape[index], shape[index - 1]];
  if (!next) return shape.at(-1)!.score * 10;
  if (!before) return next.score * 10;
  const share = (utilization - before.utilization) / (next.utilization - before.utilization);
  return Math.trunc(before.score * 10 + Math.trunc((next.score - before.score) * 10 * share));
}
