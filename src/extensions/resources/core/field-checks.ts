import { isIP, isIPv4 } from 'node:net';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
  rangeMessage,
} from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';

type Texts = (text: string) => readonly string[];

/** One `Invalid value` per problem a rule finds. */
export function problemsAt(rule: Texts, text: string, path: string): FieldError[] {
  const problems = rule(text);
  return problems.length === 0 ? [] : problems.map((detail) => fieldError.invalid(path, text, detail));
}

export const dnsLabelAt = (text: string, path: string): FieldError[] => problemsAt(dns1123LabelProblems, text, path);
export const dnsSubdomainAt = (text: string, path: string): FieldError[] => problemsAt(dns1123SubdomainProblems, text, path);
export const qualifiedNameAt = (text: string, path: string): FieldError[] => problemsAt(qualifiedNameProblems, text, path);

/** `Required value` when a text, list or object is missing or empty. */
export const requiredAt = (value: unknown, path: string, detail = ''): FieldError[] =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) ? [fieldError.required(path, detail)] : [];

/** A value of a closed set: missing is `Required value`, others are `Unsupported value`. `supported` is shown in order. */
export function oneOfAt(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  if (!value) return [fieldError.required(path)];
  return optionalOneOfAt(value, supported, path);
}

/** The same for a field that may be absent. */
export const optionalOneOfAt = (value: string | undefined, supported: readonly string[], path: string): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [fieldError.notSupported(path, value, supported)];

/** A whole number between two bounds. */
export const rangeAt = (value: number | undefined, low: number, high: number, path: string): FieldError[] =>
  value === undefined || (value >= low && value <= high) ? [] : [fieldError.invalid(path, value, rangeMessage(low, high))];

/** User and group numbers. */
export const idAt = (value: number | undefined, path: string): FieldError[] => rangeAt(value, 0, 2_147_483_647, path);

/** A port by number or by name. */
export function portAt(port: number | string | undefined, path: string): FieldError[] {
  if (typeof port === 'string') return problemsAt(portNameProblems, port, path);
  return portNumberProblems(port ?? 0).map((detail) => fieldError.invalid(path, port ?? 0, detail));
}

export const ipAt = (text: string | undefined, path: string): FieldError[] =>
  isIP(text ?? '') === 0 ? [fieldError.invalid(path, text ?? '', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')] : [];

export const cidrAt = (text: string, path: string): FieldError[] =>
  isCidr(text) ? [] : [fieldError.invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];

/** `10.9.8.0/24` or `2001:db8::/64`. */
export function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  return match !== null && isIP(match[1]!) !== 0 && Number(match[2]) <= (isIPv4(match[1]!) ? 32 : 128);
}

/** Remembers what was seen; answers a `Duplicate value` the second time. */
export function duplicates(): (value: string, path: string, shown?: unknown) => FieldError[] {
  const seen = new Set<string>();
  return (value, path, shown = value) => {
    if (seen.has(value)) return [fieldError.duplicate(path, shown)];
    seen.add(value);
    return [];
  };
}

/** A relative path that stays below where it starts. */
export function descendingPathAt(text: string, path: string): FieldError[] {
  if (text.startsWith('/')) return [fieldError.invalid(path, text, 'must be a relative path'), ...noBackstepsAt(text, path)];
  return noBackstepsAt(text, path);
}

export const noBackstepsAt = (text: string, path: string): FieldError[] =>
  text.split('/').includes('..') ? [fieldError.invalid(path, text, "must not contain '..'")] : [];

/** One list of many, nearly all of which are empty. Cheaper than spreading them. */
export function joined(...lists: readonly (readonly FieldError[])[]): FieldError[] {
  const errors: FieldError[] = [];
  for (let index = 0; index < lists.length; index++) if (lists[index]!.length > 0) errors.push(...lists[index]!);
  return errors;
}

/** No more faults are looked for in a list that has so many: nobody reads them, and a call takes only so many arguments. */
const enoughErrors = 10_000;

/** The error list of every item, with its index in the path. */
export function eachAt<Item>(
  items: readonly Item[] | undefined,
  path: string,
  check: (item: Item, path: string, index: number) => readonly FieldError[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (!items) return errors;
  for (let index = 0; index < items.length && errors.length < enoughErrors; index++) {
    const found = check(items[index]!, `${path}[${index}]`, index);
    if (found.length > 0) errors.push(...found);
  }
  return errors;
}
