import type { Pod } from '../../../api/generated/core-v1.ts';
import { selectorFromLabels, selectorFromObject } from '../../../api/label-selector.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { queryText } from '../../../client/request-paths.ts';

/** What a workload's pods have in common. */
export interface PodSelector {
  readonly namespace: string;
  readonly labelSelector: string;
}

const workloadKinds = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Deployment', 'Job']);

/** How Go prints the type of an object: `*v1.ConfigMap`. */
export const goTypeName = ({ apiVersion = '', kind = '' }: UntypedObject): string => `*${apiVersion.slice(apiVersion.indexOf('/') + 1)}.${kind}`;

/** The selector of a workload's or a service's pods. Throws with kubectl's words for objects that have none. */
export function selectorOfWorkload(object: UntypedObject): PodSelector {
  const { kind = '', metadata } = object;
  const { selector } = (object['spec'] ?? {}) as { readonly selector?: unknown };
  const at = (labelSelector: string): PodSelector => ({ namespace: metadata.namespace ?? '', labelSelector });
  if (workloadKinds.has(kind)) return at(selectorFromObject(selector as Parameters<typeof selectorFromObject>[0]).toString());
  const labels = (selector ?? {}) as Readonly<Record<string, string>>;
  if (kind === 'ReplicationController') return at(selectorFromLabels(labels).toString());
  if (kind !== 'Service') throw new Error(`selector for ${goTypeName(object)} not implemented`);
  if (Object.keys(labels).length === 0) throw new Error(`invalid service '${metadata.name}': Service is defined without a selector`);
  return at(selectorFromLabels(labels).toString());
}

/** The pods of a selector, the best first. When there is none, waits for the first. Throws `timed out waiting for the condition`. */
export async function podsOfSelector(
  client: HttpsClient,
  { namespace, labelSelector }: PodSelector,
  { order, timeoutMs }: { readonly order: (left: Pod, right: Pod) => number; readonly timeoutMs: number },
): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const list = await client.json<{ items: Pod[]; metadata: { resourceVersion?: string } }>({ method: 'GET', path: path + queryText({ labelSelector }) });
  if (list.items.length > 0) return list.items.map(typed).sort(order);
  const signal = AbortSignal.timeout(timeoutMs);
  const watched = client.events<Pod>({ path: path + queryText({ labelSelector, watch: true, resourceVersion: list.metadata.resourceVersion }), signal });
  for await (const { type, object } of watched) if (type === 'ADDED' || type === 'MODIFIED') return [typed(object)];
  throw new Error(signal.aborted ? 'timed out waiting for the condition' : 'watch closed before UntilWithoutRetry timeout');
}

/** Items of a list come without their type. */
const typed = (pod: Pod): Pod => ({ ...pod, apiVersion: 'v1', kind: 'Pod' });
