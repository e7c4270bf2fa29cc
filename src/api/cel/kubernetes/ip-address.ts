/** IP addresses (`net.IP`) as Go's `net/netip` reads and writes them, without zones and without IPv4 in IPv6. */
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';
import { goQuote } from './go-quote.ts';

export const ipType = opaqueType('net.IP');

export class IpAddress extends OpaqueValue {
  override readonly type = ipType;
  /** Four or sixteen. */
  readonly bytes: Uint8Array;
  override readonly size: number;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
    this.size = bytes.length;
  }

  get family(): 4 | 6 {
    return this.bytes.length === 4 ? 4 : 6;
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof IpAddress && hasSameBytes(this.bytes, other.bytes);
  }

  /** The canonical form: lower case, the longest run of two or more zero fields as `::`. */
  override toString(): string {
    return this.family === 4 ? this.bytes.join('.') : formatVersion6(this.bytes);
  }

  get isUnspecified(): boolean {
    return this.bytes.every((byte) => byte === 0);
  }

  get isLoopback(): boolean {
    return this.family === 4 ? this.bytes[0] === 127 : this.bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
  }

  get isMulticast(): boolean {
    return this.family === 4 ? (this.bytes[0]! & 0xf0) === 0xe0 : this.bytes[0] === 0xff;
  }

  get isLinkLocalMulticast(): boolean {
    const [first, second, third] = this.bytes;
    return this.family === 4 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second! & 0x0f) === 2;
  }

  get isLinkLocalUnicast(): boolean {
    const [first, second] = this.bytes;
    return this.family === 4 ? first === 169 && second === 254 : first === 0xfe && (second! & 0xc0) === 0x80;
  }

  get isGlobalUnicast(): boolean {
    if (this.family === 4 && (this.isUnspecified || this.bytes.every((byte) => byte === 255))) return false;
    return !this.isUnspecified && !this.isLoopback && !this.isMulticast && !this.isLinkLocalUnicast;
  }
}

/** Reads an address. Answers why when the text is none, in upstream's words. */
export function parseIpAddress(text: string): IpAddress | string {
  const parsed = parseAddress(text);
  if (typeof parsed === 'string') return `IP Address ${goQuote(text)} parse error during conversion from string: ${parsed}`;
  if (parsed.hasZone) return `IP address ${goQuote(text)} with zone value is not allowed`;
  if (isMapped(parsed.bytes)) return `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`;
  return new IpAddress(parsed.bytes);
}

export interface ParsedAddress {
  readonly bytes: Uint8Array;
  readonly hasZone: boolean;
}

/** Reads what netip's ParseAddr reads, zones and mapped addresses too. Answers its message when the text is no address. */
export function parseAddress(text: string): ParsedAddress | string {
  const mark = /[.:%]/.exec(text)?.[0];
  if (mark === '.') {
    const bytes = new Uint8Array(4);
    return readVersion4(text, text, bytes) ?? { bytes, hasZone: false };
  }
  if (mark === ':') return parseVersion6(text);
  return problem(text, mark === '%' ? 'missing IPv6 address' : 'unable to parse IP');
}

/** IPv4 in IPv6: `::ffff:0:0/96`. */
export const isMapped = (bytes: Uint8Array): boolean =>
  bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);

export const hasSameBytes = (left: Uint8Array, right: Uint8Array): boolean => left.length === right.length && left.every((byte, at) => byte === right[at]);

const problem = (text: string, message: string, at = ''): string => `ParseAddr(${goQuote(text)}): ${message}${at === '' ? '' : ` (at ${goQuote(at)})`}`;

/** Reads `part` of `text` into the first four bytes; answers what is wrong with it. */
function readVersion4(text: string, part: string, bytes: Uint8Array): string | undefined {
  let field = 0;
  let digits = 0;
  let value = 0;
  for (let at = 0; at < part.length; at++) {
    const character = part[at]!;
    if (character >= '0' && character <= '9') {
      if (digits === 1 && value === 0) return problem(text, 'IPv4 field has octet with leading zero');
      value = value * 10 + Number(character);
      digits++;
      if (value > 255) return problem(text, 'IPv4 field has value >255');
    } else if (character === '.') {
      if (digits === 0 || at === part.length - 1) return problem(text, 'IPv4 field must have at least one digit', part.slice(at));
      if (field === 3) return problem(text, 'IPv4 address too long');
      bytes[field++] = value;
      value = 0;
      digits = 0;
    } else return problem(text, 'unexpected character', part.slice(at));
  }
  if (field < 3) return problem(text, 'IPv4 address too short');
  bytes[3] = value;
  return undefined;
}

function parseVersion6(text: string): ParsedAddress | string {
  const percent = text.indexOf('%');
  if (percent === text.length - 1) return problem(text, 'zone must be a non-empty string');
  const bytes = new Uint8Array(16);
  const wrong = readVersion6(text, percent < 0 ? text : text.slice(0, percent), bytes);
  return wrong ?? { bytes, hasZone: percent >= 0 };
}

function readVersion6(text: string, address: string, bytes: Uint8Array): string | undefined {
  let rest = address;
  let filled = 0;
  /** Where zeros are to be inserted; -1 while no `::` was seen. */
  let gap = -1;
  if (rest.startsWith('::')) {
    gap = 0;
    rest = rest.slice(2);
    if (rest === '') return undefined;
  }
  while (filled < 16) {
    const digits = /^[0-9A-Fa-f]*/.exec(rest)![0].length;
    if (digits > 4) return problem(text, 'each group must have 4 or less digits', rest);
    if (digits === 0) return problem(text, 'each colon-separated field must have at least one digit', rest);
    if (rest[digits] === '.') {
      if (gap < 0 && filled !== 12) return problem(text, 'embedded IPv4 address must replace the final 2 fields of the address', rest);
      if (filled > 12) return problem(text, 'too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      const wrong = readVersion4(text, rest, bytes.subarray(filled, filled + 4));
      if (wrong !== undefined) return wrong;
      rest = '';
      filled += 4;
      break;
    }
    const field = Number.parseInt(rest.slice(0, digits), 16);
    bytes[filled++] = field >> 8;
    bytes[filled++] = field & 0xff;
    rest = rest.slice(digits);
    if (rest === '') break;
    if (rest[0] !== ':') return problem(text, 'unexpected character, want colon', rest);
    if (rest.length === 1) return problem(text, 'colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (rest[0] !== ':') continue;
    if (gap >= 0) return problem(text, 'multiple :: in address', rest);
    gap = filled;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') return problem(text, 'trailing garbage after address', rest);
  return fillGap(text, bytes, filled, gap);
}

function fillGap(text: string, bytes: Uint8Array, filled: number, gap: number): string | undefined {
  if (filled === 16) return gap < 0 ? undefined : problem(text, 'the :: must expand to at least one field of zeros');
  if (gap < 0) return problem(text, 'address string too short');
  const zeros = 16 - filled;
  bytes.copyWithin(gap + zeros, gap, filled);
  bytes.fill(0, gap, gap + zeros);
  return undefined;
}

function formatVersion6(bytes: Uint8Array): string {
  const fields = Array.from({ length: 8 }, (_, at) => (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!);
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && fields[end] === 0) end++;
    if (end - at > length) {
      start = at;
      length = end - at;
    }
    if (end > at) at = end;
  }
  const write = (part: readonly number[]): string => part.map((field) => field.toString(16)).join(':');
  return start < 0 ? write(fields) : `${write(fields.slice(0, start))}::${write(fields.slice(start + length))}`;
}
