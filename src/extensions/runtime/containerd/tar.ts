/** One entry of an archive. Owner is root and times are zero, so equal contents give equal bytes. */
export interface TarEntry {
  /** Relative, without a leading slash; at most 255 bytes. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits. Default 0755 for directories, 0644 for files. */
  readonly mode?: number;
  readonly content?: Uint8Array;
  /** What a symbolic link points to; at most 100 bytes. */
  readonly target?: string;
}

const blockBytes = 512;

/** A tar archive (ustar). Throws when a path does not fit the format. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    return [header(entry, content.length), content, Buffer.alloc(paddingOf(content.length))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

const paddingOf = (length: number): number => (blockBytes - (length % blockBytes)) % blockBytes;
const typeFlags = { file: '0', symlink: '2', directory: '5' } as const;

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const { name, prefix } = splitPath(entry.type === 'directory' ? `${entry.path}/` : entry.path);
  const number = (value: number, offset: number, length: number): number => block.write(value.toString(8).padStart(length - 1, '0'), offset, 'ascii');
  block.write(name, 0);
  number(entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644), 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(size, 124, 12);
  number(0, 136, 12);
  block.write(typeFlags[entry.type], 156);
  if (Buffer.byteLength(entry.target ?? '') > 100) throw new Error(`tar: the link target "${entry.target}" is too long`);
  block.write(entry.target ?? '', 157);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  // The checksum counts its own field as spaces.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`tar: the path "${path}" is too long`);
}
