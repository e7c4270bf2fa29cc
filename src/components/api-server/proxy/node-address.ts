import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { ApiError, badRequest, notFound, unavailable } from '../../../api/status.ts';
import type { Machinery } from '../operations/context.ts';
import type { ApiServerOptions } from '../options.ts';
import type { Endpoint } from './endpoint.ts';

const defaultAgentPort = 10_250;

/** Where a node's agent listens. Throws ApiError 404, 503 (no address, or this server has no certificate for agents). */
export function nodeEndpoint(machinery: Machinery, name: string, nodeTls: ApiServerOptions['nodeTls']): Endpoint {
  const node = machinery.store.collection('nodes').get({ name })?.object as Node | undefined;
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name);
  const addresses = node.status?.addresses ?? [];
  // Upstream's order of preference.
  const address = ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalIP', 'ExternalDNS']
    .map((type) => addresses.find((candidate) => candidate.type === type))
    .find(Boolean);
  if (!address)
    throw new ApiError(500, 'InternalError', `no preferred addresses found; known addresses: [${addresses.map((known) => known.address).join(' ')}]`);
  if (!nodeTls) throw unavailable('this API server has no certificate to reach node agents with');
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? defaultAgentPort;
  return { scheme: 'https', host: address.address, port, tls: { cert: nodeTls.certificate, key: nodeTls.key, ca: nodeTls.ca } };
}

/** The container a request is about. Throws ApiError 400 when it is not clear, or not one of the pod's. */
export function containerOf(pod: Pod, wanted: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  const name = pod.metadata.name ?? '';
  const names = containers.map((container) => container.name);
  if (wanted !== '') {
    const isKnown = [...containers, ...initContainers, ...ephemeralContainers].some((container) => container.name === wanted);
    if (isKnown) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (names.length === 1) return names[0]!;
  if (preferred !== undefined && names.includes(preferred)) return preferred;
  const init = initContainers.length === 0 ? '' : ` or one of the init containers: [${initContainers.map((container) => container.name).join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${init}`);
}
