import { clusterroles } from '../../../api/generated/resource-types.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });

controllerConformance('cluster-role-aggregation', () => ({
  controller: clusterRoleAggregationController(),
  async arrange(client) {
    await client.create(clusterroles, {
      metadata: { name: 'view' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'to-view': 'true' } }] },
      rules: [],
    });
    await client.create(clusterroles, { metadata: { name: 'b', labels: { 'to-view': 'true' } }, rules: [rule('pods'), rule('services')] });
    await client.create(clusterroles, { metadata: { name: 'a', labels: { 'to-view': 'true' } }, rules: [rule('services')] });
    await client.create(clusterroles, { metadata: { name: 'c' }, rules: [rule('secrets')] });
  },
  isDone: (client) => JSON.stringify(client.store.get(clusterroles, { name: 'view' })?.['rules']) === JSON.stringify([rule('services'), rule('pods')]),
}));
