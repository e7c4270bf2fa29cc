/** Writes protobuf from the end to the start: a message's length is known by the time it is written, so nothing is copied. */
export class ReverseWriter {
  #bytes: Buffer;
  /** Where the written part begins. */
  #start: number;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#start = capacity;
  }

  /** What was written so far; the writer's own memory. */
  result(): Buffer {
    return this.#bytes.subarray(this.#start);
  }

  /** A copy of what was written after the writer had `length` bytes, which it then forgets. */
  take(length = 0): Buffer {
    const end = this.#bytes.length - length;
    const taken = Buffer.from(this.#bytes.subarray(this.#start, end));
    this.#start = end;
    return taken;
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** A length-delimited field whose content `write` puts down. */
  message(field: number, write: () => void): void {
    const before = this.length;
    write();
    this.delimit(field, before);
  }

  /** Makes what was written since the writer had `before` bytes a length-delimited field. */
  delimit(field: number, before: number): void {
    this.#varint(this.length - before);
    this.#varint((field << 3) | 2);
  }

  string(field: number, text: string): void {
    const before = this.length;
    this.text(text);
    this.delimit(field, before);
  }

  /** Text without tag and length. */
  text(text: string): void {
    if (text.length <= shortText && this.#ascii(text)) return;
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#start -= length;
    this.#bytes.write(text, this.#start);
  }

  /** A length-delimited field that was written elsewhere. */
  bytes(field: number, content: Uint8Array): void {
    this.raw(content);
    this.#varint(content.length);
    this.#varint((field << 3) | 2);
  }

  /** Bytes without tag and length. */
  raw(content: Uint8Array): void {
    this.#reserve(content.length);
    this.#start -= content.length;
    this.#bytes.set(content, this.#start);
  }

  /** An integer or a boolean (0 or 1). Negative numbers take ten bytes, as int32 and int64 do. */
  integer(field: number, value: number): void {
    if (value >= 0) this.#varint(value);
    else this.#negative(value);
    this.#varint(field << 3);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#bytes.writeDoubleLE(value, this.#start);
    this.#varint((field << 3) | 1);
  }

  /** Short texts are nearly all ASCII, and copying them here is cheaper than measuring them first. */
  #ascii(text: string): boolean {
    this.#reserve(text.length);
    const start = this.#start - text.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[start + index] = code;
    }
    this.#start = start;
    return true;
  }

  #varint(value: number): void {
    this.#reserve(longestVarint);
    if (value < 0x80) {
      this.#bytes[--this.#start] = value;
      return;
    }
    let size = 1;
    for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size++;
    let at = (this.#start -= size);
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.#bytes[at++] = (left % 0x80) | 0x80;
    this.#bytes[at] = left;
  }

  /** Two's complement in 64 bits. */
  #negative(value: number): void {
    this.#reserve(longestVarint);
    let at = (this.#start -= longestVarint);
    let left = BigInt.asUintN(64, BigInt(value));
    for (; left > 0x7fn; left >>= 7n) this.#bytes[at++] = Number(left & 0x7fn) | 0x80;
    this.#bytes[at] = Number(left);
  }

  #reserve(length: number): void {
    if (this.#start >= length) return;
    const larger = Buffer.allocUnsafe((this.#bytes.length + length) * 2);
    const start = larger.length - this.length;
    this.#bytes.copy(larger, start, this.#start);
    this.#bytes = larger;
    this.#start = start;
  }
}

const shortText = 32;
const longestVarint = 10;
