import { encoded } from './envelope.ts';

/** One event of a protobuf watch: four bytes of length, then a WatchEvent (type 1, object 2: a RawExtension whose field 1 is a whole document). */
export const watchFrame = (type: string, document: Buffer): Buffer =>
  encoded((writer) => {
    const before = writer.length;
    writer.raw(document);
    writer.delimit(1, before);
    writer.delimit(2, before);
    writer.string(1, type);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(writer.length - before);
    writer.raw(length);
  });
