import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What fits into no object is not read. */
const maximumBytes = 64 * 1024 * 1024;

/** The bytes of a file. Throws as Go tells of it: `open FILE: no such file or directory`. */
export function readFileBounded(path: string, directory: string): Buffer {
  const absolute = resolve(directory, path);
  try {
    if (statSync(absolute).size > maximumBytes) throw new Error(`${path} is longer than ${maximumBytes} bytes`);
    return readFileSync(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`open ${path}: no such file or directory`, { cause: error });
    if (code === 'EACCES') throw new Error(`open ${path}: permission denied`, { cause: error });
    if (code === 'EISDIR') throw new Error(`read ${path}: is a directory`, { cause: error });
    throw error;
  }
}
