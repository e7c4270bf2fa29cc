import type { Service, ServicePort } from '../../../api/generated/core-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';

/** Whether traffic from outside the cluster may come in. */
export const isExternallyAccessible = ({ spec }: Draft<Service>): boolean =>
  spec?.type === 'LoadBalancer' || spec?.type === 'NodePort' || (spec?.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);

/** Whether the load balancer asks each node if it has endpoints. */
export const needsHealthCheck = ({ spec }: Draft<Service>): boolean => spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

export const isHeadless = ({ spec }: Draft<Service>): boolean => spec?.clusterIP === 'None' || spec?.clusterIPs?.[0] === 'None';

export const hasClusterIP = (service: Draft<Service>): boolean => service.spec?.type !== 'ExternalName' && !isHeadless(service);

/** Whether the ports of a service are opened on every node. */
export const needsNodePorts = ({ spec }: Draft<Service>): boolean =>
  spec?.type === 'NodePort' || (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

export function applyServiceDefaults(draft: Draft<Service>): void {
  const spec = (draft.spec ??= {});
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } };
  for (const port of spec.ports ?? []) applyPortDefaults(port);
  if (isExternallyAccessible(draft)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of draft.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
  alignClusterIPs(draft);
}

function applyPortDefaults(port: Loose<ServicePort>): void {
  port.protocol ||= 'TCP';
  if ((port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') && port.port !== undefined) port.targetPort = port.port;
}

/** `clusterIP` and the first of `clusterIPs` are one thing; older clients know only the former. */
function alignClusterIPs({ spec }: Draft<Service>): void {
  if (!spec) return;
  if (spec.clusterIP && (spec.clusterIPs?.length ?? 0) === 0) spec.clusterIPs = [spec.clusterIP];
  else if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
}

/** Lets an update leave out what the server once allocated, and drops what a new type has no use for. */
export function keepAllocations(draft: Draft<Service>, old: Draft<Service>): void {
  const spec = (draft.spec ??= {});
  const before = old.spec ?? {};
  if (before.type !== 'ExternalName' && spec.type !== 'ExternalName') keepClusterIPs(draft, old);
  else if (spec.type === 'ExternalName' && before.type !== 'ExternalName')
    dropUnchanged(draft, old, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']);
  if (needsNodePorts(old) && needsNodePorts(draft)) keepNodePorts(draft, old);
  else if (needsNodePorts(old)) dropNodePorts(draft, old);
  if (needsHealthCheck(old) && needsHealthCheck(draft)) spec.healthCheckNodePort ||= before.healthCheckNodePort;
  else if (needsHealthCheck(old)) dropUnchanged(draft, old, ['healthCheckNodePort']);
  if (!isExternallyAccessible(draft) && isExternallyAccessible(old)) dropUnchanged(draft, old, ['externalTrafficPolicy']);
  if (spec.type !== 'LoadBalancer' && before.type === 'LoadBalancer') dropUnchanged(draft, old, ['allocateLoadBalancerNodePorts', 'loadBalancerClass']);
}

function keepClusterIPs({ spec }: Draft<Service>, { spec: before }: Draft<Service>): void {
  if (!spec || !before?.clusterIP) return;
  spec.clusterIP ||= before.clusterIP;
  if ((spec.clusterIPs?.length ?? 0) === 0 && before.clusterIPs && spec.clusterIP === before.clusterIP) spec.clusterIPs = before.clusterIPs;
  spec.ipFamilies ??= before.ipFamilies;
  spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
}

function keepNodePorts({ spec }: Draft<Service>, { spec: before }: Draft<Service>): void {
  const used = new Set(spec?.ports?.map((port) => port.nodePort).filter(Boolean));
  for (const port of spec?.ports ?? []) {
    const match = before?.ports?.find((candidate) => candidate.port === port.port && candidate.protocol === port.protocol);
    if (!port.nodePort && match?.nodePort && !used.has(match.nodePort)) port.nodePort = match.nodePort;
  }
}

function dropNodePorts({ spec }: Draft<Service>, { spec: before }: Draft<Service>): void {
  if (spec?.ports?.length !== before?.ports?.length) return;
  for (const [index, port] of (spec?.ports ?? []).entries()) if (port.nodePort === before?.ports?.[index]?.nodePort) delete port.nodePort;
}

type Dropped =
  | 'clusterIP'
  | 'clusterIPs'
  | 'ipFamilies'
  | 'ipFamilyPolicy'
  | 'internalTrafficPolicy'
  | 'healthCheckNodePort'
  | 'externalTrafficPolicy'
  | 'allocateLoadBalancerNodePorts'
  | 'loadBalancerClass';

function dropUnchanged({ spec }: Draft<Service>, { spec: before }: Draft<Service>, fields: readonly Dropped[]): void {
  for (const field of fields) if (spec && JSON.stringify(spec[field]) === JSON.stringify(before?.[field])) delete spec[field];
}
