import { requireKept } from '../../../api/json.ts';
import { badRequest } from '../../../api/status.ts';

/** Reads the wire form of messages from one buffer, nested ones without copying. Throws ApiError 400 for bytes that are no messages. */
export class MessageReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#position;
  }

  /** An unsigned varint within 32 bits, such as a tag. */
  tag(end: number): number {
    const tag = this.integer(end);
    if (tag < 8 || tag > 0xff_ff_ff_ff) throw badRequest(`proto: illegal tag ${Math.floor(tag / 8)} (wire type ${tag & 7})`);
    return tag;
  }

  /** A varint as a signed number of 64 bits. Throws UnkeptNumber, a 400, for one that JSON could not show exactly. */
  integer(end: number): number {
    const start = this.#position;
    let at = start;
    let value = 0;
    for (let factor = 1; at < end; factor *= 0x80) {
      const byte = this.#bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.#position = at;
        // So many bits are exact.
        return at - start <= 7 ? value : this.#long(start, at);
      }
      if (at - start === longestVarint) throw badRequest('proto: integer overflow');
    }
    throw unexpectedEnd();
  }

  /** Reads the length of a field and answers where its content ends. */
  enter(end: number): number {
    const length = this.integer(end);
    if (length < 0) throw badRequest('proto: negative length found during unmarshaling');
    if (this.#position + length > end) throw unexpectedEnd();
    return this.#position + length;
  }

  string(end: number): string {
    const stop = this.enter(end);
    const start = this.#position;
    this.#position = stop;
    return start === stop ? '' : this.#bytes.toString('utf8', start, stop);
  }

  /** The bytes of a field; they share the memory of the body. */
  bytes(end: number): Buffer {
    const stop = this.enter(end);
    const start = this.#position;
    this.#position = stop;
    return this.#bytes.subarray(start, stop);
  }

  double(end: number): number {
    if (this.#position + 8 > end) throw unexpectedEnd();
    const value = this.#bytes.readDoubleLE(this.#position);
    this.#position += 8;
    return value;
  }

  /** Passes over the value of a field that is not known. */
  skip(wireType: number, end: number): void {
    if (wireType === 0) this.#skipVarint(end);
    else if (wireType === 2) this.#position = this.enter(end);
    else if (wireType === 1 || wireType === 5) {
      this.#position += wireType === 1 ? 8 : 4;
      if (this.#position > end) throw unexpectedEnd();
    } else throw badRequest(`proto: illegal wireType ${wireType}`);
  }

  #skipVarint(end: number): void {
    for (let at = this.#position; at < end; at++) {
      if (this.#bytes[at]! < 0x80) {
        this.#position = at + 1;
        return;
      }
      if (at - this.#position === longestVarint - 1) throw badRequest('proto: integer overflow');
    }
    throw unexpectedEnd();
  }

  #long(start: number, stop: number): number {
    let value = 0n;
    for (let at = stop - 1; at >= start; at--) value = (value << 7n) | BigInt(this.#bytes[at]! & 0x7f);
    const exact = BigInt.asIntN(64, value);
    requireKept(String(exact));
    return Number(exact);
  }
}

const longestVarint = 10;

const unexpectedEnd = (): Error => badRequest('unexpected EOF');
