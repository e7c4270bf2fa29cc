/** Networks (`net.CIDR`): an address and the length of its prefix, as Go's `net/netip` has them. */
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';
import { goQuote } from './go-quote.ts';
import { hasSameBytes, IpAddress, isMapped, parseAddress } from './ip-address.ts';

export const cidrType = opaqueType('net.CIDR');

export class Cidr extends OpaqueValue {
  override readonly type = cidrType;
  /** As it was written: bits after the prefix are kept. */
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** The bytes that the prefix touches. */
  override readonly size: number;

  constructor(address: IpAddress, prefixLength: number) {
    super();
    this.address = address;
    this.prefixLength = prefixLength;
    this.size = Math.ceil(prefixLength / 8);
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof Cidr && this.prefixLength === other.prefixLength && this.address.equals(other.address);
  }

  override toString(): string {
    return `${this.address.toString()}/${this.prefixLength}`;
  }

  containsIp(address: IpAddress): boolean {
    return (
      address.family === this.address.family && hasSameBytes(maskBytes(address.bytes, this.prefixLength), maskBytes(this.address.bytes, this.prefixLength))
    );
  }

  containsCidr(other: Cidr): boolean {
    return this.prefixLength <= other.prefixLength && this.containsIp(other.address);
  }

  /** The same network with the bits after the prefix cleared. */
  masked(): Cidr {
    return new Cidr(new IpAddress(maskBytes(this.address.bytes, this.prefixLength)), this.prefixLength);
  }
}

/** Reads a network. Answers why when the text is none, in upstream's words. */
export function parseCidr(text: string): Cidr | string {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') return `network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): ${parsed}`;
  return isMapped(parsed.address.bytes) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : parsed;
}

function parsePrefix(text: string): Cidr | string {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return "no '/'";
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === 'string') return address;
  if (address.hasZone) return 'IPv6 zones cannot be present in a prefix';
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d*)$/.test(bits) || BigInt(bits.slice(0, 20)) >= 2n ** 63n) return `bad bits after slash: ${goQuote(bits)}`;
  if (Number(bits) > address.bytes.length * 8) return 'prefix length out of range';
  return new Cidr(new IpAddress(address.bytes), Number(bits));
}

function maskBytes(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixLength - at * 8))));
}
