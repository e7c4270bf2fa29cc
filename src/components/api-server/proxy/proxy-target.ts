import type { Endpoints, ObjectReference, Pod, Service } from '../../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../../api/generated/discovery-v1.ts';
import { badRequest, unavailable } from '../../../api/status.ts';
import type { Machinery, Target } from '../operations/context.ts';
import { get } from '../operations/get.ts';
import { typed } from '../operations/typed.ts';
import type { Endpoint } from './endpoint.ts';
import { isProxyableAddress } from './proxyable-address.ts';

/** `name`, `name:port`, `scheme:name:port` (port may be empty). */
export function splitPortName(text: string): { scheme: string; name: string; port: string } {
  const parts = text.split(':');
  if (parts.length === 1) return { scheme: '', name: text, port: '' };
  if (parts.length === 2) return { scheme: '', name: parts[0]!, port: parts[1]! };
  return { scheme: parts[0]!, name: parts[1]!, port: parts[2]! };
}

const schemeOf = (scheme: string): 'http' | 'https' => {
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https') throw badRequest(`invalid scheme ${JSON.stringify(scheme)}`);
  return scheme === 'https' ? 'https' : 'http';
};

/** Where a pod answers: the port asked for, else its first declared one, else 80. Throws ApiError 400 for addresses of this machine and its link. */
export async function podEndpoint(machinery: Machinery, target: Target): Promise<Endpoint> {
  const { scheme, name, port } = splitPortName(target.name);
  const pod = typed<Pod>((await get(machinery, { ...target, name })).object);
  const address = pod.status?.podIP;
  if (!address || !isProxyableAddress(address)) throw badRequest('address not allowed');
  const declared = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  const named = declared.find((candidate) => candidate.name === port)?.containerPort;
  const number = port === '' ? (declared[0]?.containerPort ?? 80) : (named ?? Number(port));
  return { scheme: schemeOf(scheme), host: address, port: requirePort(number, port) };
}

/** One ready endpoint of a service, chosen at random among those that are pods: other addresses are whatever a user wrote. Throws ApiError 503 when there is none. */
export async function serviceEndpoint(machinery: Machinery, target: Target): Promise<Endpoint> {
  const { scheme, name, port } = splitPortName(target.name);
  const service = typed<Service>((await get(machinery, { ...target, name })).object);
  const ports = service.spec?.ports ?? [];
  const wanted = port === '' && ports.length === 1 ? ports[0]! : ports.find((candidate) => candidate.name === port || String(candidate.port) === port);
  if (!wanted) throw unavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const candidates = readyAddresses(machinery, target.namespace, { service: name, portName: wanted.name ?? '' });
  if (candidates.length === 0) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return { scheme: schemeOf(scheme), ...candidates[Math.floor(Math.random() * candidates.length)]! };
}

interface Wanted {
  readonly service: string;
  readonly portName: string;
}

function readyAddresses(machinery: Machinery, namespace: string, { service, portName }: Wanted): { host: string; port: number }[] {
  const found: { host: string; port: number }[] = [];
  for (const { object } of machinery.store.collection('endpointslices.discovery.k8s.io').list({ namespace }).items) {
    if (object.metadata.labels?.['kubernetes.io/service-name'] !== service) continue;
    const slice = typed<EndpointSlice>(object);
    const port = slice.ports?.find((candidate) => (candidate.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { conditions, targetRef, addresses } of slice.endpoints ?? []) {
      if (conditions?.ready !== false)
        found.push(...addresses.filter((host) => isAddressOfPod(machinery, namespace, { host, targetRef })).map((host) => ({ host, port })));
    }
  }
  return found.length > 0 ? found : legacyAddresses(machinery, namespace, { service, portName });
}

/** Endpoints objects that someone wrote by hand and no slices mirror. */
function legacyAddresses(machinery: Machinery, namespace: string, { service, portName }: Wanted): { host: string; port: number }[] {
  const endpoints = machinery.store.collection('endpoints').get({ namespace, name: service })?.object as Endpoints | undefined;
  return (endpoints?.subsets ?? []).flatMap((subset) => {
    const port = subset.ports?.find((candidate) => (candidate.name ?? '') === portName)?.port;
    if (port === undefined) return [];
    return (subset.addresses ?? [])
      .filter(({ ip, targetRef }) => isAddressOfPod(machinery, namespace, { host: ip, targetRef }))
      .map(({ ip }) => ({ host: ip, port }));
  });
}

/** Upstream's rule: the endpoint names a pod of the service's namespace that has the address. */
function isAddressOfPod(machinery: Machinery, namespace: string, { host, targetRef }: { host: string; targetRef: ObjectReference | undefined }): boolean {
  if (targetRef?.kind !== 'Pod' || !targetRef.name || targetRef.namespace !== namespace || !isProxyableAddress(host)) return false;
  const pod = machinery.store.collection('pods').get({ namespace, name: targetRef.name })?.object as Pod | undefined;
  return pod?.status?.podIP === host || (pod?.status?.podIPs ?? []).some(({ ip }) => ip === host);
}

function requirePort(port: number, text: string): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return port;
}
