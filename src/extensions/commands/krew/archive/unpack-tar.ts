import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type TarEntry, tarEntries } from '../../../../extension-points/commands/archives/tar-entries.ts';
import { type ArchiveLimits, UnpackBudget } from './archive-limits.ts';
import { entryPath } from './entry-path.ts';
import { makeDirectory, writeEntry } from './write-entry.ts';

/** Unpacks the files and folders of a tar archive in gzip. Rejects for entries of another type (links too), names that leave the folder, damage, and beyond the limits. */
export async function unpackTar(path: string, directory: string, limits?: ArchiveLimits): Promise<void> {
  const budget = new UnpackBudget(statSync(path).size, limits);
  const packed = createReadStream(path);
  const unpacked = packed.pipe(createGunzip());
  packed.on('error', (error) => unpacked.destroy(error));
  let isWhole = false;
  // What stands behind the end is nobody's, broken or endless: krew does not look at it, and the sum of the whole was checked.
  const afterEnd = (piece: Buffer): void => {
    isWhole = true;
    budget.countBytes(piece.length);
  };
  try {
    for await (const entry of tarEntries(unpacked as AsyncIterable<Buffer>, { afterEnd })) {
      budget.countEntry();
      await unpackEntry(entry, { directory, budget });
    }
  } catch (error) {
    if (!isWhole) throw error;
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

async function unpackEntry(entry: TarEntry, { directory, budget }: { directory: string; budget: UnpackBudget }): Promise<void> {
  const { name, type, mode } = entry;
  const path = entryPath(directory, name);
  if (type === '5') {
    makeDirectory(path, mode);
    return;
  }
  if (type !== '0') throw new Error(`unable to handle file type ${type.charCodeAt(0)} for ${goQuote(name)} in tar`);
  await writeEntry({ path, mode, source: Readable.from(contentsOf(entry)), budget });
}

async function* contentsOf(entry: TarEntry): AsyncGenerator<Buffer> {
  try {
    yield* entry.contents();
  } catch (error) {
    throw new Error(`failed to copy ${goQuote(entry.name)} from tar into file: ${(error as Error).message}`, { cause: error });
  }
}
