/** An entry of an archive. `type` is POSIX ustar's flag: `0` a file, `2` a symbolic link, `5` a folder. */
export interface TarEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly bytes: number;
  readonly linkName: string;
  /** Of a file, in pieces. What is not read of it is skipped. */
  contents(): AsyncIterable<Buffer>;
}

const blockBytes = 512;
/** Names are far shorter. */
const maximumHeaderBytes = 1024 * 1024;

/** Goes through a tar archive (ustar, pax, GNU long names) as it arrives. Throws when it is none, or is cut off. */
export async function* tarEntries(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  try {
    let extended: Partial<Pick<TarEntry, 'name' | 'linkName' | 'bytes'>> = {};
    for (;;) {
      const header = await source.read(blockBytes);
      // Whoever packs may still have to say that it could not pack everything.
      if (header.length === 0 || header.every((byte) => byte === 0)) return await source.drain();
      const entry = parseHeader(header);
      if ('xgLK'.includes(entry.type)) {
        const known = await readExtended(source, entry);
        if (entry.type !== 'g') extended = { ...extended, ...known };
        continue;
      }
      const whole = { ...entry, ...extended };
      extended = {};
      let left = whole.bytes;
      yield {
        ...whole,
        async *contents() {
          while (left > 0) {
            const piece = await source.some(left);
            left -= piece.length;
            yield piece;
          }
        },
      };
      while (left > 0) left -= (await source.some(left)).length;
      await source.read((blockBytes - (whole.bytes % blockBytes)) % blockBytes);
    }
  } finally {
    await source.close();
  }
}

function parseHeader(header: Buffer): Omit<TarEntry, 'contents'> {
  if (header.length < blockBytes) throw new Error('unexpected EOF');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== numberAt(header, 148, 8)) throw new Error('archive/tar: invalid tar header');
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textAt(header, 345, 155) : '';
  const name = textAt(header, 0, 100);
  const bytes = numberAt(header, 124, 12);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error('archive/tar: invalid tar header');
  const flag = String.fromCharCode(header[156]!);
  const type = flag === '\0' ? (name.endsWith('/') ? '5' : '0') : flag;
  // Only files, and what has a type of its own, are followed by contents.
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    mode: numberAt(header, 100, 8),
    bytes: '123456'.includes(type) ? 0 : bytes,
    linkName: textAt(header, 157, 100),
  };
}

async function readExtended(source: ByteSource, { type, bytes }: Omit<TarEntry, 'contents'>): Promise<Partial<Pick<TarEntry, 'name' | 'linkName' | 'bytes'>>> {
  if (bytes > maximumHeaderBytes) throw new Error('archive/tar: header field too long');
  const content = await source.read(bytes);
  await source.read((blockBytes - (bytes % blockBytes)) % blockBytes);
  const text = content.toString('utf8').replace(/\0.*$/s, '');
  if (type === 'L') return { name: text };
  if (type === 'K') return { linkName: text };
  const records = paxRecords(content);
  const [path, link, size] = [records.get('path'), records.get('linkpath'), records.get('size')];
  return {
    ...(path === undefined ? {} : { name: path }),
    ...(link === undefined ? {} : { linkName: link }),
    ...(size === undefined ? {} : { bytes: Number(size) }),
  };
}

/** `LENGTH KEY=VALUE\n`, the length counting itself. */
function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, blank));
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at || at + length > content.length) throw new Error('archive/tar: invalid tar header');
    const record = content.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

const textAt = (header: Buffer, at: number, length: number): string => header.toString('utf8', at, at + length).replace(/\0.*$/s, '');

/** Octal, or base 256 where the first bit says so. */
function numberAt(header: Buffer, at: number, length: number): number {
  if (header[at]! & 0x80) return header.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, header[at]! & 0x7f);
  const text = textAt(header, at, length).trim();
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

class ByteSource {
  readonly #iterator: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** So many bytes; fewer only at the end. */
  async read(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#fill())) break;
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /** At least one byte and at most so many. Throws `unexpected EOF` at the end. */
  async some(limit: number): Promise<Buffer> {
    if (this.#held.length === 0 && !(await this.#fill())) throw new Error('unexpected EOF');
    const piece = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }

  /** Goes on to the end. */
  async drain(): Promise<void> {
    this.#held = Buffer.alloc(0);
    while (!(await this.#iterator.next()).done);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const next = await this.#iterator.next();
      if (next.done) return false;
      this.#held = next.value;
    }
    return true;
  }
}
