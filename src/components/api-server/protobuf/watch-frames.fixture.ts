/** The events of a protobuf watch as a client takes them apart. */
export function framesOf(bytes: Buffer): { type: string; document: Buffer }[] {
  const frames: { type: string; document: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const event = fieldsOf(bytes.subarray(at + 4, at + 4 + length));
    frames.push({ type: event.get(1)!.toString(), document: fieldsOf(event.get(2)!).get(1)! });
    at += 4 + length;
  }
  return frames;
}

/** The length-delimited fields of a message by number. */
export function fieldsOf(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const number = varint() >> 3;
    const length = varint();
    fields.set(number, bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}
