import type { NodeStatus, ResourceList } from '../../../api/generated/core-v1.ts';
import { compareQuantities, formatQuantity, parseQuantity, subtractQuantities } from '../../../api/quantity.ts';
import { isExtendedResource, isHugePageResource } from '../resources.ts';

export type NodeResources = Pick<NodeStatus, 'capacity' | 'allocatable'>;

/**
 * What a node has by its agent, beside what others say it has: a patch of `status.capacity` is how a cluster is told of a resource without a plugin, so it stays, and
 * all of it can be given away. Upstream's rules: a name that is only allocatable goes if it is an extended resource; an agent that starts drops page sizes which the
 * machine does not have; with `isReset`, when the machine behind the node is a new one, extended resources become 0. Huge pages that others add are taken out of the
 * memory for pods as the machine's own are.
 */
export function keptResources(
  shown: NodeResources,
  own: NodeResources,
  { isRegistration, isReset }: { isRegistration: boolean; isReset: boolean },
): NodeResources {
  const isKept = (name: string): boolean => own.capacity?.[name] === undefined && !(isRegistration && isHugePageResource(name));
  const kept = pick(shown.capacity, isKept);
  const amounts = Object.fromEntries(Object.entries(kept).map(([name, amount]) => [name, isReset && isExtendedResource(name) ? '0' : amount]));
  const onlyAllocatable = pick(shown.allocatable, (name) => isKept(name) && kept[name] === undefined && !isExtendedResource(name));
  return {
    capacity: { ...amounts, ...own.capacity },
    allocatable: withoutPages({ ...onlyAllocatable, ...amounts, ...own.allocatable }, amounts),
  };
}

const pick = (list: ResourceList | undefined, isPicked: (name: string) => boolean): ResourceList =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => isPicked(name)));

function withoutPages(allocatable: ResourceList, added: ResourceList): ResourceList {
  const pages = Object.keys(added).filter(isHugePageResource);
  if (pages.length === 0 || allocatable['memory'] === undefined) return allocatable;
  let memory = parseQuantity(allocatable['memory']);
  for (const name of pages) memory = subtractQuantities(memory, parseQuantity(added[name]!));
  return { ...allocatable, memory: compareQuantities(memory, zero) < 0 ? '0' : formatQuantity(memory) };
}

const zero = parseQuantity('0');

/** Whether two accounts of a node are of the same amounts, however they are written. */
export const sameResources = (left: NodeResources, right: NodeResources): boolean =>
  sameAmounts(left.capacity, right.capacity) && sameAmounts(left.allocatable, right.allocatable);

export function sameAmounts(left: ResourceList = {}, right: ResourceList = {}): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const [one, other] = [left[name], right[name]];
    return one === other || (one !== undefined && other !== undefined && compareQuantities(parseQuantity(one), parseQuantity(other)) === 0);
  });
}
