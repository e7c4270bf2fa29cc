import type { Container, ContainerStatus, Pod, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import type { Quantity } from '../../../api/quantity.ts';
import { type Amounts, addTo, raiseTo, readAmounts } from './amounts.ts';
import { hugePagesPrefix } from './resource-names.ts';

/** Whether `spec.resources` of a pod may name a resource. */
export const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith(hugePagesPrefix);

/** What the containers of a pod ask for together, exactly: the larger of all that run at once and the hungriest step of initialisation. */
export function aggregate(spec: Pod['spec'] | undefined, amountsOf: (container: Container, isInitial: boolean) => Amounts): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  for (const container of spec?.containers ?? []) addTo(total, amountsOf(container, false));
  if (!spec?.initContainers) return total;
  const sidecars = new Map<string, Quantity>();
  const largestStep = new Map<string, Quantity>();
  for (const container of spec.initContainers) {
    const amounts = amountsOf(container, true);
    const isSidecar = container.restartPolicy === 'Always';
    if (isSidecar) addTo(total, amounts);
    if (isSidecar) addTo(sidecars, amounts);
    const step = new Map(isSidecar ? [] : amounts);
    addTo(step, sidecars);
    raiseTo(largestStep, step);
  }
  raiseTo(total, largestStep);
  return total;
}

/**
 * What a pod requests, overhead included; while a container is resized, the larger of what is wanted and what is given.
 * Rule: component-helpers `resource.PodRequests` with the resources of the status.
 */
export function podRequests(pod: Pod): Map<string, Quantity> {
  const statuses = statusesOf(pod);
  const total = aggregate(pod.spec, (container, isInitial) => {
    const status = givenTo(container, isInitial, statuses);
    if (!status) return readAmounts(container.resources?.requests);
    const amounts = isResizeInfeasible(pod) ? new Map<string, Quantity>() : readAmounts(container.resources?.requests);
    raiseTo(amounts, readAmounts(status.resources?.requests));
    raiseTo(amounts, readAmounts(status.allocatedResources));
    return amounts;
  });
  override(total, pod.spec?.resources?.requests);
  addTo(total, readAmounts(pod.spec?.overhead));
  return total;
}

/** What a pod is limited to; overhead is added where there is a limit. Rule: component-helpers `resource.PodLimits`. */
export function podLimits(pod: Pod): Map<string, Quantity> {
  const statuses = statusesOf(pod);
  const total = aggregate(pod.spec, (container, isInitial) => {
    const status = givenTo(container, isInitial, statuses);
    if (!status) return readAmounts(container.resources?.limits);
    const amounts = isResizeInfeasible(pod) ? new Map<string, Quantity>() : readAmounts(container.resources?.limits);
    raiseTo(amounts, readAmounts(status.resources?.limits));
    return amounts;
  });
  override(total, pod.spec?.resources?.limits);
  for (const [name, amount] of readAmounts(pod.spec?.overhead)) if (total.get(name)?.nano) addTo(total, new Map([[name, amount]]));
  return total;
}

function statusesOf({ status }: Pod): ReadonlyMap<string, ContainerStatus> | undefined {
  if (!status?.containerStatuses && !status?.initContainerStatuses) return undefined;
  return new Map([...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((one) => [one.name, one]));
}

/** What the node says of a container's resources; of init containers only sidecars are resized. */
function givenTo(container: Container, isInitial: boolean, statuses: ReadonlyMap<string, ContainerStatus> | undefined): ContainerStatus | undefined {
  if (!statuses || (isInitial && container.restartPolicy !== 'Always')) return undefined;
  const status = statuses.get(container.name);
  return status?.resources ? status : undefined;
}

const isResizeInfeasible = ({ status }: Pod): boolean => status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';

/** What the pod as a whole asks for counts in place of its containers' sum. */
function override(total: Map<string, Quantity>, list: ResourceRequirements['requests']): void {
  for (const [name, amount] of readAmounts(list)) if (isPodLevelResource(name)) total.set(name, amount);
}
