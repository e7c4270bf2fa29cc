import { isIPv6 } from 'node:net';
import type { KubernetesObject } from '../../../api/object.ts';
import { timeText } from '../../../kernel/clock.ts';

/** What the objects of a new cluster say of it. */
export interface ClusterFacts {
  readonly nowMs: number;
  /** Where the API server is reached from within the cluster, behind the `kubernetes` service. */
  readonly apiServerAddress: string;
  readonly apiServerPort: number;
  /** The URL for `cluster-info`. Default: the address and port above. */
  readonly apiServerUrl?: string;
  /** PEM of the cluster's authority. */
  readonly caPem: string;
  /** PEM of the authority for requests that the API server passes on; absent when nothing is aggregated. */
  readonly frontProxyCaPem?: string;
  /** Address range of services. Default `10.96.0.0/16`. */
  readonly serviceCidr?: string;
  /** The address of the `kubernetes` service. Default `10.96.0.1`. */
  readonly serviceAddress?: string;
}

export function namespaceObjects(): KubernetesObject[] {
  return ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }));
}

/** The classes of pods that a node, or the cluster, cannot do without. */
export function priorityClassObjects(): KubernetesObject[] {
  const level = (name: string, value: number, description: string): KubernetesObject & Record<string, unknown> => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name, generation: 1 },
    value,
    preemptionPolicy: 'PreemptLowerPriority',
    description,
  });
  return [
    level('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
    level(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
  ];
}

/** The `kubernetes` service in the namespace default, with its address and where it leads. */
export function apiServiceObjects(facts: ClusterFacts): KubernetesObject[] {
  const { apiServerAddress: ip, apiServerPort: port, serviceAddress = '10.96.0.1' } = facts;
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  const family = (address: string): 'IPv4' | 'IPv6' => (isIPv6(address) ? 'IPv6' : 'IPv4');
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP: serviceAddress,
      clusterIPs: [serviceAddress],
      ipFamilies: [family(serviceAddress)],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    },
    status: { loadBalancer: {} },
  };
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports }],
  };
  const endpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, generation: 1, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: family(ip),
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports,
  };
  return [service, endpoints, endpointSlice];
}

/** The range service addresses come from, and the one that is taken from the start. */
export function serviceAddressObjects({ nowMs, serviceCidr = '10.96.0.0/16', serviceAddress = '10.96.0.1' }: ClusterFacts): KubernetesObject[] {
  const apiVersion = 'networking.k8s.io/v1';
  const condition = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes default Service CIDR is ready', lastTransitionTime: timeText(nowMs) };
  const range = {
    apiVersion,
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes', generation: 1 },
    spec: { cidrs: [serviceCidr] },
    status: { conditions: [condition] },
  };
  const labels = { 'ipaddress.kubernetes.io/ip-family': isIPv6(serviceAddress) ? 'IPv6' : 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' };
  const parentRef = { resource: 'services', namespace: 'default', name: 'kubernetes' };
  return [range, { apiVersion, kind: 'IPAddress', metadata: { name: serviceAddress, generation: 1, labels }, spec: { parentRef } } as KubernetesObject];
}

/** What an extension API server, and whoever wants to join, must know of this cluster. */
export function configMapObjects(facts: ClusterFacts): KubernetesObject[] {
  const { caPem, frontProxyCaPem, apiServerAddress: address, apiServerPort } = facts;
  const server = facts.apiServerUrl ?? `https://${isIPv6(address) ? `[${address}]` : address}:${apiServerPort}`;
  const requestHeaders: Record<string, string> =
    frontProxyCaPem === undefined
      ? {}
      : {
          'requestheader-allowed-names': '["front-proxy-client"]',
          'requestheader-client-ca-file': frontProxyCaPem,
          'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
          'requestheader-group-headers': '["X-Remote-Group"]',
          'requestheader-uid-headers': '["X-Remote-Uid"]',
          'requestheader-username-headers': '["X-Remote-User"]',
        };
  const configMap = (namespace: string, name: string, data: Record<string, string>): KubernetesObject & Record<string, unknown> => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });
  return [
    configMap('kube-system', 'extension-apiserver-authentication', { 'client-ca-file': caPem, ...requestHeaders }),
    configMap('kube-public', 'cluster-info', { kubeconfig: clusterInfo(server, caPem) }),
  ];
}

/** A kubeconfig that names the cluster and nobody in it; JSON is YAML. */
function clusterInfo(server: string, caPem: string): string {
  const cluster = { 'certificate-authority-data': Buffer.from(caPem).toString('base64'), server };
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }], contexts: null, 'current-context': '', preferences: {}, users: null })}\n`;
}
