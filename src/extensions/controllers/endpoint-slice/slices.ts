import type { Node, Pod, Service } from '../../../api/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../api/generated/discovery-v1.ts';
import { services } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import { controllerReference } from '../../../extension-points/controllers/owner-references.ts';
import { hostnameIn, isHeadless, type ServiceTarget, targetPortOf } from '../../../extension-points/controllers/service-targets.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managerName = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';
export const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
// Upstream's default; the API allows 1,000.
const maximumEndpoints = 100;

/** Endpoints that share ports and an address family; they may share slices. */
interface Group {
  readonly addressType: string;
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** What must be written so that a service's slices say what they should. */
export interface SliceChanges {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** Compares what there is with what there should be; slices that are right are left alone, and others are filled before new ones are made. */
export function planSlices(
  service: Service,
  targets: readonly ServiceTarget[],
  existing: readonly EndpointSlice[],
  nodeOf: (name: string) => Node | undefined,
): SliceChanges {
  const changes = { create: [] as EndpointSlice[], update: [] as EndpointSlice[], remove: [] as EndpointSlice[] };
  const free = new Set(existing);
  const groups = groupsOf(service, targets, nodeOf);
  for (const group of groups)
    fill(
      group,
      [...free].filter((slice) => isFor(slice, group)),
      { service, free, changes },
    );
  // A family without endpoints has one empty slice, so that readers can tell "none" from "not known yet".
  const emptyTypes = addressTypesOf(service).filter((addressType) => !groups.some((group) => group.addressType === addressType));
  for (const group of emptyTypes.map((addressType): Group => ({ addressType, ports: [], endpoints: [] })))
    fill(
      group,
      [...free].filter((slice) => slice.addressType === group.addressType),
      { service, free, changes },
    );
  changes.remove.push(...free);
  return changes;
}

interface Filling {
  readonly service: Service;
  readonly free: Set<EndpointSlice>;
  readonly changes: { create: EndpointSlice[]; update: EndpointSlice[]; remove: EndpointSlice[] };
}

const identityOf = ({ targetRef, addresses }: Endpoint): string => targetRef?.uid ?? addresses.join(',');

/** Endpoints stay in the slice they are in; slices left empty are removed unless they are the last. */
function fill(group: Group, slices: readonly EndpointSlice[], { service, free, changes }: Filling): void {
  const unplaced = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const kept = slices.map((slice) => ({ slice, endpoints: (slice.endpoints ?? []).flatMap((endpoint) => takeFrom(unplaced, identityOf(endpoint))) }));
  for (const part of kept)
    while (part.endpoints.length < maximumEndpoints && unplaced.size > 0) part.endpoints.push(...takeFrom(unplaced, unplaced.keys().next().value ?? ''));
  const used = kept.filter(({ endpoints }) => endpoints.length > 0);
  const wanted = used.length === 0 && unplaced.size === 0 ? kept.slice(0, 1) : used;
  for (const { slice, endpoints } of wanted) {
    free.delete(slice);
    const next = { ...slice, metadata: metadataFor(service, slice), endpoints, ports: group.ports };
    if (!isSame(slice, next)) changes.update.push(next);
  }
  const rest = [...unplaced.values()];
  for (let from = 0; from < rest.length || (from === 0 && wanted.length === 0); from += maximumEndpoints) {
    changes.create.push({
      metadata: metadataFor(service),
      addressType: group.addressType,
      endpoints: rest.slice(from, from + maximumEndpoints),
      ports: group.ports,
    });
  }
}

function takeFrom(unplaced: Map<string, Endpoint>, identity: string): Endpoint[] {
  const endpoint = unplaced.get(identity);
  unplaced.delete(identity);
  return endpoint ? [endpoint] : [];
}

/** Compared without the annotation that only says when something changed. */
function isSame(left: EndpointSlice, right: EndpointSlice): boolean {
  const content = ({ metadata, endpoints, ports }: EndpointSlice): unknown => [metadata.labels, metadata.ownerReferences, endpoints ?? [], ports ?? []];
  return canonicalJson(content(left)) === canonicalJson(content(right));
}

const isFor = (slice: EndpointSlice, group: Group): boolean =>
  slice.addressType === group.addressType && canonicalJson(slice.ports ?? []) === canonicalJson(group.ports);

function metadataFor(service: Service, slice?: EndpointSlice): EndpointSlice['metadata'] {
  const { [headlessLabel]: _, ...own } = service.metadata.labels ?? {};
  const labels = { ...own, ...(isHeadless(service) ? { [headlessLabel]: '' } : {}), [serviceNameLabel]: nameOf(service), [managedByLabel]: managerName };
  if (slice) return { ...slice.metadata, labels };
  return {
    generateName: `${nameOf(service)}-`,
    namespace: service.metadata.namespace ?? '',
    labels,
    ownerReferences: [controllerReference(service, services)],
  };
}

/** The families a service has; one without a cluster IP yet gets those of its pods. */
function addressTypesOf({ spec }: Service): string[] {
  const families = (spec.ipFamilies ?? []).filter((family) => family !== '');
  return families.length > 0 ? families : ['IPv4'];
}

function groupsOf(service: Service, targets: readonly ServiceTarget[], nodeOf: (name: string) => Node | undefined): Group[] {
  const groups = new Map<string, Group>();
  for (const addressType of addressTypesOf(service)) {
    for (const target of targets) {
      const addresses = (target.pod.status?.podIPs ?? [{ ip: target.pod.status?.podIP ?? '' }])
        .map(({ ip }) => ip)
        .filter((ip) => ip.includes(':') === (addressType === 'IPv6') && ip !== '');
      const ports = portsOf(service, target.pod);
      const isPortless = ports.length === 0 && !(isHeadless(service) && (service.spec.ports ?? []).length === 0);
      if (addresses.length === 0 || isPortless) continue;
      const key = addressType + canonicalJson(ports);
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, target, addresses, nodeOf));
    }
  }
  return [...groups.values()];
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const port = targetPortOf(pod, servicePort);
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return port === undefined ? [] : [{ name, protocol, port, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function endpointOf(
  service: Service,
  { pod, isReady, isTerminating }: ServiceTarget,
  addresses: string[],
  nodeOf: (name: string) => Node | undefined,
): Endpoint {
  const { nodeName } = pod.spec;
  const zone = nodeName ? nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'] : undefined;
  const hostname = hostnameIn(pod, service);
  return {
    addresses,
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (isReady && !isTerminating), serving: isReady, terminating: isTerminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: nameOf(pod), uid: pod.metadata.uid ?? '' },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}
