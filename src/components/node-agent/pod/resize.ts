import { isDeepStrictEqual } from 'node:util';
import type { Container, Pod, PodCondition, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { containerResources } from '../containers/container-resources.ts';
import { activeContainer, isRunning, type ObservedContainer, type ObservedPod } from './observed-pod.ts';
import type { ContainerToKill } from './pod-actions.ts';
import type { PodServices } from './pod-services.ts';
import type { PodState } from './pod-state.ts';

/** Resources that were granted to a pod's containers, which may differ from what it asks for since. */
export type Allocation = ReadonlyMap<string, ResourceRequirements>;

const resizable = (pod: Pod): readonly Container[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];

export const allocationOf = (pod: Pod): Allocation => new Map(resizable(pod).map(({ name, resources = {} }) => [name, resources]));

/** What was granted before the agent was restarted: what the status shows of containers that ran. */
export function reportedAllocation(pod: Pod): Allocation {
  const reported = new Map(
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map((status) => [status.name, status.resources]),
  );
  return new Map(resizable(pod).map(({ name, resources = {} }) => [name, reported.get(name) ?? resources]));
}

/** The pod as it was granted: its definition with the allocated resources in place of those asked for. */
export function allocatedPod(pod: Pod, allocation: Allocation | undefined): Pod {
  const isSame = !allocation || resizable(pod).every(({ name, resources = {} }) => isDeepStrictEqual(allocation.get(name) ?? resources, resources));
  if (isSame) return pod;
  const granted = (container: Container): Container => ({ ...container, resources: allocation.get(container.name) ?? container.resources ?? {} });
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(granted),
      ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(granted) } : {}),
    },
  };
}

/** Grants what a pod asks for since it was last looked at, when the node has it. Answers the condition to show while it does not. */
export function allocate(wanted: Pod, state: PodState, services: Pick<PodServices, 'fitOfResize' | 'clock'>): void {
  state.pendingResize = undefined;
  if (allocatedPod(wanted, state.allocation) === wanted) return;
  const fit = services.fitOfResize(wanted);
  if (fit.kind === 'fits') state.allocation = allocationOf(wanted);
  else state.pendingResize = { type: 'PodResizePending', status: 'True', reason: fit.kind === 'infeasible' ? 'Infeasible' : 'Deferred', message: fit.message };
}

/**
 * Makes running containers have what was granted: in place where their resize policy allows, else by being killed (they are started again). Answers what to kill.
 * A pod's cgroup grows before its containers and shrinks after them; `ensure` is called on both sides.
 */
export async function applyResize(state: PodState, observed: ObservedPod, services: PodServices): Promise<ContainerToKill[]> {
  const { pod, applied } = state;
  const kills: ContainerToKill[] = [];
  for (const container of resizable(pod)) {
    const current = activeContainer(observed, container.name);
    if (!current || !isRunning(current)) continue;
    const has = applied.get(current.id);
    const granted = container.resources ?? {};
    applied.set(current.id, granted);
    if (has === undefined || isDeepStrictEqual(has, granted)) continue;
    if (needsRestart(container, has, granted)) kills.push(resizeKill(container, current));
    else
      await services.runtime.updateContainerResources(current.id, containerResources(pod, container, services.facts())).catch((error: unknown) => {
        applied.set(current.id, has); // tried again at the next turn
        throw error;
      });
  }
  for (const id of applied.keys()) if (!observed.containers.some((container) => container.id === id)) applied.delete(id);
  if (!services.isSimulated) services.cgroups.ensure(pod);
  return kills;
}

function needsRestart({ resizePolicy = [] }: Container, before: ResourceRequirements, after: ResourceRequirements): boolean {
  return resizePolicy.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      (before.requests?.[resourceName] !== after.requests?.[resourceName] || before.limits?.[resourceName] !== after.limits?.[resourceName]),
  );
}

const resizeKill = (spec: Container, container: ObservedContainer): ContainerToKill => ({
  spec,
  container,
  reason: 'changed',
  message: `Container ${spec.name} resize requires restart`,
});

/** Conditions about resizes, beside those every pod has. */
export const resizeConditions = (state: PodState): readonly PodCondition[] => (state.pendingResize ? [state.pendingResize] : []);
