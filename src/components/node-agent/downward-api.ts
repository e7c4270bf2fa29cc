import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector, ResourceList } from '../../api/generated/core-v1.ts';
import { nameOf } from '../../api/object.ts';
import { podUid } from './directories.ts';
import { quantityMilli, quantityValue } from './quantities.ts';

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

/** The value of `limits.cpu`, `requests.memory`, ... divided by the divisor and rounded up. A missing limit reads as what the node can give. */
export function resourceFieldValue(container: Container, selector: ResourceFieldSelector, allocatable: ResourceList): string {
  const [kind, ...rest] = selector.resource.split('.');
  const resource = rest.join('.');
  const { limits, requests } = container.resources ?? {};
  const given = kind === 'limits' ? (limits?.[resource] ?? allocatable[resource]) : (requests?.[resource] ?? limits?.[resource]);
  if (kind !== 'limits' && kind !== 'requests') throw new Error(`unsupported container resource : ${selector.resource}`);
  if (resource !== 'cpu') return divided(quantityValue(given), quantityValue(selector.divisor));
  return divided(quantityMilli(given), quantityMilli(selector.divisor) || 1000);
}

const divided = (amount: number, divisor: number): string => String(Math.ceil(amount / (divisor || 1)));
