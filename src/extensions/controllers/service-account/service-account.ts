import { namespaces, serviceaccounts } from '../../../api/generated/resource-types.ts';
import { isAlreadyExists } from '../../../api/status.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';

const accountName = 'default';

/** Keeps a service account `default` in every active namespace. */
export function serviceAccountController(): NamedController {
  return defineReconciler({
    name: 'service-account-controller',
    primary: namespaces,
    workers: 1,
    watches: [watching(serviceaccounts, ({ metadata }) => (metadata.name === accountName && metadata.namespace ? [{ name: metadata.namespace }] : []))],
    async reconcile({ name: namespace }, { client, informers }) {
      const phase = informers.informer(namespaces).get({ name: namespace })?.status?.phase;
      if (phase !== 'Active' || informers.informer(serviceaccounts).get({ namespace, name: accountName })) return;
      await client.create(serviceaccounts, { metadata: { name: accountName, namespace } }).catch((error: unknown) => {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
      });
    },
  });
}
