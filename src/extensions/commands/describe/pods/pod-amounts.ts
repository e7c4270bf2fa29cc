import type { Container, ContainerStatus, Pod } from '../../../../api/generated/core-v1.ts';
import { addQuantities } from '../../../../api/quantity.ts';
import { type Amounts, addAmounts, amountsOf, type ResourceList, raiseAmounts } from '../page/quantities.ts';

/** Whether what containers have now counts besides what they are to have. */
export interface AmountOptions {
  readonly usesStatus: boolean;
}

/** What a pod requests of a node: as the scheduler reckons (component-helpers `PodRequests`), in the units it is written in. */
export function requestsOf(pod: Pod, { usesStatus }: AmountOptions): Amounts {
  const total = containerAmounts(pod, (container, status) =>
    usesStatus && status?.resources
      ? largest(pod, container.resources?.requests, status.resources.requests, status.allocatedResources)
      : amountsOf(container.resources?.requests),
  );
  setOfPod(total, pod.spec?.resources?.requests);
  addAmounts(total, amountsOf(pod.spec?.overhead));
  return total;
}

/** What a pod is limited to. Overhead counts where there is a limit. */
export function limitsOf(pod: Pod, { usesStatus }: AmountOptions): Amounts {
  const total = containerAmounts(pod, (container, status) =>
    usesStatus && status?.resources ? largest(pod, container.resources?.limits, status.resources.limits) : amountsOf(container.resources?.limits),
  );
  setOfPod(total, pod.spec?.resources?.limits);
  for (const [name, amount] of amountsOf(pod.spec?.overhead)) {
    const limit = total.get(name);
    if (limit && limit.nano !== 0n) total.set(name, addQuantities(limit, amount));
  }
  return total;
}

/** Containers together, or the largest initialisation step; sidecars count from where they start. */
function containerAmounts({ spec, status }: Pod, amountsOfOne: (container: Container, status: ContainerStatus | undefined) => Amounts): Amounts {
  const statuses = new Map([...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((each) => [each.name, each]));
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const largestStep: Amounts = new Map();
  for (const container of spec?.containers ?? []) addAmounts(total, amountsOfOne(container, statuses.get(container.name)));
  for (const container of spec?.initContainers ?? []) {
    const isSidecar = container.restartPolicy === 'Always';
    const amounts = amountsOfOne(container, isSidecar ? statuses.get(container.name) : undefined);
    if (isSidecar) {
      addAmounts(total, amounts);
      addAmounts(sidecars, amounts);
      raiseAmounts(largestStep, sidecars);
    } else {
      const step: Amounts = new Map(amounts);
      addAmounts(step, sidecars);
      raiseAmounts(largestStep, step);
    }
  }
  raiseAmounts(total, largestStep);
  return total;
}

/** A resize that cannot be done has no say. */
function largest({ status }: Pod, wanted: ResourceList | undefined, ...actual: (ResourceList | undefined)[]): Amounts {
  const isInfeasible = status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
  const amounts: Amounts = new Map();
  for (const list of isInfeasible ? actual : [wanted, ...actual]) raiseAmounts(amounts, amountsOf(list));
  return amounts;
}

/** Amounts of the pod as a whole override those of its containers. */
function setOfPod(total: Amounts, list: ResourceList | undefined): void {
  for (const [name, amount] of amountsOf(list)) if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) total.set(name, amount);
}
