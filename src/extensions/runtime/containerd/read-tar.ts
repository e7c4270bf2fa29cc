const blockBytes = 512;
const maximumEntries = 100_000;
const maximumKeptBytes = 4 * 1024 * 1024;

export interface TarContents {
  readonly paths: ReadonlySet<string>;
  /** Contents of the files that were asked for. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Reads a tar archive from its bytes, keeping the files named in `wanted`. Throws, saying where, when it is no archive, is cut off, or is larger than any image's. */
export async function readTar(source: AsyncIterable<Buffer>, wanted: ReadonlySet<string>): Promise<TarContents> {
  const reader = new TarReader(wanted);
  for await (const chunk of source) {
    reader.write(chunk);
    if (reader.isEnded) break;
  }
  return reader.end();
}

class TarReader {
  readonly #wanted: ReadonlySet<string>;
  readonly #paths = new Set<string>();
  readonly #files = new Map<string, Buffer>();
  readonly #header = Buffer.alloc(blockBytes);
  #headerBytes = 0;
  /** What is left of the current entry, with padding. */
  #remaining = 0;
  #entry: { path: string; kept?: Buffer[]; size: number } | undefined;
  isEnded = false;

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  write(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && !this.isEnded) {
      offset += this.#remaining > 0 ? this.#readContent(chunk, offset) : this.#readHeader(chunk, offset);
    }
  }

  end(): TarContents {
    if (this.#paths.size === 0) throw new Error('it is not a tar archive');
    if (this.#remaining > 0) throw new Error(`it is cut off in "${this.#entry?.path}"`);
    return { paths: this.#paths, files: this.#files };
  }

  #readHeader(chunk: Buffer, offset: number): number {
    const length = Math.min(blockBytes - this.#headerBytes, chunk.length - offset);
    chunk.copy(this.#header, this.#headerBytes, offset, offset + length);
    this.#headerBytes += length;
    if (this.#headerBytes === blockBytes) {
      this.#headerBytes = 0;
      this.#beginEntry(this.#header);
    }
    return length;
  }

  #beginEntry(header: Buffer): void {
    if (header.every((byte) => byte === 0)) {
      this.isEnded = true;
      return;
    }
    if (checksumOf(header) !== numberAt(header, 148, 8))
      throw new Error(this.#paths.size === 0 ? 'it is not a tar archive' : 'it is damaged: a checksum does not fit');
    const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textAt(header, 345, 155) : '';
    const path = `${prefix === '' ? '' : `${prefix}/`}${textAt(header, 0, 100)}`.replace(/^\.\//, '').replace(/\/$/, '');
    const size = numberAt(header, 124, 12);
    if (this.#paths.size >= maximumEntries) throw new Error(`it has more than ${maximumEntries} entries`);
    this.#paths.add(path);
    const isWanted = this.#wanted.has(path);
    if (isWanted && size > maximumKeptBytes) throw new Error(`"${path}" in it is larger than ${maximumKeptBytes} bytes`);
    this.#entry = { path, size, ...(isWanted ? { kept: [] } : {}) };
    this.#remaining = Math.ceil(size / blockBytes) * blockBytes;
    if (this.#remaining === 0 && isWanted) this.#files.set(path, Buffer.alloc(0));
  }

  #readContent(chunk: Buffer, offset: number): number {
    const length = Math.min(this.#remaining, chunk.length - offset);
    this.#remaining -= length;
    const entry = this.#entry;
    if (entry?.kept) {
      entry.kept.push(Buffer.from(chunk.subarray(offset, offset + length)));
      if (this.#remaining === 0) this.#files.set(entry.path, Buffer.concat(entry.kept).subarray(0, entry.size));
    }
    return length;
  }
}

/** The sum of all bytes, with the checksum's own field as blanks. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let index = 0; index < blockBytes; index++) sum += index >= 148 && index < 156 ? 0x20 : header[index]!;
  return sum;
}

const textAt = (header: Buffer, offset: number, length: number): string => header.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');

/** Octal, or, for sizes over 8 GiB, binary with the first bit set. */
function numberAt(header: Buffer, offset: number, length: number): number {
  if ((header[offset]! & 0x80) !== 0) return Number(header.readBigUInt64BE(offset + length - 8));
  const value = Number.parseInt(textAt(header, offset, length).trim() || '0', 8);
  return Number.isNaN(value) ? -1 : value;
}
