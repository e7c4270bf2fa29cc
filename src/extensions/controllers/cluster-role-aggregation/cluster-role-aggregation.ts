import type { ClusterRole, PolicyRule } from '../../../api/generated/rbac-v1.ts';
import { clusterroles } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { matchesSelector } from '../../../client/label-selector.ts';
import { defineReconciler, watching, type NamedController } from '../../../extension-points/controllers/reconcile.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';

/** Fills the rules of cluster roles that have an `aggregationRule` with those of the roles it selects. */
export function clusterRoleAggregationController(): NamedController {
  return defineReconciler({
    name: 'clusterrole-aggregation-controller',
    primary: clusterroles,
    // Any role may be a part of any aggregated one.
    watches: [watching(clusterroles, (_, { informers }) => informers.informer(clusterroles).list().filter(({ aggregationRule }) => aggregationRule).map((role) => ({ name: nameOf(role) })))],
    async reconcile({ name }, { client, informers }) {
      const roles = informers.informer(clusterroles);
      const role = roles.get({ name });
      if (!role?.aggregationRule) return;
      const rules = aggregatedRules(role, roles.list());
      if (canonicalJson(rules) === canonicalJson(role.rules ?? [])) return;
      const body = { metadata: { resourceVersion: role.metadata.resourceVersion }, rules };
      await client.patch(clusterroles, { name }, { type: 'merge', body }, { fieldManager: 'clusterrole-aggregation-controller' });
    },
  });
}

/** The rules of all selected roles but itself, in the order of selectors and then of names, each once (upstream). */
export function aggregatedRules(role: ClusterRole, roles: readonly ClusterRole[]): PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  const sorted = [...roles].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const part of sorted) {
      if (nameOf(part) === nameOf(role) || !matchesSelector(selector, part.metadata.labels)) continue;
      for (const rule of part.rules ?? []) if (!rules.has(canonicalJson(rule))) rules.set(canonicalJson(rule), rule);
    }
  }
  return [...rules.values()];
}
