import type { UntypedObject } from '../../../api/object.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { ResourceMapper, ServedResource } from '../discovery/contract.ts';
import { withType } from '../last-applied/apply-patch.ts';
import { lastAppliedAnnotation } from '../last-applied/last-applied.ts';
import { listPages } from '../resources/object-requests.ts';

/** What `--prune` looks at when no types are named. */
const defaultTypes = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/PersistentVolumeClaim',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'core/v1/Namespace',
  'core/v1/PersistentVolume',
];

/** The resources of `--prune-allowlist`, or the default ones. Throws for what is not `group/version/kind`, and for what is not served. */
export function prunableResources(mapper: ResourceMapper, allowlist: readonly string[]): Promise<ServedResource[]> {
  return Promise.all(
    (allowlist.length > 0 ? allowlist : defaultTypes).map(async (type) => {
      const parts = type.split('/');
      if (parts.length !== 3) throw new Error(`invalid GroupVersionKind format: ${type}, please follow <group/version/kind>`);
      const [group, version = '', kind = ''] = parts;
      return mapper.resourceForKind(group === 'core' || group === '' ? version : `${group}/${version}`, kind);
    }),
  );
}

export interface PrunePlaces {
  readonly resources: readonly ServedResource[];
  readonly namespaces: Iterable<string>;
  readonly labelSelector: string;
  /** Of what was applied now. */
  readonly uids: ReadonlySet<string>;
}

/** Objects that were applied once and are not among those that were applied now; those with a namespace first. */
export async function* prunableObjects(
  client: HttpsClient,
  { resources, namespaces, labelSelector, uids }: PrunePlaces,
): AsyncIterable<{ readonly resource: ServedResource; readonly object: UntypedObject }> {
  const inNamespaces = [...namespaces].flatMap((namespace) => resources.filter(({ namespaced }) => namespaced).map((resource) => ({ resource, namespace })));
  const others = resources.filter(({ namespaced }) => !namespaced).map((resource) => ({ resource, namespace: undefined }));
  for (const { resource, namespace } of [...inNamespaces, ...others])
    for await (const page of listPages(client, { resource, namespace }, { labelSelector }))
      for (const item of page.items) {
        const isApplied = item.metadata.annotations?.[lastAppliedAnnotation] !== undefined;
        if (isApplied && !uids.has(item.metadata.uid ?? '')) yield { resource, object: withType(item, resource) };
      }
}
