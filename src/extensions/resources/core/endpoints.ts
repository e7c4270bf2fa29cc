import type { EndpointAddress, EndpointSubset, Endpoints } from '../../../api/generated/core-v1.ts';
import { endpoints } from '../../../api/generated/resource-types.ts';
import { portNumberProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, listText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsLabelAt, eachAt, ipAt, oneOfAt } from './field-checks.ts';

/** core/v1 `endpoints`. */
export function endpointsDefinition(): ResourceDefinition {
  return defineBuiltIn(endpoints, {
    createsOnUpdate: true,
    deprecationWarnings: { v1: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice' },
    columns: [nameColumn, { name: 'Endpoints', description: 'Addresses that are ready, with their ports.', cell: endpointsText }, ageColumn],
    generationFields: [],
    applyDefaults(draft) {
      for (const subset of draft.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
    },
    validate: (object) => eachAt(object.subsets, 'subsets', validateSubset),
  });
}

function endpointsText({ subsets = [] }: Draft<Endpoints>): string {
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip = '' }) => ip)
      : ports.flatMap(({ port = 0 }) => addresses.map(({ ip = '' }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`))),
  );
  return subsets.length === 0 ? '<none>' : listText(texts, 3, '');
}

function validateSubset(subset: Loose<EndpointSubset>, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  return [
    ...(addresses.length === 0 && notReadyAddresses.length === 0 ? [fieldError.required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...eachAt(addresses, `${path}.addresses`, validateAddress),
    ...eachAt(notReadyAddresses, `${path}.notReadyAddresses`, validateAddress),
    ...eachAt(ports, `${path}.ports`, (port, at) => [
      ...(port.name ? dnsLabelAt(port.name, `${at}.name`) : ports.length > 1 ? [fieldError.required(`${at}.name`)] : []),
      ...portNumberProblems(port.port ?? 0).map((detail) => fieldError.invalid(`${at}.port`, port.port ?? 0, detail)),
      ...oneOfAt(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`),
    ]),
  ];
}

function validateAddress({ ip = '', hostname }: Loose<EndpointAddress>, path: string): FieldError[] {
  const errors = ipAt(ip, `${path}.ip`);
  if (hostname) errors.push(...dnsLabelAt(hostname, `${path}.hostname`));
  return errors.some((error) => error.path === `${path}.ip`) ? errors : [...errors, ...validateOrdinaryAddress(ip, `${path}.ip`)];
}

/** Addresses that mean the machine itself or everyone on the link cannot be endpoints. */
export function validateOrdinaryAddress(ip: string, path: string): FieldError[] {
  const refuse = (detail: string): FieldError[] => [fieldError.invalid(path, ip, detail)];
  if (ip === '0.0.0.0' || ip === '::') return refuse(`may not be unspecified (${ip})`);
  if (ip.startsWith('127.') || ip === '::1') return refuse('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) return refuse('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  return ip.startsWith('224.0.0.') || /^ff02/i.test(ip) ? refuse('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)') : [];
}
