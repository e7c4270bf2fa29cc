import type { FileHandle } from 'node:fs/promises';

/** One entry, as the archive's central directory has it. */
export interface ZipEntry {
  readonly name: string;
  /** Unix file type and permissions; undefined where the archive comes from a system without them. */
  readonly unixMode: number | undefined;
  readonly isReadOnly: boolean;
  readonly isEncrypted: boolean;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of the local header. */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
/** The comment behind the end record is at most so long. */
const longestComment = 0xffff;
const entryHeaderBytes = 46;
const localHeaderBytes = 30;
const maximumDirectoryBytes = 64 * 1024 * 1024;

/** Reads the central directory of a zip file (PKWARE's APPNOTE 4.3). Rejects when the file is none or its directory does not fit in it. */
export async function readZipDirectory(file: FileHandle, size: number): Promise<ZipEntry[]> {
  const tail = await bytesAt(file, Math.max(0, size - endBytes - longestComment), Math.min(size, endBytes + longestComment));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end === -1 || end + endBytes > tail.length || tail.readUInt32LE(end) !== endSignature) throw notZip();
  const [count, directoryBytes, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (offset + directoryBytes > size || directoryBytes > maximumDirectoryBytes) throw notZip();
  const directory = await bytesAt(file, offset, directoryBytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + entryHeaderBytes > directory.length || directory.readUInt32LE(at) !== entrySignature) throw notZip();
    const [nameBytes, extraBytes, commentBytes] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32)];
    const next = at + entryHeaderBytes + nameBytes + extraBytes + commentBytes;
    if (next > directory.length) throw notZip();
    entries.push(entryAt(directory.subarray(at, next), nameBytes, extraBytes));
    at = next;
  }
  return entries;
}

function entryAt(record: Buffer, nameBytes: number, extraBytes: number): ZipEntry {
  const creator = record.readUInt16LE(4) >> 8;
  const attributes = record.readUInt32LE(38);
  const extra = record.subarray(entryHeaderBytes + nameBytes, entryHeaderBytes + nameBytes + extraBytes);
  const [bytes, packedBytes, offset] = wideNumbers([record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)], extra);
  return {
    name: record.toString('utf8', entryHeaderBytes, entryHeaderBytes + nameBytes),
    // 3 is Unix, 19 macOS.
    unixMode: creator === 3 || creator === 19 ? attributes >>> 16 : undefined,
    isReadOnly: (attributes & 1) !== 0,
    isEncrypted: (record.readUInt16LE(8) & 1) !== 0,
    method: record.readUInt16LE(10),
    checksum: record.readUInt32LE(16),
    packedBytes,
    bytes,
    offset,
  };
}

/** Numbers that do not fit stand in the zip64 field (4.5.3), in this order, each only where it is needed. */
function wideNumbers(numbers: readonly [number, number, number], extra: Buffer): [number, number, number] {
  let wide: Buffer = Buffer.alloc(0);
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === 1) wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  return numbers.map((number) => {
    if (number !== 0xffff_ffff) return number;
    if (wide.length < 8) throw notZip();
    const value = Number(wide.readBigUInt64LE());
    wide = wide.subarray(8);
    return value;
  }) as [number, number, number];
}

/** Where the bytes of an entry start: its local header may have other extra fields than the directory says. */
export async function dataOffset(file: FileHandle, { offset }: ZipEntry, size: number): Promise<number> {
  if (offset + localHeaderBytes > size) throw notZip();
  const header = await bytesAt(file, offset, localHeaderBytes);
  if (header.readUInt32LE(0) !== localSignature) throw notZip();
  return offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw notZip();
  return buffer;
}

const notZip = (): Error => new Error('zip: not a valid zip file');
