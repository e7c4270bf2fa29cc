import type { ControllerRevision, ReplicaSet } from '../../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../../api/generated/core-v1.ts';
import { controllerrevisions, replicasets } from '../../../api/generated/resource-types.ts';
import { selectorFromObject } from '../../../api/label-selector.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { changeCauseAnnotation } from '../../../extension-points/commands/changes/record.ts';
import { listPages } from '../../../extension-points/commands/resources/object-requests.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** One state that a workload was in. */
export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  readonly template: PodTemplateSpec;
  /** What keeps it: a replica set of the deployment, or the workload itself as it was. */
  readonly object: UntypedObject;
}

/** Of a deployment or a replica set; 0 when it has none yet. */
export function revisionOf({ metadata }: KubernetesObject): number {
  const text = metadata.annotations?.[revisionAnnotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0;
}

/** The revisions of a deployment, daemon set or stateful set, oldest first. */
export async function revisionsOf(client: HttpsClient, workload: UntypedObject): Promise<readonly Revision[]> {
  const found = workload.kind === 'Deployment' ? await replicaSetsOf(client, workload) : await controllerRevisionsOf(client, workload);
  const byNumber = new Map(found.map((revision) => [revision.number, revision]));
  return [...byNumber.values()].sort((left, right) => left.number - right.number);
}

async function replicaSetsOf(client: HttpsClient, deployment: UntypedObject): Promise<Revision[]> {
  const owned = await ownedBy<ReplicaSet>(client, replicasets, deployment);
  return owned
    .sort((left, right) => (left.metadata.creationTimestamp ?? '').localeCompare(right.metadata.creationTimestamp ?? ''))
    .map((set) => {
      const changeCause = set.metadata.annotations?.[changeCauseAnnotation] ?? '';
      const { metadata, ...template } = set.spec!.template!;
      const annotations = { ...metadata?.annotations, ...(changeCause === '' ? {} : { [changeCauseAnnotation]: changeCause }) };
      return {
        number: revisionOf(set),
        changeCause,
        template: { ...template, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } } as PodTemplateSpec,
        object: { ...set, apiVersion: 'apps/v1', kind: 'ReplicaSet' } as unknown as UntypedObject,
      };
    });
}

/** The data of a controller revision is a patch that puts a whole template in the place of another. */
async function controllerRevisionsOf(client: HttpsClient, workload: UntypedObject): Promise<Revision[]> {
  const owned = await ownedBy<ControllerRevision>(client, controllerrevisions, workload);
  return owned.map((history) => {
    const template = templateOf(history);
    return {
      number: history.revision,
      changeCause: history.metadata.annotations?.[changeCauseAnnotation] ?? '',
      template,
      object: { ...workload, spec: { ...(workload['spec'] as object), template } } as UntypedObject,
    };
  });
}

function templateOf({ data, metadata }: ControllerRevision): PodTemplateSpec {
  const { template } = (data as { readonly spec?: { readonly template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec ?? {};
  if (!template) throw new Error(`unable to parse history ${metadata.name}`);
  const { $patch: _, ...rest } = template;
  return rest;
}

async function ownedBy<T extends KubernetesObject>(
  client: HttpsClient,
  resource: typeof replicasets | typeof controllerrevisions,
  owner: UntypedObject,
): Promise<T[]> {
  const { selector } = owner['spec'] as { readonly selector?: Parameters<typeof selectorFromObject>[0] };
  const labelSelector = selectorFromObject(selector).toString();
  const found: T[] = [];
  for await (const page of listPages(client, { resource, namespace: owner.metadata.namespace }, { labelSelector, chunkSize: 500 }))
    found.push(...(page.items as unknown as T[]));
  return found.filter(({ metadata }) => metadata.ownerReferences?.some(({ controller, uid }) => controller && uid === owner.metadata.uid));
}
