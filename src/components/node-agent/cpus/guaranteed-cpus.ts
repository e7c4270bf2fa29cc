import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { containerRequest, qosClassOf } from '../resources.ts';
import { hasPodLevelResources, podPeak } from '../topology/pod-peak.ts';

/**
 * How many CPUs of its own a container is to have: what it asks for, when the pod is guaranteed and that is a whole number; else 0. What a pod asks for as a
 * whole is not divided into exclusive parts (upstream's PodLevelResourceManagers is off).
 */
export function guaranteedCpus(pod: Pod, container: Container): number {
  if (qosClassOf(pod) !== 'Guaranteed' || hasPodLevelResources(pod)) return 0;
  const milli = containerRequest(container, 'cpu');
  return milli % 1000 === 0 ? milli / 1000 : 0;
}

/** The most CPUs of their own that a pod's containers have at one time. */
export const podGuaranteedCpus = (pod: Pod): number => podPeak(pod, (container) => guaranteedCpus(pod, container));
