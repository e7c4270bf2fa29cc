import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import { lastAppliedAnnotation } from '../../../../extension-points/commands/last-applied/last-applied.ts';
import { withType } from '../../../../extension-points/commands/last-applied/apply-patch.ts';
import { listPages } from '../../../../extension-points/commands/resources/object-requests.ts';
import type { DryRun } from '../../../../extension-points/commands/resources/selection-flags.ts';
import type { ApplyContext } from '../run-apply.ts';
import { deletePruned } from './delete-pruned.ts';
import type { AppliedObjects, Pruning } from './pruning.ts';

/** What is looked at when no types are named. */
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

/** Prunes by labels and types: what carries the annotation of apply, has the labels, and was not applied now, in the namespaces of what was. */
export async function createListedPruning(context: ApplyContext, _dryRun: DryRun): Promise<Pruning> {
  const { flags, cluster } = context;
  const named = await resourcesOf(context, flags['prune-allowlist']);
  return {
    check: async () => undefined,
    prepare: async () => undefined,
    async prune(applied) {
      const resources = named.length > 0 ? named : await resourcesOf(context, defaultTypes);
      const namespace = cluster.namespace();
      const namespaces = new Set(namespace.isExplicit ? [namespace.name] : []);
      for (const info of applied.infos) if (info.resource.namespaced && info.namespace !== undefined) namespaces.add(info.namespace);
      for (const each of namespaces)
        for (const resource of resources.filter(({ namespaced }) => namespaced)) await pruneType(context, resource, each, applied);
      for (const resource of resources.filter(({ namespaced }) => !namespaced)) await pruneType(context, resource, undefined, applied);
    },
  };
}

function resourcesOf({ cluster }: ApplyContext, types: readonly string[]): Promise<ServedResource[]> {
  return Promise.all(
    types.map((type) => {
      const parts = type.split('/');
      if (parts.length !== 3) throw new Error(`invalid GroupVersionKind format: ${type}, please follow <group/version/kind>`);
      const [group, version = '', kind = ''] = parts;
      return cluster.mapper().resourceForKind(group === 'core' || group === '' ? version : `${group}/${version}`, kind);
    }),
  );
}

async function pruneType({ cluster, flags, streams }: ApplyContext, resource: ServedResource, namespace: string | undefined, applied: AppliedObjects): Promise<void> {
  try {
    for await (const page of listPages(cluster.client(), { resource, namespace }, { labelSelector: flags.selector }))
      for (const item of page.items) {
        if (item.metadata.annotations?.[lastAppliedAnnotation] === undefined || applied.uids.has(item.metadata.uid ?? '')) continue;
        await deletePruned(applied.work, resource, item);
        streams.stdout.write(applied.line(withType(item, resource)));
      }
  } catch (error) {
    const what = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
    const scope = resource.namespaced ? 'namespaced' : 'nonNamespaced';
    throw new Error(`error pruning ${scope} object ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
