import { isIP } from 'node:net';
import type { Service, ServicePort } from '../../../api/generated/core-v1.ts';
import { dns1123LabelProblems, portNumberProblems, qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateLabels } from '../../../extension-points/resources/object-meta.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { validateOrdinaryAddress } from './endpoints.ts';
import { cidrAt, dnsSubdomainAt, duplicates, eachAt, ipAt, oneOfAt, optionalOneOfAt, portAt, problemsAt, requiredAt } from './field-checks.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheck } from './service-defaults.ts';

const affinityTimeoutLimit = 86_400;

/** Upstream's `ValidateService`. Addresses and node ports are allocated later, so they may be missing. */
export function validateService(service: Draft<Service>): FieldError[] {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(service) && spec.type !== 'ExternalName') errors.push(fieldError.required('spec.ports'));
  errors.push(...validateType(service), ...validatePorts(service, ports), ...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...oneOfAt(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity'), ...validateAffinity(service));
  errors.push(...validateClusterIPs(service), ...eachAt(spec.externalIPs, 'spec.externalIPs', validateExternalIP));
  errors.push(...oneOfAt(spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type'));
  return [...errors, ...validateLoadBalancer(service), ...validateTraffic(service)];
}

function validateType(service: Draft<Service>): FieldError[] {
  const spec = service.spec ?? {};
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(service)) {
    return [fieldError.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)];
  }
  if (spec.type !== 'ExternalName') return [];
  const errors = (['clusterIPs', 'ipFamilies'] as const)
    .filter((field) => (spec[field]?.length ?? 0) > 0)
    .map((field) => fieldError.forbidden(`spec.${field}`, 'may not be set for ExternalName services'));
  if (spec.ipFamilyPolicy !== undefined) errors.push(fieldError.forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  return [...errors, ...(name === '' ? [fieldError.required('spec.externalName')] : dnsSubdomainAt(name, 'spec.externalName'))];
}

function validatePorts(service: Draft<Service>, ports: readonly Loose<ServicePort>[]): FieldError[] {
  const names = duplicates();
  const nodePorts = duplicates();
  const numbers = duplicates();
  return [
    ...eachAt(ports, 'spec.ports', (port, path) => [
      ...(port.name
        ? [...problemsAt(dns1123LabelProblems, port.name, `${path}.name`), ...names(port.name, `${path}.name`)]
        : ports.length > 1
          ? [fieldError.required(`${path}.name`)]
          : []),
      ...portNumberProblems(port.port ?? 0).map((detail) => fieldError.invalid(`${path}.port`, port.port ?? 0, detail)),
      ...oneOfAt(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`),
      ...portAt(port.targetPort, `${path}.targetPort`),
      ...(port.appProtocol === undefined ? [] : problemsAt(qualifiedNameProblems, port.appProtocol, `${path}.appProtocol`)),
    ]),
    ...eachAt(ports, 'spec.ports', (port, path) =>
      port.nodePort && service.spec?.type === 'ClusterIP' ? [fieldError.forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")] : [],
    ),
    ...eachAt(ports, 'spec.ports', (port, path) => (port.nodePort ? nodePorts(`${port.protocol}/${port.nodePort}`, `${path}.nodePort`, port.nodePort) : [])),
    ...eachAt(ports, 'spec.ports', (port, path) => numbers(`${port.protocol}/${port.port}`, path, { port: port.port, protocol: port.protocol })),
  ];
}

function validateAffinity({ spec }: Draft<Service>): FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  if (spec?.sessionAffinity === 'None') return spec.sessionAffinityConfig ? [fieldError.forbidden(path, 'must not be set when session affinity is None')] : [];
  if (spec?.sessionAffinity !== 'ClientIP') return [];
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [fieldError.required(`${path}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP')];
  return seconds > 0 && seconds <= affinityTimeoutLimit
    ? []
    : [fieldError.invalid(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${affinityTimeoutLimit}`)];
}

function validateClusterIPs({ spec }: Draft<Service>): FieldError[] {
  const addresses = spec?.clusterIPs ?? [];
  const path = 'spec.clusterIPs';
  if (spec?.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  if (spec?.clusterIP && addresses[0] !== spec.clusterIP) errors.push(fieldError.invalid(path, addresses, 'first value must match `clusterIP`'));
  if (addresses.length > 2) errors.push(fieldError.invalid(path, addresses, 'may only hold up to 2 values'));
  for (const [index, address] of addresses.entries()) {
    if (address !== 'None') errors.push(...ipAt(address, `${path}[${index}]`));
    else if (addresses.length > 1) errors.push(fieldError.invalid(path, addresses, "'None' must be the first and only value"));
  }
  if (addresses.length === 2 && isIP(addresses[0] ?? '') === isIP(addresses[1] ?? ''))
    errors.push(fieldError.invalid(path, addresses, 'may specify no more than one IP for each IP family'));
  const duplicate = duplicates();
  return [
    ...errors,
    ...eachAt(spec?.ipFamilies, 'spec.ipFamilies', (family, at) => [...optionalOneOfAt(family, ['IPv4', 'IPv6'], at), ...duplicate(family, at)]),
    ...optionalOneOfAt(spec?.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack'], 'spec.ipFamilyPolicy'),
  ];
}

function validateExternalIP(ip: string, path: string): FieldError[] {
  const errors = ipAt(ip, path);
  return errors.length > 0 ? errors : validateOrdinaryAddress(ip, path);
}

function validateLoadBalancer({ spec }: Draft<Service>): FieldError[] {
  const isBalanced = spec?.type === 'LoadBalancer';
  const onlyForBalancers = "may only be used when `type` is 'LoadBalancer'";
  const ranges = spec?.loadBalancerSourceRanges ?? [];
  const errors = ranges.length > 0 && !isBalanced ? [fieldError.forbidden('spec.LoadBalancerSourceRanges', onlyForBalancers)] : [];
  errors.push(...eachAt(ranges, 'spec.LoadBalancerSourceRanges', (range, path) => cidrAt(range.trim(), path)));
  if (spec?.allocateLoadBalancerNodePorts !== undefined && !isBalanced)
    errors.push(fieldError.forbidden('spec.allocateLoadBalancerNodePorts', onlyForBalancers));
  if (spec?.loadBalancerClass === undefined) return errors;
  if (!isBalanced) return [...errors, fieldError.forbidden('spec.loadBalancerClass', onlyForBalancers)];
  return [...errors, ...problemsAt(qualifiedNameProblems, spec.loadBalancerClass, 'spec.loadBalancerClass')];
}

function validateTraffic(service: Draft<Service>): FieldError[] {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort, trafficDistribution, type } = service.spec ?? {};
  const errors: FieldError[] = [];
  if (isExternallyAccessible(service)) errors.push(...oneOfAt(externalTrafficPolicy, ['Cluster', 'Local'], 'spec.externalTrafficPolicy'));
  else if (externalTrafficPolicy)
    errors.push(fieldError.invalid('spec.externalTrafficPolicy', externalTrafficPolicy, 'may only be set for externally-accessible services'));
  if (healthCheckNodePort && !needsHealthCheck(service)) {
    errors.push(
      fieldError.invalid(
        'spec.healthCheckNodePort',
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  if (type !== 'ExternalName') errors.push(...requiredAt(internalTrafficPolicy, 'spec.internalTrafficPolicy'));
  return [
    ...errors,
    ...optionalOneOfAt(internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy'),
    ...optionalOneOfAt(trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone'], 'spec.trafficDistribution'),
  ];
}

/** What may not change once a service has it, unless it is or becomes an ExternalName. */
export function validateServiceUpdate(service: Draft<Service>, old: Draft<Service>): FieldError[] {
  const errors: FieldError[] = [];
  const isNamed = service.spec?.type === 'ExternalName' || old.spec?.type === 'ExternalName';
  const before = old.spec?.clusterIPs?.[0] ?? old.spec?.clusterIP;
  const after = service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP;
  if (!isNamed && before && !after) errors.push(fieldError.invalid('spec.clusterIPs[0]', service.spec?.clusterIPs ?? [], 'primary clusterIP can not be unset'));
  else if (!isNamed && before && after !== before)
    errors.push(fieldError.invalid('spec.clusterIPs[0]', service.spec?.clusterIPs ?? [], 'may not change once set'));
  const family = old.spec?.ipFamilies?.[0];
  if (!isNamed && family && service.spec?.ipFamilies?.[0] !== family)
    errors.push(fieldError.invalid('spec.ipFamilies[0]', service.spec?.ipFamilies?.[0] ?? '', 'may not change once set'));
  if (old.spec?.type === 'LoadBalancer' && service.spec?.type === 'LoadBalancer' && !sameValue(old.spec.loadBalancerClass, service.spec.loadBalancerClass)) {
    errors.push(fieldError.invalid('spec.loadBalancerClass', service.spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  if (needsHealthCheck(old) && needsHealthCheck(service) && old.spec?.healthCheckNodePort !== service.spec?.healthCheckNodePort) {
    errors.push(fieldError.forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}
