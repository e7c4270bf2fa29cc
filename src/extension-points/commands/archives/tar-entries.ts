import { ByteSource } from './byte-source.ts';
import { invalidTar, parseTarHeader, paxRecords, type TarHeader, tarBlockBytes, tarPadding, untilNul } from './tar-fields.ts';

/** An entry of an archive. `type` is the flag of POSIX ustar: `0` a file, `1` and `2` a hard and a symbolic link, `5` a folder, `S` a sparse file, ... */
export interface TarEntry extends TarHeader {
  /** Of a file, in pieces; once. What is not read of it is skipped. Throws `unexpected EOF` when the archive is cut off. */
  contents(): AsyncIterable<Buffer>;
}

export interface TarReading {
  /** Told of what comes behind the mark of the end, piece by piece; a throw ends the reading. Default: it is passed over. */
  afterEnd?(piece: Buffer): void;
}

/** Of an extended header: names are far shorter. */
const maximumHeaderBytes = 1024 * 1024;

/**
 * Goes through a tar archive (ustar, pax, GNU long names) as it arrives, to its very end: whoever packs it may still have to say that it could not pack everything.
 * Names are as they stand there: where they may lead is for the caller to judge. Throws, in the words of Go's archive/tar, when it is none, is cut off, or says in its records (pax) that a file is sparse.
 */
export async function* tarEntries(chunks: AsyncIterable<Buffer>, { afterEnd }: TarReading = {}): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  try {
    for (let extended: Extended = {}; ; ) {
      const block = await source.read(tarBlockBytes);
      if (block.length === 0 || block.every((byte) => byte === 0)) break;
      const header = parseTarHeader(block);
      if ('xgLK'.includes(header.type)) {
        extended = { ...extended, ...(await readExtended(source, header)) };
        continue;
      }
      const { entry, skip } = withContents(source, typed({ ...header, ...extended }));
      extended = {};
      yield entry;
      await skip();
    }
    for (let piece = await source.some(Infinity); piece !== undefined; piece = await source.some(Infinity)) afterEnd?.(piece);
  } finally {
    await source.close();
  }
}

function typed(header: TarHeader): TarHeader {
  // Archives older than the folder type mark folders by a slash.
  return header.type === '\0' ? { ...header, type: header.name.endsWith('/') ? '5' : '0' } : header;
}

function withContents(source: ByteSource, header: TarHeader): { readonly entry: TarEntry; skip(): Promise<void> } {
  let left = header.bytes;
  const next = async (): Promise<Buffer> => {
    const piece = await source.some(left);
    if (piece === undefined) throw new Error('unexpected EOF');
    left -= piece.length;
    return piece;
  };
  async function* contents(): AsyncGenerator<Buffer> {
    while (left > 0) yield await next();
  }
  return {
    entry: { ...header, contents },
    async skip() {
      while (left > 0) await next();
      await source.read(tarPadding(header.bytes));
    },
  };
}

type Extended = Partial<Pick<TarHeader, 'name' | 'linkName' | 'bytes'>>;

async function readExtended(source: ByteSource, { type, bytes }: TarHeader): Promise<Extended> {
  if (bytes > maximumHeaderBytes) throw new Error('archive/tar: header field too long');
  const content = await source.read(bytes);
  if (content.length < bytes) throw new Error('unexpected EOF');
  await source.read(tarPadding(bytes));
  if (type === 'L') return { name: untilNul(content) };
  if (type === 'K') return { linkName: untilNul(content) };
  // Global headers hold comments.
  return type === 'x' ? fromPax(paxRecords(content)) : {};
}

/** An empty record leaves what the header says. */
function fromPax(records: ReadonlyMap<string, string>): Extended {
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) throw new Error('unable to handle sparse files in tar');
  const [name, linkName, size] = [records.get('path'), records.get('linkpath'), records.get('size')];
  return { ...(name ? { name } : {}), ...(linkName ? { linkName } : {}), ...(size ? { bytes: sizeOf(size) } : {}) };
}

function sizeOf(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw invalidTar();
  return Number(text);
}
