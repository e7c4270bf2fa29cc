import { formatQuantity, quantityMilliValue, quantityOf, quantityOfMilli, quantityValue } from '../../../api/quantity.ts';
import type { NodeInfo, ResourceTotals } from '../../../extension-points/scheduling/contract.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import { groupKeyOf } from './pod-group-type.ts';

export interface WantedResources {
  readonly groupKey: string;
  readonly minMember: number;
  readonly minResources: Readonly<Record<string, string | number>>;
}

/**
 * What the nodes together lack of a group's `minResources`, as upstream's reason for people; undefined when they have it all. What the group's own members hold counts
 * as free, and each member needs a place for a pod.
 */
export function resourceGap({ groupKey, minMember, minResources }: WantedResources, nodes: readonly NodeInfo[]): string | undefined {
  const missing = new Map<string, number>([['pods', minMember]]);
  for (const [name, amount] of Object.entries(minResources))
    if (name !== 'pods') missing.set(name, name === 'cpu' ? quantityMilliValue(amount) : quantityValue(amount));
  for (const node of nodes) {
    const own = node.pods.filter((pod) => groupKeyOf(pod) === groupKey).map(podRequests);
    for (const [name, amount] of missing) {
      const free = own.reduce((sum, requests) => sum + amountOf(requests, name), amountOf(node.allocatable, name) - amountOf(node.requested, name));
      if (amount - free <= 0) missing.delete(name);
      else missing.set(name, amount - free);
    }
    if (missing.size === 0) return undefined;
  }
  return missing.size === 0 ? undefined : `resource gap: map[${[...missing].sort().map(amountText).join(' ')}]`;
}

function amountOf(totals: ResourceTotals, name: string): number {
  switch (name) {
    case 'cpu':
      return totals.milliCpu;
    case 'memory':
      return totals.memoryBytes;
    case 'ephemeral-storage':
      return totals.ephemeralStorageBytes;
    case 'pods':
      return totals.pods;
    default:
      return totals.scalar.get(name) ?? 0;
  }
}

function amountText([name, amount]: readonly [string, number]): string {
  const isBytes = name === 'memory' || name === 'ephemeral-storage';
  return `${name}:${formatQuantity(name === 'cpu' ? quantityOfMilli(amount) : quantityOf(amount, isBytes ? 'BinarySI' : 'DecimalSI'))}`;
}
