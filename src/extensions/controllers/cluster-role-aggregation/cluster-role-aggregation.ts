import { clusterroles } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { aggregateClusterRole } from '../../../extension-points/authorization/aggregate-cluster-role.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';

/** Fills the rules of cluster roles that have an `aggregationRule` with those of the roles it selects. */
export function clusterRoleAggregationController(): NamedController {
  return defineReconciler({
    name: 'clusterrole-aggregation-controller',
    primary: clusterroles,
    // Any role may be a part of any aggregated one.
    watches: [
      watching(clusterroles, (_, { informers }) =>
        informers
          .informer(clusterroles)
          .list()
          .filter(({ aggregationRule }) => aggregationRule)
          .map((role) => ({ name: nameOf(role) })),
      ),
    ],
    async reconcile({ name }, { client, informers }) {
      const roles = informers.informer(clusterroles);
      const role = roles.get({ name });
      const rules = role && aggregateClusterRole(role, roles.list());
      if (!rules) return;
      const body = { metadata: { resourceVersion: role.metadata.resourceVersion }, rules };
      await client.patch(clusterroles, { name }, { type: 'merge', body }, { fieldManager: 'clusterrole-aggregation-controller' });
    },
  });
}
