import type { Pod } from '../../api/generated/core-v1.ts';

/** Where a container stands in its pod, as events name it: `spec.containers{web}`. */
export function containerFieldPath(pod: Pod, name: string): string {
  const has = (containers: readonly { name: string }[] | undefined): boolean => containers?.some((container) => container.name === name) ?? false;
  if (has(pod.spec.initContainers)) return `spec.initContainers{${name}}`;
  if (has(pod.spec.ephemeralContainers)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}
