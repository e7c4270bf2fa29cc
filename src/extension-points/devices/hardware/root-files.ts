import { access, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What the kernel and drivers show below `/proc`, `/sys` and `/dev` fits in this; what is longer is cut. */
const maximumBytes = 64 * 1024;
const maximumNames = 4_096;

/** Reads the files of a machine below `root`: `/`, or a folder in which a test has put some. What is not there, or cannot be read, is undefined or empty. */
export interface RootFiles {
  /** Without white space at both ends. */
  text(path: string): Promise<string | undefined>;
  /** A whole number, decimal or `0x…`. */
  number(path: string): Promise<number | undefined>;
  /** The entries of a folder, in the order of their numbers: card2 before card10. */
  names(path: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  /** Where the file is for this process. */
  pathOf(path: string): string;
}

export function rootFiles(root = '/'): RootFiles {
  const text = async (path: string): Promise<string | undefined> => {
    try {
      await using file = await open(join(root, path));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maximumBytes), 0, maximumBytes, null);
      return buffer.toString('utf8', 0, bytesRead).trim();
    } catch {
      return undefined; // the driver does not show it
    }
  };
  return {
    text,
    async number(path) {
      const value = (await text(path)) ?? '';
      return /^-?(\d+|0x[\da-fA-F]+)$/.test(value) ? Number(value) : undefined;
    },
    async names(path) {
      const names = await readdir(join(root, path)).catch(() => []);
      return names.sort(byNumber).slice(0, maximumNames);
    },
    exists: (path) =>
      access(join(root, path)).then(
        () => true,
        () => false,
      ),
    pathOf: (path) => join(root, path),
  };
}

const collator = new Intl.Collator('en', { numeric: true });
export const byNumber = (left: string, right: string): number => collator.compare(left, right);
