import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import { podUid } from '../directories.ts';
import { latestContainer, type ObservedContainer } from '../pod/observed-pod.ts';
import { allContainers } from '../resources.ts';
import { HttpError } from './http-error.ts';
import type { NodeEndpoint } from './node-endpoint.ts';

export interface FoundPod {
  readonly endpoint: NodeEndpoint;
  readonly pod: Pod;
}

/** The pod of a path, on whichever of the agents has it. Throws 404. */
export function findPod(endpoints: Iterable<NodeEndpoint>, namespace: string, name: string, uid?: string): FoundPod {
  for (const endpoint of endpoints) {
    const pod = endpoint.podByName(namespace, name);
    if (pod && (uid === undefined || podUid(pod) === uid)) return { endpoint, pod };
  }
  throw new HttpError(404, 'pod does not exist');
}

/** The container a path names. Throws 404. */
export function findContainer({ pod }: FoundPod, name: string): Container | EphemeralContainer {
  const found = allContainers(pod).find((container) => container.name === name);
  if (!found) throw new HttpError(404, `container "${name}" not found in pod "${pod.metadata.name}"`);
  return found;
}

/** The running instance of a container. Throws what upstream answers exec and attach: clients put `unable to upgrade connection: ` in front. */
export function runningContainer(found: FoundPod, name: string): ObservedContainer {
  findContainer(found, name);
  const container = latestContainer(found.endpoint.observed(podUid(found.pod)), name);
  if (container?.state !== 'running') throw new HttpError(500, `container not found ("${name}")`);
  return container;
}
