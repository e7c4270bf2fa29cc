import type { UntypedObject } from '../../../../api/object.ts';
import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import { withType } from '../../../../extension-points/commands/last-applied/apply-patch.ts';
import { listPages } from '../../../../extension-points/commands/resources/object-requests.ts';
import type { ApplyContext } from '../run-apply.ts';
import { groupKind, type Members } from './apply-set-members.ts';
import { deletePruned } from './delete-pruned.ts';
import type { AppliedObjects } from './pruning.ts';

/** Deletes members of a set that were not applied. All are found before the first goes. */
export async function pruneMembers(
  { cluster, streams }: Pick<ApplyContext, 'cluster' | 'streams'>,
  { resources, namespaces }: Members,
  labelSelector: string,
  applied: AppliedObjects,
): Promise<void> {
  const places = [...resources.values()].flatMap((resource) =>
    (resource.namespaced ? [...namespaces] : [undefined]).map((namespace) => ({ resource, namespace })),
  );
  const found = await Promise.all(
    places.map(async ({ resource, namespace }) => {
      const items: UntypedObject[] = [];
      try {
        for await (const page of listPages(cluster.client(), { resource, namespace }, { labelSelector })) items.push(...page.items);
      } catch (error) {
        throw new Error(`listing ${kindText(resource)} objects for pruning: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      return items.filter(({ metadata }) => !applied.uids.has(metadata.uid ?? '')).map((item) => ({ resource, item }));
    }),
  );
  for (const { resource, item } of found.flat()) {
    const { name = '', namespace } = item.metadata;
    await deletePruned(applied.work, resource, item).catch((error: unknown) => {
      const what = `${groupKind(resource)} ${namespace ? `${namespace}/` : ''}${name}`;
      throw new Error(`pruning ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    streams.stdout.write(applied.line(withType(item, resource)));
  }
}

const kindText = ({ group, version, kind }: ServedResource): string => `${group}/${version}, Kind=${kind}`;
