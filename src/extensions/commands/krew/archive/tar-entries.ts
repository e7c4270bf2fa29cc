import type { ByteSource } from './byte-source.ts';

export interface TarEntry {
  readonly name: string;
  /** `0`: a file, `5`: a folder, anything else is neither (POSIX `ustar`, type flag). */
  readonly type: string;
  readonly mode: number;
  readonly bytes: number;
}

const blockBytes = 512;
/** Of an extended header: names are far shorter. */
const maximumHeaderBytes = 1024 * 1024;

/**
 * Goes through a tar archive (ustar, pax, GNU long names). After each entry its `bytes` must be read from the source; this reads what is left of the block. Throws when
 * it is none or is cut off.
 */
export async function* tarEntries(source: ByteSource): AsyncGenerator<TarEntry> {
  let extended: Extended = {};
  for (;;) {
    const header = await source.read(blockBytes);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    const entry = parseHeader(header);
    if ('xgLK'.includes(entry.type)) {
      extended = { ...extended, ...(await readExtended(source, entry)) };
      continue;
    }
    const whole = {
      ...entry,
      ...(extended.name === undefined ? {} : { name: extended.name }),
      ...(extended.bytes === undefined ? {} : { bytes: extended.bytes }),
    };
    extended = {};
    // Archives older than the folder type mark folders by a slash.
    yield whole.type === '\0' ? { ...whole, type: whole.name.endsWith('/') ? '5' : '0' } : whole;
    await source.read(paddingOf(whole.bytes));
  }
}

const paddingOf = (bytes: number): number => (blockBytes - (bytes % blockBytes)) % blockBytes;

interface Extended {
  readonly name?: string;
  readonly bytes?: number;
}

function parseHeader(header: Buffer): TarEntry {
  if (header.length < blockBytes) throw new Error('unexpected EOF');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== numberAt(header, 148, 8)) throw new Error('archive/tar: invalid tar header');
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textAt(header, 345, 155) : '';
  const name = textAt(header, 0, 100);
  const bytes = numberAt(header, 124, 12);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error('archive/tar: invalid tar header');
  const type = String.fromCharCode(header[156]!);
  // Only files, and what has a type of its own, are followed by contents.
  return { name: prefix === '' ? name : `${prefix}/${name}`, type, mode: numberAt(header, 100, 8), bytes: '123456'.includes(type) ? 0 : bytes };
}

async function readExtended(source: ByteSource, { type, bytes }: TarEntry): Promise<Extended> {
  if (bytes > maximumHeaderBytes) throw new Error('archive/tar: header field too long');
  const text = await source.read(bytes);
  if (text.length < bytes) throw new Error('unexpected EOF');
  await source.read(paddingOf(bytes));
  if (type === 'L') return { name: text.toString('utf8').replace(/\0.*$/s, '') };
  // Global headers carry comments; long link names belong to links, which are refused.
  return type === 'x' ? paxRecords(text) : {};
}

/** `LENGTH KEY=VALUE\n`, one behind the other. */
function paxRecords(records: Buffer): Extended {
  let extended: Extended = {};
  for (let at = 0; at < records.length; ) {
    const blank = records.indexOf(0x20, at);
    const length = Number(records.toString('latin1', at, blank));
    if (blank === -1 || !Number.isInteger(length) || length < blank - at + 2 || at + length > records.length)
      throw new Error('archive/tar: invalid tar header');
    const [, key = '', value = ''] = /^([^=]*)=(.*)\n$/s.exec(records.toString('utf8', blank + 1, at + length)) ?? [];
    if (key === 'path') extended = { ...extended, name: value };
    else if (key === 'size') extended = { ...extended, bytes: sizeOf(value) };
    else if (key.startsWith('GNU.sparse.')) throw new Error('unable to handle sparse files in tar');
    at += length;
  }
  return extended;
}

function sizeOf(text: string): number {
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(bytes)) throw new Error('archive/tar: invalid tar header');
  return bytes;
}

const textAt = (header: Buffer, offset: number, length: number): string => header.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');

/** Octal, or binary with the first bit set where octal is too short. */
function numberAt(header: Buffer, offset: number, length: number): number {
  if ((header[offset]! & 0x80) !== 0) return Number(header.readBigUInt64BE(offset + length - 8));
  return Number.parseInt(textAt(header, offset, length).trim() || '0', 8);
}
