import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import { formatQuantity, quantityOf, quantityOfMilli } from '../../../api/quantity.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';
import { updateStatus } from '../../../extension-points/controllers/status.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import type { Amounts } from './amounts.ts';
import { nothing, sum } from './amounts.ts';
import type { ElasticQuota, ResourceList } from './elastic-quota-type.ts';
import { elasticquotas, quotaThatHolds } from './elastic-quota-type.ts';

/** Keeps `status.used` of every ElasticQuota that holds: what the running pods of its namespace ask for. */
export function elasticQuotaController(): NamedController {
  return defineReconciler({
    name: 'elastic-quota-controller',
    primary: elasticquotas,
    selection: { mayBeMissing: true },
    watches: [
      watching(pods, ({ metadata: { namespace = '' } }, { informers }) => informers.informer(elasticquotas).list(namespace).map(keyOf), {
        predicate: { updated: (pod: Pod, old: Pod) => pod.status?.phase !== old.status?.phase || pod.spec !== old.spec },
      }),
    ],
    async reconcile(key, { client, informers, events }) {
      const { namespace = '' } = key;
      const quota = quotaThatHolds(informers.informer(elasticquotas).list(namespace));
      if (quota?.metadata.name !== key.name || quota.metadata.deletionTimestamp) return;
      const running = informers
        .informer(pods)
        .list(namespace)
        .filter(({ status }) => status?.phase === 'Running');
      const updated = await updateStatus({ client, type: elasticquotas }, quota, { used: usedOf(quota, running) });
      if (updated !== quota) events.record(quota, 'Normal', 'Synced', `Elastic Quota ${keyText(key)} synced successfully`);
    },
  });
}

/** What the pods ask for together; resources that the quota names and nobody asks for are 0. */
export function usedOf({ spec }: ElasticQuota, running: readonly Pod[]): ResourceList {
  const { milliCpu, memoryBytes, ephemeralStorageBytes, scalar } = running.map(podRequests).reduce<Amounts>((total, requests) => sum(total, requests), nothing);
  const used: Record<string, string> = {};
  for (const name of [...Object.keys(spec?.min ?? {}), ...Object.keys(spec?.max ?? {})]) used[name] = '0';
  if (milliCpu > 0) used['cpu'] = formatQuantity(quantityOfMilli(milliCpu));
  if (memoryBytes > 0) used['memory'] = formatQuantity(quantityOf(memoryBytes, 'BinarySI'));
  if (ephemeralStorageBytes > 0) used['ephemeral-storage'] = formatQuantity(quantityOf(ephemeralStorageBytes, 'BinarySI'));
  for (const [name, amount] of scalar)
    if (amount > 0) used[name] = formatQuantity(quantityOf(amount, name.startsWith('hugepages-') ? 'BinarySI' : 'DecimalSI'));
  return used;
}
