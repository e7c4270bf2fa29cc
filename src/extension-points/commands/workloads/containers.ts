import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import type { Output } from '../contract.ts';

/** The annotation of a pod that names the container which commands take when none is asked for. */
export const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

export type AnyContainer = Container | EphemeralContainer;

/** A container of any kind by its name; undefined when the pod has none of it. */
export function findContainer({ spec }: Pod, name: string): AnyContainer | undefined {
  const all: readonly AnyContainer[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return all.find((container) => container.name === name);
}

/** `main, shell (ephem), prepare (init)`: the names as messages list them. */
export function containerNames({ spec }: Pod): string {
  return [
    ...(spec?.containers ?? []).map(({ name }) => name),
    ...(spec?.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`),
    ...(spec?.initContainers ?? []).map(({ name }) => `${name} (init)`),
  ].join(', ');
}

export const noSuchContainer = (pod: Pod, name: string): Error =>
  new Error(`container ${name} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);

/** Whether there is a choice to be told about. */
export const hasSeveralContainers = ({ spec }: Pod): boolean =>
  (spec?.containers.length ?? 0) > 1 || (spec?.initContainers ?? []).length > 0 || (spec?.ephemeralContainers ?? []).length > 0;

/**
 * The container of that name; without a name the one that the pod's annotation names, else the first, which is said on `warnings`. Throws when there is no such container.
 */
export function findOrDefaultContainer(pod: Pod, name: string, warnings?: Output): AnyContainer {
  const [first] = pod.spec?.containers ?? [];
  if (!first) throw new Error(`pod ${pod.metadata.namespace}/${pod.metadata.name} does not have any containers`);
  const wanted = name || (pod.metadata.annotations?.[defaultContainerAnnotation] ?? '');
  if (wanted !== '') {
    const found = findContainer(pod, wanted);
    if (!found) throw noSuchContainer(pod, wanted);
    return found;
  }
  if (hasSeveralContainers(pod)) warnings?.write(`Defaulted container ${JSON.stringify(first.name)} out of: ${containerNames(pod)}\n`);
  return first;
}
