import type { Endpoints, Service } from '../../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../../api/generated/discovery-v1.ts';
import type { ResolveService } from '../../../extension-points/resources/custom-resource-definition/webhook-converter.ts';
import type { ObjectStore } from '../store/contract.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Finds a ready endpoint of a service for a webhook call, at random. Throws Errors in the words of upstream's service resolver. */
export function createServiceResolver(store: ObjectStore): ResolveService {
  return ({ namespace, name, port }) => {
    const service = store.collection('services').get({ namespace, name })?.object as unknown as Service | undefined;
    if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
    if (service.spec?.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
    const servicePort = service.spec?.ports?.find((candidate) => candidate.port === port);
    if (!servicePort) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
    const portName = servicePort.name ?? '';
    const addresses = [...fromSlices(store, { namespace, name, portName })];
    if (addresses.length === 0) addresses.push(...fromEndpoints(store, { namespace, name, portName }));
    if (addresses.length === 0) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
    return addresses[Math.floor(Math.random() * addresses.length)]!;
  };
}

interface Wanted {
  readonly namespace: string;
  readonly name: string;
  readonly portName: string;
}

function* fromSlices(store: ObjectStore, { namespace, name, portName }: Wanted): Iterable<Address> {
  for (const { object } of store.collection('endpointslices.discovery.k8s.io').list({ namespace }).items) {
    if (object.metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const { ports, endpoints } = object as unknown as EndpointSlice;
    const port = ports?.find((candidate) => (candidate.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { conditions, addresses } of endpoints ?? []) if (conditions?.ready !== false) for (const host of addresses) yield { host, port };
  }
}

/** Endpoints objects that someone wrote by hand and no slices mirror. */
function* fromEndpoints(store: ObjectStore, { namespace, name, portName }: Wanted): Iterable<Address> {
  const endpoints = store.collection('endpoints').get({ namespace, name })?.object as unknown as Endpoints | undefined;
  for (const { ports, addresses } of endpoints?.subsets ?? []) {
    const port = ports?.find((candidate) => (candidate.name ?? '') === portName)?.port;
    if (port !== undefined) for (const { ip } of addresses ?? []) yield { host: ip, port };
  }
}
