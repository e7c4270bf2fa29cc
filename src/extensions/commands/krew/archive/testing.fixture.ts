import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface TestEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Unix type and permissions. */
  readonly mode?: number;
  /** tar's type flag; default: a file, or a folder where the name ends in a slash. */
  readonly type?: string;
  readonly linkName?: string;
  /** What a zip archive claims, when that is not the truth. */
  readonly claimedBytes?: number;
  readonly claimedChecksum?: number;
  readonly method?: number;
  readonly flags?: number;
  /** The system that a zip archive claims to come from; 3 is Unix, 0 DOS. */
  readonly creator?: number;
}

export function testTar(entries: readonly TestEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = '', mode = 0o644, type, linkName = '' }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write(`${(mode & 0o7777).toString(8).padStart(7, '0')}\0`, 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(type ?? (name.endsWith('/') ? '5' : '0'), 156);
    header.write(linkName, 157, 100);
    header.write('ustar\x0000', 257);
    header.fill(0x20, 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const testTarGz = (entries: readonly TestEntry[]): Buffer => gzipSync(testTar(entries));

export function testZip(entries: readonly TestEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, record } = zipEntry(entry, offset);
    parts.push(local);
    directory.push(record);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

function zipEntry(entry: TestEntry, offset: number): { local: Buffer; record: Buffer } {
  const { name, content = '', mode = 0o100644, method = 8, flags = 0, creator = 3 } = entry;
  const bytes = Buffer.from(content);
  const packed = method === 8 ? deflateRawSync(bytes) : bytes;
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(flags, 2);
  shared.writeUInt16LE(method, 4);
  shared.writeUInt32LE(entry.claimedChecksum ?? crc32(bytes), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(entry.claimedBytes ?? bytes.length, 18);
  shared.writeUInt16LE(Buffer.byteLength(name), 22);
  const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), shared, Buffer.from(name), packed]);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((creator << 8) | 20, 4);
  shared.copy(record, 6);
  record.writeUInt32LE(creator === 3 ? (mode << 16) >>> 0 : 0, 38);
  record.writeUInt32LE(offset, 42);
  return { local, record: Buffer.concat([record, Buffer.from(name)]) };
}
