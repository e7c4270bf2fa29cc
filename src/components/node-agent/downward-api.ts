import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector, ResourceList } from '../../api/generated/core-v1.ts';
import { nameOf } from '../../api/object.ts';
import { podUid } from './directories.ts';
import { quantityMilli, quantityValue } from './quantities.ts';
import { isHugePageResource } from './resources.ts';

/** Addresses a pod may ask for; `podIps` is empty until the sandbox is up. */
export interface PodAddresses {
  readonly hostIps: readonly string[];
  readonly podIps: readonly string[];
}

/** The value of a downward API field. Throws for a field that is not supported, in upstream's words. */
export function fieldValue(pod: Pod, selector: ObjectFieldSelector, addresses: PodAddresses): string {
  const path = selector.fieldPath;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? '';
  const read = fields[path];
  if (!read) throw new Error(`unsupported fieldPath: ${path}`);
  return read(pod, addresses);
}

const fields: Readonly<Record<string, (pod: Pod, addresses: PodAddresses) => string>> = {
  'metadata.name': (pod) => nameOf(pod),
  'metadata.namespace': (pod) => pod.metadata.namespace ?? '',
  'metadata.uid': (pod) => podUid(pod),
  'metadata.labels': (pod) => mapText(pod.metadata.labels),
  'metadata.annotations': (pod) => mapText(pod.metadata.annotations),
  'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
  'status.hostIP': (_pod, { hostIps }) => hostIps[0] ?? '',
  'status.hostIPs': (_pod, { hostIps }) => hostIps.join(','),
  'status.podIP': (_pod, { podIps }) => podIps[0] ?? '',
  'status.podIPs': (_pod, { podIps }) => podIps.join(','),
};

/** One `key="value"` line per entry, sorted by key; values are quoted as Go strings. */
function mapText(entries: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(entries ?? {})
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** Resources without a limit may use what the node can give. Huge pages are not among them: they are never overcommitted. */
const limitedByNode = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** The value of `limits.cpu`, `requests.hugepages-2Mi`, ... divided by the divisor and rounded up. Throws for a resource that is not supported, in upstream's words. */
export function resourceFieldValue(container: Container, selector: ResourceFieldSelector, allocatable: ResourceList): string {
  const [, kind, resource = ''] = /^(limits|requests)\.(.+)$/.exec(selector.resource) ?? [];
  if (!kind || !(limitedByNode.has(resource) || isHugePageResource(resource))) throw new Error(`unsupported container resource : ${selector.resource}`);
  const amountOf = resource === 'cpu' ? quantityMilli : quantityValue;
  const { limits, requests } = container.resources ?? {};
  const ofNode = kind === 'limits' && amountOf(limits?.[resource]) === 0 && limitedByNode.has(resource) ? allocatable[resource] : undefined;
  const given = ofNode ?? (kind === 'limits' ? limits?.[resource] : (requests?.[resource] ?? limits?.[resource]));
  return divided(amountOf(given), amountOf(selector.divisor) || amountOf('1'));
}

const divided = (amount: number, divisor: number): string => String(Math.ceil(amount / divisor));
