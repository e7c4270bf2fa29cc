/**
 * The string formats that structural schemas check (`supportedVersionedFormats` of apiextensions, `k8s.io/kube-openapi/pkg/validation/strfmt`). Others are not checked.
 * Dashes in names do not count: `date-time` is `datetime`.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { isEmailAddress, isRequestUri } from './string-formats-internet.ts';

/** Whether values are held against the format. */
export const knowsFormat = (format: string): boolean => Object.hasOwn(checks, format.replaceAll('-', ''));

/** Whether text has a format; true for formats that are not checked. */
export function hasFormat(format: string, text: string): boolean {
  const name = format.replaceAll('-', '');
  return !Object.hasOwn(checks, name) || checks[name]!(text);
}

const matches =
  (syntax: RegExp) =>
  (text: string): boolean =>
    syntax.test(text);
const uuidOf = (version: string, variant: string) =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'));
const kubernetesName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const maximumShortName = 63;
const maximumLongName = 253;

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: isRequestUri,
  email: isEmailAddress,
  hostname: isHostname,
  ipv4: (text) => text.includes('.') && isSloppyIp(text),
  ipv6: (text) => text.includes(':') && isIPv6(text) && !text.includes('%'),
  cidr: isCidr,
  mac: isMac,
  uuid: uuidOf('[0-9a-f]', '[0-9a-f]'),
  uuid3: uuidOf('3', '[0-9a-f]'),
  uuid4: uuidOf('4', '[89ab]'),
  uuid5: uuidOf('5', '[89ab]'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(/^rgb\([\t\n\f\r ]*(?:(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])[\t\n\f\r ]*(?:,[\t\n\f\r ]*(?!\))|(?=\)))){3}\)$/),
  byte: (text) => text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= maximumShortName && kubernetesName.test(text),
  k8slongname: (text) => text.length <= maximumLongName && text.split('.').every((part) => kubernetesName.test(part)),
};

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;

/** At most 255 bytes, each label at most 63. A name without dots may have a dash after its first character only. */
function isHostname(text: string): boolean {
  return text.length <= 255 && Buffer.byteLength(text) <= 255 && hostname.test(text) && text.split('.').every((label) => Buffer.byteLength(label) <= 63);
}

/** An address whose decimal numbers may have leading zeros. */
const isSloppyIp = (text: string): boolean => isIPv4(withoutZeros(text)) || (isIPv6(withoutZeros(text)) && !text.includes('%'));

/** Only of dotted decimals: hexadecimal groups keep their zeros. */
const withoutZeros = (text: string): string => (text.length > 64 ? '' : text.replace(/(?<=^|\.|:(?=\d+\.))0+(?=\d+(?:\.|$))/g, ''));

function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const address = withoutZeros(text.slice(0, Math.max(slash, 0)));
  const bits = text.slice(slash + 1);
  if (!/^\d{1,9}$/.test(bits)) return false;
  if (isIPv4(address)) return Number(bits) <= 32;
  return isIPv6(address) && !address.includes('%') && Number(bits) <= 128;
}

/** EUI-48, EUI-64 and 20-octet IP over InfiniBand addresses. */
function isMac(text: string): boolean {
  if (text.length > 59) return false;
  const pairs = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2})*$/i.test(text) ? (text.length + 1) / 3 : 0;
  const fours = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(text) ? ((text.length + 1) / 5) * 2 : 0;
  return [6, 8, 20].includes(pairs || fours);
}

const withoutDashes = (text: string): string => text.replace(/[\t\n\f\r -]+/g, '');

function isIsbn10(text: string): boolean {
  const digits = withoutDashes(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, index) => sum + (digit === 'X' ? 10 : Number(digit)) * (index + 1), 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = withoutDashes(text);
  return /^\d{13}$/.test(digits) && [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

const cardNumber =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!cardNumber.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1]!;
}

/** A date and a time of day with a zone; upper and lower case alike, and what follows a second `t` is not looked at. */
function isDateTime(text: string): boolean {
  const [day = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(day)) return false;
  const match = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}

const goDuration = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const durationUnits: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']);
const durationWords = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'] as const;
const largestCount = 2n ** 63n - 1n;

/** Go's durations, and any text in which a number stands before a unit: `3 days`. */
function isDuration(text: string): boolean {
  if (goDuration.test(text) && !/\d{19}/.test(text)) return true;
  let isFound = false;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)\s*([A-Za-zµ]*)/g)) {
    if (unit === '') continue;
    if (count.length > 18 && (count.length > 4096 || BigInt(count) > largestCount)) return false;
    isFound ||= isDurationUnit(unit.toLowerCase());
  }
  return isFound;
}

const isDurationUnit = (unit: string): boolean => durationUnits.has(unit) || durationWords.some((word) => unit.startsWith(word)) || /^(?:µs|s|m)$/.test(unit);
