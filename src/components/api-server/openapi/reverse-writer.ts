/** Writes protobuf from the end to the start: a message's length is known by the time it is written, so nothing is copied. */
export class ReverseWriter {
  #bytes: Buffer;
  /** Where the written part begins. */
  #start: number;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
    this.#start = capacity;
  }

  /** What was written so far. */
  result(): Buffer {
    return this.#bytes.subarray(this.#start);
  }

  /** A length-delimited field whose content `write` puts down. */
  message(field: number, write: () => void): void {
    const before = this.#length();
    write();
    this.#delimit(field, this.#length() - before);
  }

  string(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#start -= length;
    this.#bytes.write(text, this.#start);
    this.#delimit(field, length);
  }

  /** A length-delimited field that was written elsewhere. */
  bytes(field: number, content: Buffer): void {
    this.#reserve(content.length);
    this.#start -= content.length;
    content.copy(this.#bytes, this.#start);
    this.#delimit(field, content.length);
  }

  /** An unsigned integer or a boolean. */
  integer(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field << 3);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#bytes.writeDoubleLE(value, this.#start);
    this.#varint((field << 3) | 1);
  }

  #length(): number {
    return this.#bytes.length - this.#start;
  }

  #delimit(field: number, length: number): void {
    this.#varint(length);
    this.#varint((field << 3) | 2);
  }

  #varint(value: number): void {
    const digits: number[] = [];
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) digits.push((left % 128) | 128);
    digits.push(left);
    this.#reserve(digits.length);
    for (const digit of digits.reverse()) this.#bytes[--this.#start] = digit;
  }

  #reserve(length: number): void {
    if (this.#start >= length) return;
    const larger = Buffer.allocUnsafe((this.#bytes.length + length) * 2);
    const start = larger.length - this.#length();
    this.#bytes.copy(larger, start, this.#start);
    this.#bytes = larger;
    this.#start = start;
  }
}
