import { tarBlockBytes } from './tar-fields.ts';

/** What a header block is written from; numbers that are not given are 0. */
export interface TarHeaderFields {
  /** At most 100 bytes of it are kept. */
  readonly name: string;
  /** The folders in front of the name, at most 155 bytes. */
  readonly prefix?: string;
  /** The flag of POSIX ustar: `0` a file, `2` a symbolic link, `5` a folder, `x` an extended header. */
  readonly type: string;
  readonly mode: number;
  readonly bytes?: number;
  readonly user?: number;
  readonly group?: number;
  /** Seconds since 1970. */
  readonly modifiedAt?: number;
  /** At most 100 bytes of it are kept. */
  readonly linkName?: string;
}

/** Sizes beyond this need a record of an extended header. */
export const maximumTarBytes = 0o77777777777;

/** A header block of POSIX ustar. Numbers that have no room are cut to the largest that has. */
export function tarHeader({ name, prefix = '', type, mode, bytes = 0, user = 0, group = 0, modifiedAt = 0, linkName = '' }: TarHeaderFields): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, at: number, length: number): number =>
    block.write(
      Math.min(value, 8 ** (length - 1) - 1)
        .toString(8)
        .padStart(length - 1, '0'),
      at,
      'ascii',
    );
  block.write(name, 0, 100);
  octal(mode & 0o7777, 100, 8);
  octal(user, 108, 8);
  octal(group, 116, 8);
  octal(bytes, 124, 12);
  octal(Math.max(0, Math.floor(modifiedAt)), 136, 12);
  block.write(type, 156);
  block.write(linkName, 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 155);
  // The checksum counts its own field as blanks.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
