import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../api/generated/discovery-v1.ts';
import { endpointslices } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, listText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { validateOrdinaryAddress } from '../core/endpoints.ts';
import { dnsLabelAt, dnsSubdomainAt, duplicates, eachAt, oneOfAt, qualifiedNameAt, rangeAt } from '../core/field-checks.ts';

const endpointLimit = 1000;
const portLimit = 20_000;
const addressLimit = 100;

/** discovery.k8s.io/v1 `endpointslices`. */
export function endpointSliceDefinition(): ResourceDefinition {
  return defineBuiltIn(endpointslices, {
    columns: [
      nameColumn,
      { name: 'AddressType', description: 'Kind of the addresses.', cell: ({ addressType }) => addressType ?? '' },
      {
        name: 'Ports',
        description: 'Ports of every endpoint.',
        cell: ({ ports = [] }) =>
          listText(
            ports.map((port) => (port.port === undefined ? (port.name ?? '*') : `${port.port}`)),
            3,
            '<unset>',
          ),
      },
      {
        name: 'Endpoints',
        description: 'Addresses of the endpoints.',
        cell: ({ endpoints = [] }) =>
          listText(
            endpoints.flatMap(({ addresses = [] }) => addresses),
            3,
            '<unset>',
          ),
      },
      ageColumn,
    ],
    generationFields: ['endpoints', 'ports', 'addressType'],
    applyDefaults(draft) {
      for (const port of draft.ports ?? []) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
    },
    validate,
    validateUpdate: (slice, old) => validateImmutable(slice.addressType, old.addressType, 'addressType'),
  });
}

function validate(slice: Draft<EndpointSlice>): FieldError[] {
  const errors = oneOfAt(slice.addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType');
  const { endpoints = [], ports = [] } = slice;
  if (endpoints.length > endpointLimit) return [...errors, tooMany('endpoints', endpoints.length, endpointLimit)];
  errors.push(...eachAt(endpoints, 'endpoints', (endpoint, path) => validateEndpoint(endpoint, slice.addressType ?? '', path)));
  if (ports.length > portLimit) return [...errors, tooMany('ports', ports.length, portLimit)];
  return [...errors, ...validatePorts(ports)];
}

const tooMany = (path: string, count: number, limit: number): FieldError => ({
  path,
  type: 'FieldValueTooMany',
  value: count,
  detail: `must have at most ${limit} items`,
});

function validateEndpoint(endpoint: Loose<Endpoint>, addressType: string, path: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  const at = `${path}.addresses`;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(fieldError.required(at, 'must contain at least 1 address'));
  else if (addresses.length > addressLimit) errors.push(tooMany(at, addresses.length, addressLimit));
  errors.push(...eachAt(addresses, at, (address, addressPath) => validateAddress(address, addressType, addressPath)));
  if (endpoint.hostname) errors.push(...dnsLabelAt(endpoint.hostname, `${path}.hostname`));
  if (endpoint.nodeName) errors.push(...dnsSubdomainAt(endpoint.nodeName, `${path}.nodeName`));
  for (const field of ['forZones', 'forNodes'] as const) {
    const hints = endpoint.hints?.[field] ?? [];
    if (hints.length > 8) errors.push(tooMany(`${path}.hints.${field}`, hints.length, 8));
  }
  return errors;
}

function validateAddress(address: string, addressType: string, path: string): FieldError[] {
  if (addressType === 'FQDN') return dnsSubdomainAt(address, path);
  if (addressType === 'IPv4' && !isIPv4(address)) return [fieldError.invalid(path, address, 'must be a valid IPv4 address')];
  if (addressType === 'IPv6' && !isIPv6(address)) return [fieldError.invalid(path, address, 'must be a valid IPv6 address')];
  return validateOrdinaryAddress(address, path);
}

function validatePorts(ports: readonly Loose<EndpointPort>[]): FieldError[] {
  const duplicate = duplicates();
  return eachAt(ports, 'ports', (port, path) => {
    const name = port.name ?? '';
    return [
      ...(name === '' ? [] : dnsLabelAt(name, `${path}.name`)),
      ...duplicate(name, `${path}.name`),
      ...oneOfAt(port.protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`),
      ...rangeAt(port.port, 1, 65_535, `${path}.port`),
      ...(port.appProtocol === undefined ? [] : qualifiedNameAt(port.appProtocol, `${path}.appProtocol`)),
    ];
  });
}
