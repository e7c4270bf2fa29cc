import type { ConfigMap } from '../../../api/generated/core-v1.ts';
import { configmaps, namespaces } from '../../../api/generated/resource-types.ts';
import { isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { isNamespaceTerminating } from '../../../extension-points/controllers/pod-control.ts';
import { defineReconciler, type NamedController, watching } from '../../../extension-points/controllers/reconcile.ts';

const configMapName = 'kube-root-ca.crt';
const selection = { fieldSelector: `metadata.name=${configMapName}` };
const descriptionAnnotation = 'kubernetes.io/description';
// The value upstream sets, which tools compare.
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps the ConfigMap `kube-root-ca.crt` with the cluster's certificate authority (PEM) in every active namespace; pods verify the API server with it. */
export function rootCaController({ certificateAuthority }: { certificateAuthority: string }): NamedController {
  return defineReconciler({
    name: 'root-ca-cert-publisher',
    primary: namespaces,
    workers: 1,
    watches: [watching(configmaps, ({ metadata }) => (metadata.namespace ? [{ name: metadata.namespace }] : []), selection)],
    async reconcile({ name: namespace }, { client, informers }) {
      if (informers.informer(namespaces).get({ name: namespace })?.status?.phase !== 'Active') return;
      const current = informers.informer(configmaps, selection).get({ namespace, name: configMapName });
      if (!current) await create(client, namespace, certificateAuthority);
      else if (!isCurrent(current, certificateAuthority)) await client.replace(configmaps, corrected(current, certificateAuthority)).catch(ignoreGone);
    },
  });
}

async function create(client: Client, namespace: string, certificateAuthority: string): Promise<void> {
  const metadata = { name: configMapName, namespace, annotations: { [descriptionAnnotation]: description } };
  await client.create(configmaps, { metadata, data: { 'ca.crt': certificateAuthority } }).catch(ignoreGone);
}

function isCurrent(configMap: ConfigMap, certificateAuthority: string): boolean {
  const names = Object.keys(configMap.data ?? {});
  return names.length === 1 && configMap.data?.['ca.crt'] === certificateAuthority && configMap.metadata.annotations?.[descriptionAnnotation] !== undefined;
}

function corrected(configMap: ConfigMap, certificateAuthority: string): ConfigMap {
  const annotations = { ...configMap.metadata.annotations, [descriptionAnnotation]: description };
  return { ...configMap, metadata: { ...configMap.metadata, annotations }, data: { 'ca.crt': certificateAuthority } };
}

/** The namespace is going away, or somebody created or removed the ConfigMap meanwhile: the next change of either comes back here. */
function ignoreGone(error: unknown): void {
  if (!isAlreadyExists(error) && !isNotFound(error) && !isNamespaceTerminating(error)) throw error;
}
