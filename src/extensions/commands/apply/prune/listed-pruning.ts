import { prunableObjects, prunableResources } from '../../../../extension-points/commands/pruning/prunable-objects.ts';
import type { ApplyContext } from '../run-apply.ts';
import { deletePruned } from './delete-pruned.ts';
import type { Pruning } from './pruning.ts';

/** Prunes by labels and types: what carries the annotation of apply, has the labels, and was not applied now, in the namespaces of what was. */
export async function createListedPruning({ flags, cluster, streams }: ApplyContext): Promise<Pruning> {
  const allowlist = flags['prune-allowlist'];
  const named = allowlist.length > 0 ? await prunableResources(cluster.mapper(), allowlist) : undefined;
  return {
    check: async () => undefined,
    prepare: async () => undefined,
    async prune({ infos, uids, line, work }) {
      const resources = named ?? (await prunableResources(cluster.mapper(), []));
      const namespace = cluster.namespace();
      const namespaces = new Set(namespace.isExplicit ? [namespace.name] : []);
      for (const info of infos) if (info.resource.namespaced && info.namespace !== undefined) namespaces.add(info.namespace);
      for await (const { resource, object } of prunableObjects(cluster.client(), { resources, namespaces, labelSelector: flags.selector, uids })) {
        await deletePruned(work, resource, object).catch((error: unknown) => {
          const what = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
          const scope = resource.namespaced ? 'namespaced' : 'nonNamespaced';
          throw new Error(`error pruning ${scope} object ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
        streams.stdout.write(line(object));
      }
    },
  };
}
