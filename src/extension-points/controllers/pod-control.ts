import type { Pod, PodTemplateSpec } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, nameOf } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { ApiError, isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import { controllerReference } from './owner-references.ts';

export interface PodControl<Owner extends KubernetesObject> {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly owner: Owner;
  readonly ownerType: ResourceType<Owner>;
}

/** What the API answers to a create in a namespace that is being deleted. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;

/** Creates a pod of a template, controlled by its owner, and records it on the owner. */
export async function createPod<Owner extends KubernetesObject>(
  { client, events, owner, ownerType }: PodControl<Owner>,
  template: PodTemplateSpec,
  change: (pod: Pod) => Pod = (pod) => pod,
): Promise<Pod> {
  const pod = change(podFrom(template, owner, ownerType));
  try {
    const created = await client.create(pods, pod);
    events.record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(created)}`);
    return created;
  } catch (error) {
    if (!isNamespaceTerminating(error))
      events.record(owner, 'Warning', 'FailedCreate', `Error creating: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
}

/** Deletes a pod and records it on the owner. A pod that is gone already is no error, and no event. */
export async function deletePod<Owner extends KubernetesObject>({ client, events, owner }: PodControl<Owner>, pod: Pod): Promise<void> {
  try {
    await client.delete(pods, keyOf(pod), pod.metadata.uid ? { preconditions: { uid: pod.metadata.uid } } : {});
  } catch (error) {
    if (isNotFound(error)) throw error;
    events.record(owner, 'Warning', 'FailedDelete', `Error deleting: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
  events.record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
}

function podFrom<Owner extends KubernetesObject>(template: PodTemplateSpec, owner: Owner, ownerType: ResourceType<Owner>): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: template.spec ?? { containers: [] },
    metadata: {
      generateName: `${nameOf(owner)}-`,
      namespace: owner.metadata.namespace ?? '',
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner, ownerType)],
    },
  };
}
