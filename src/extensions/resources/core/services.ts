import type { LoadBalancerIngress, Service } from '../../../api/generated/core-v1.ts';
import { services } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { dnsLabelName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, type Column, labelsText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt, eachAt, ipAt, optionalOneOfAt } from './field-checks.ts';
import { ServiceAllocator } from './service-allocation.ts';
import { applyServiceDefaults, keepAllocations } from './service-defaults.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';

const columns: readonly Column<Service>[] = [
  nameColumn,
  { name: 'Type', description: 'How the service is reached.', cell: ({ spec }) => spec?.type ?? '' },
  { name: 'Cluster-IP', description: 'Address inside the cluster.', cell: ({ spec }) => spec?.clusterIPs?.[0] || spec?.clusterIP || '<none>' },
  { name: 'External-IP', description: 'Addresses outside the cluster.', cell: externalText },
  { name: 'Port(s)', description: 'Ports, with the port of the node after a colon.', cell: portsText },
  ageColumn,
  { name: 'Selector', priority: 1, description: 'Labels of the pods behind the service.', cell: ({ spec }) => labelsText(spec?.selector) },
];

/** core/v1 `services`. Every call makes its own allocator, so make one definition per server. */
export function serviceDefinition(): ResourceDefinition {
  const allocator = new ServiceAllocator();
  return defineBuiltIn(services, {
    createsOnUpdate: true,
    columns,
    generationFields: [],
    applyDefaults: applyServiceDefaults,
    prepareForCreate(draft) {
      draft.status = { loadBalancer: {} };
    },
    prepareForUpdate: keepAllocations,
    validateName: dnsLabelName,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    beforeCommit(draft, _old, context, lent) {
      if (context.subresource === '') allocator.allocate(draft, context, lent);
    },
    selectableFields: { 'spec.clusterIP': ({ spec }) => spec?.clusterIP, 'spec.type': ({ spec }) => spec?.type },
    status: { validateUpdate: validateLoadBalancerStatus },
    subresources: { proxy: { kind: 'connect', verbs: ['get', 'post', 'put', 'delete', 'patch', 'options', 'head'] } },
  });
}

/** The addresses of a load balancer, each once, in order. */
export function ingressText(ingress: readonly Loose<LoadBalancerIngress>[] | undefined): string {
  return [...new Set((ingress ?? []).map((entry) => entry.ip || entry.hostname || '').filter((address) => address !== ''))].sort().join(',');
}

function externalText({ spec, status }: Draft<Service>): string {
  const external = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type !== 'LoadBalancer') return spec?.type === undefined ? '<unknown>' : external.join(',') || '<none>';
  const balanced = ingressText(status?.loadBalancer?.ingress);
  return [...(balanced ? [balanced] : []), ...external].join(',') || '<pending>';
}

function portsText({ spec }: Draft<Service>): string {
  const texts = (spec?.ports ?? []).map(({ port = 0, nodePort, protocol = 'TCP' }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`));
  return texts.join(',') || '<none>';
}

function validateLoadBalancerStatus({ spec, status }: Draft<Service>): FieldError[] {
  const path = 'status.loadBalancer.ingress';
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0 && spec?.type !== 'LoadBalancer') return [fieldError.forbidden(path, 'may only be used when `spec.type` is "LoadBalancer"')];
  return eachAt(ingress, path, (entry, at) => [
    ...(entry.ip ? ipAt(entry.ip, `${at}.ip`) : []),
    ...(entry.ip && entry.ipMode === undefined ? [fieldError.required(`${at}.ipMode`, 'must be specified when `ip` is set')] : []),
    ...optionalOneOfAt(entry.ipMode, ['Proxy', 'VIP'], `${at}.ipMode`),
    ...(entry.hostname ? dnsSubdomainAt(entry.hostname, `${at}.hostname`) : []),
  ]);
}
