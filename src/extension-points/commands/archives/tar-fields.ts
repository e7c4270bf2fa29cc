/** What a header block of a tar archive says. */
export interface TarHeader {
  readonly name: string;
  /** The flag of POSIX ustar: `0` a file, `2` a symbolic link, `5` a folder; `\0` a file or a folder of an archive older than those. */
  readonly type: string;
  readonly mode: number;
  /** Of what follows the header, without its padding. */
  readonly bytes: number;
  readonly linkName: string;
}

export const tarBlockBytes = 512;

/** How many bytes fill the last block of so many. */
export const tarPadding = (bytes: number): number => (tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes;

export const invalidTar = (): Error => new Error('archive/tar: invalid tar header');

/** Reads a header block. Throws, in the words of Go's archive/tar, for one that is cut off or is none. */
export function parseTarHeader(block: Buffer): TarHeader {
  if (block.length < tarBlockBytes) throw new Error('unexpected EOF');
  // The checksum counts its own field as blanks.
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== numberAt(block, 148, 8)) throw invalidTar();
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const type = String.fromCharCode(block[156]!);
  const bytes = numberAt(block, 124, 12);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    mode: numberAt(block, 100, 8),
    // Links, devices, folders and pipes have no contents, whatever the field says.
    bytes: '123456'.includes(type) ? 0 : bytes,
    linkName: textAt(block, 157, 100),
  };
}

/** Up to the first NUL. */
export const untilNul = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

const textAt = (block: Buffer, at: number, length: number): string => untilNul(block.subarray(at, at + length));

/** Octal, or base 256 where the first bit says so. */
function numberAt(block: Buffer, at: number, length: number): number {
  const isBinary = (block[at]! & 0x80) !== 0;
  const text = isBinary ? '' : textAt(block, at, length).trim();
  const value = isBinary
    ? block.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, block[at]! & 0x7f)
    : /^[0-7]*$/.test(text)
      ? Number.parseInt(text || '0', 8)
      : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalidTar();
  return value;
}

/** The records of an extended header (pax), `LENGTH KEY=VALUE\n` one behind the other, each length counting itself. */
export function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at);
    const digits = content.toString('latin1', at, Math.max(at, blank));
    const end = at + Number(digits);
    if (!/^\d+$/.test(digits) || end <= blank + 1 || end > content.length || content[end - 1] !== 0x0a) throw invalidTar();
    const record = content.toString('utf8', blank + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw invalidTar();
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}
