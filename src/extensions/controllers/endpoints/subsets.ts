import type { EndpointAddress, EndpointPort, EndpointSubset, Service } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { hostnameIn, isHeadless, type ServiceTarget, targetPortOf } from '../../../extension-points/controllers/service-targets.ts';
import { canonicalJson } from '../../../extension-points/controllers/template-hash.ts';

/** Upstream's bound of one Endpoints object; EndpointSlices have none. */
export const maximumAddresses = 1_000;

interface Part {
  readonly ports: EndpointPort[];
  readonly ready: Map<string, EndpointAddress>;
  readonly notReady: Map<string, EndpointAddress>;
}

/** The addresses of a service's pods, grouped by the ports they serve. Sorted, so that equal content is equal text. */
export function subsetsOf(service: Service, targets: readonly ServiceTarget[]): EndpointSubset[] {
  const byAddress = new Map<string, { address: EndpointAddress; ports: EndpointPort[]; isReady: boolean }>();
  for (const target of targets) addTarget(service, target, byAddress);
  const parts = new Map<string, Part>();
  for (const { address, ports, isReady } of byAddress.values()) {
    const sorted = ports.sort((left, right) => compareText(canonicalJson(left), canonicalJson(right)));
    const part = parts.get(canonicalJson(sorted)) ?? { ports: sorted, ready: new Map(), notReady: new Map() };
    parts.set(canonicalJson(sorted), part);
    (isReady ? part.ready : part.notReady).set(address.ip, address);
  }
  return [...parts.entries()].sort(([left], [right]) => compareText(left, right)).map(([, part]) => subsetOf(part));
}

/** Cuts to the bound: addresses that are not ready go first. Answers whether something was cut. */
export function truncate(subsets: readonly EndpointSubset[]): { readonly subsets: readonly EndpointSubset[]; readonly isCut: boolean } {
  const count = (pick: (subset: EndpointSubset) => readonly EndpointAddress[] | undefined): number =>
    subsets.reduce((total, subset) => total + (pick(subset)?.length ?? 0), 0);
  const ready = count(({ addresses }) => addresses);
  if (ready + count(({ notReadyAddresses }) => notReadyAddresses) <= maximumAddresses) return { subsets, isCut: false };
  let readyRoom = Math.min(ready, maximumAddresses);
  let notReadyRoom = maximumAddresses - readyRoom;
  const cut = subsets.map(({ addresses = [], notReadyAddresses = [], ports }): EndpointSubset => {
    const kept = addresses.slice(0, readyRoom);
    const keptNotReady = notReadyAddresses.slice(0, notReadyRoom);
    readyRoom -= kept.length;
    notReadyRoom -= keptNotReady.length;
    return {
      ...(kept.length > 0 ? { addresses: kept } : {}),
      ...(keptNotReady.length > 0 ? { notReadyAddresses: keptNotReady } : {}),
      ...(ports ? { ports } : {}),
    };
  });
  return { subsets: cut.filter(({ addresses, notReadyAddresses }) => addresses ?? notReadyAddresses), isCut: true };
}

function addTarget(
  service: Service,
  { pod, isReady }: ServiceTarget,
  byAddress: Map<string, { address: EndpointAddress; ports: EndpointPort[]; isReady: boolean }>,
): void {
  const ip = addressOf(service, pod.status?.podIPs?.map((entry) => entry.ip) ?? [pod.status?.podIP ?? '']);
  const ports = (service.spec.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = targetPortOf(pod, servicePort);
    const { name, protocol = 'TCP', appProtocol } = servicePort;
    return port === undefined ? [] : [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
  const isPortlessByWish = isHeadless(service) && (service.spec.ports ?? []).length === 0;
  if (!ip || (ports.length === 0 && !isPortlessByWish)) return;
  const hostname = hostnameIn(pod, service);
  const address: EndpointAddress = {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: nameOf(pod), uid: pod.metadata.uid ?? '' },
  };
  byAddress.set(`${ip}/${pod.metadata.uid}`, { address, ports, isReady: isReady || service.spec.publishNotReadyAddresses === true });
}

const addressOf = ({ spec }: Service, ips: readonly string[]): string | undefined => {
  const wantsIPv6 = (spec.ipFamilies?.[0] ?? (spec.clusterIP?.includes(':') ? 'IPv6' : 'IPv4')) === 'IPv6';
  return ips.find((ip) => ip !== '' && ip.includes(':') === wantsIPv6);
};

function subsetOf({ ports, ready, notReady }: Part): EndpointSubset {
  const sorted = (addresses: Map<string, EndpointAddress>): EndpointAddress[] => [...addresses.values()].sort((left, right) => compareText(left.ip, right.ip));
  return {
    ...(ready.size > 0 ? { addresses: sorted(ready) } : {}),
    ...(notReady.size > 0 ? { notReadyAddresses: sorted(notReady) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
