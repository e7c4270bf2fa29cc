import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { isHugePageResource, isSidecar } from '../resources.ts';

/** The most that a pod's containers hold at one time: those that go on running together, or an ordinary init container beside the sidecars that started before it. */
export function podPeak(pod: Pod, amountOf: (container: Container) => number): number {
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) sidecars += amountOf(container);
    else peak = Math.max(peak, sidecars + amountOf(container));
  }
  return Math.max(
    peak,
    pod.spec.containers.reduce((sum, container) => sum + amountOf(container), sidecars),
  );
}

/** Whether a pod says as a whole what it needs: then nothing is divided among its containers (upstream's PodLevelResourceManagers is off). */
export const hasPodLevelResources = ({ spec: { resources } }: Pod): boolean =>
  Object.keys({ ...resources?.limits, ...resources?.requests }).some((name) => name === 'cpu' || name === 'memory' || isHugePageResource(name));

/** Ordinary init containers have ended when others run, so what they had is used again. */
export const isOrdinaryInit = (pod: Pod, { name }: Container): boolean =>
  (pod.spec.initContainers ?? []).some((container) => container.name === name && !isSidecar(container));
