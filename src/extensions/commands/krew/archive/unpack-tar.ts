import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type ArchiveLimits, UnpackBudget } from './archive-limits.ts';
import { ByteSource } from './byte-source.ts';
import { entryPath } from './entry-path.ts';
import { type TarEntry, tarEntries } from './tar-entries.ts';
import { makeDirectory, writeEntry } from './write-entry.ts';

/** Unpacks the files and folders of a tar archive in gzip. Rejects for entries of another type (links too), names that leave the folder, damage, and beyond the limits. */
export async function unpackTar(path: string, directory: string, limits?: ArchiveLimits): Promise<void> {
  const budget = new UnpackBudget(statSync(path).size, limits);
  const packed = createReadStream(path);
  const unpacked = packed.pipe(createGunzip());
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    const source = new ByteSource(unpacked as AsyncIterable<Buffer>);
    for await (const entry of tarEntries(source)) {
      budget.countEntry();
      await unpackEntry(source, entry, { directory, budget });
    }
    // What follows the end is padding; only at its own end does gzip know that it is whole.
    for await (const chunk of source.take(Infinity)) budget.countBytes(chunk.length);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

async function unpackEntry(source: ByteSource, entry: TarEntry, { directory, budget }: { directory: string; budget: UnpackBudget }): Promise<void> {
  const { name, type, bytes, mode } = entry;
  const path = entryPath(directory, name);
  if (type === '5') {
    makeDirectory(path, mode);
    return;
  }
  if (type !== '0') throw new Error(`unable to handle file type ${type.charCodeAt(0)} for ${goQuote(name)} in tar`);
  let seen = 0;
  const inspect = (chunk: Buffer): void => {
    seen += chunk.length;
  };
  await writeEntry({ path, mode, source: Readable.from(source.take(bytes)), budget, inspect });
  if (seen < bytes) throw new Error(`failed to copy ${goQuote(name)} from tar into file: unexpected EOF`);
}
