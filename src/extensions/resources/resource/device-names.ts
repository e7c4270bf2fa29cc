import { dns1123SubdomainProblems, identifierProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { dnsLabelAt, dnsSubdomainAt, problemsAt, requiredAt } from '../core/field-checks.ts';
import { tooLongAt } from './list-limits.ts';

const driverNameLimit = 63;
const poolNameLimit = 253;
const identifierLimit = 32;

/** The name of a driver: a domain of at most 63 characters, in any case. */
export function driverNameAt(name: string, path: string): FieldError[] {
  if (name === '') return [fieldError.required(path)];
  return [...tooLongAt(name, driverNameLimit, path), ...dns1123SubdomainProblems(name.toLowerCase()).map((detail) => fieldError.invalid(path, name, detail))];
}

/** The name of a pool: one or more domains with slashes between them. */
export function poolNameAt(name: string, path: string): FieldError[] {
  if (name === '') return [fieldError.required(path)];
  return [...tooLongAt(name, poolNameLimit, path), ...name.split('/').flatMap((part) => dnsSubdomainAt(part, path))];
}

/** The name of a device class. */
export const deviceClassNameAt = (name: string, path: string): FieldError[] => (name === '' ? [fieldError.required(path)] : dnsSubdomainAt(name, path));

/** Names of counter sets and counters. */
export const counterNameAt = (name: string, path: string): FieldError[] => (name === '' ? requiredAt(name, path) : dnsLabelAt(name, path));

/** The name of an attribute or capacity: an identifier, with the domain of its owner before a slash unless it is the driver's. */
export function qualifiedDeviceNameAt(name: string, path: string): FieldError[] {
  const [first = '', second, ...more] = name.split('/');
  if (more.length > 0) return [fieldError.invalid(path, name, 'must not contain more than one slash')];
  if (second === undefined) return identifierAt(first, path);
  return [
    ...(first === '' ? [fieldError.invalid(path, '', 'the domain must not be empty')] : driverNameAt(first, path)),
    ...(second === '' ? [fieldError.invalid(path, '', 'the name must not be empty')] : identifierAt(second, path)),
  ];
}

/** The same where the domain must be said. */
export const fullyQualifiedDeviceNameAt = (name: string, path: string): FieldError[] => [
  ...qualifiedDeviceNameAt(name, path),
  ...(name.includes('/') ? [] : [fieldError.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash')]),
];

const identifierAt = (name: string, path: string): FieldError[] => [...tooLongAt(name, identifierLimit, path), ...problemsAt(identifierProblems, name, path)];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The identity of a share of a device. */
export const shareIdAt = (id: string | undefined, path: string): FieldError[] =>
  id === undefined || uuid.test(id)
    ? []
    : [fieldError.invalid(path, id, 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters')];
