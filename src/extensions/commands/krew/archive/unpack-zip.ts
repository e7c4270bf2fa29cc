import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type ArchiveLimits, UnpackBudget } from './archive-limits.ts';
import { entryPath } from './entry-path.ts';
import { makeDirectory, writeEntry } from './write-entry.ts';
import { dataOffset, readZipDirectory, type ZipEntry } from './zip-directory.ts';

/** Unpacks the files and folders of a zip archive. Rejects for entries of another type, names that leave the folder, damaged or encrypted contents, and beyond the limits. */
export async function unpackZip(path: string, directory: string, limits?: ArchiveLimits): Promise<void> {
  await using file = await open(path);
  const { size } = await file.stat();
  const budget = new UnpackBudget(size, limits);
  for (const entry of await readZipDirectory(file, size)) {
    budget.countEntry();
    const target = entryPath(directory, entry.name);
    requireFileOrDirectory(entry);
    if (isDirectory(entry)) makeDirectory(target, entry.unixMode ?? 0o777);
    else await unpackEntry(file, size, { entry, target, budget });
  }
}

async function unpackEntry(
  file: FileHandle,
  size: number,
  { entry, target, budget }: { entry: ZipEntry; target: string; budget: UnpackBudget },
): Promise<void> {
  const { name, method, packedBytes, checksum, bytes } = entry;
  if (method !== 0 && method !== 8) throw new Error('zip: unsupported compression algorithm');
  const start = await dataOffset(file, entry, size);
  if (start + packedBytes > size) throw new Error('zip: not a valid zip file');
  const source = packedBytes === 0 ? Readable.from([]) : file.createReadStream({ start, end: start + packedBytes - 1, autoClose: false });
  let [seen, sum] = [0, 0];
  const inspect = (chunk: Buffer): void => {
    seen += chunk.length;
    sum = crc32(chunk, sum);
  };
  await writeEntry({ path: target, mode: modeOf(entry), source, budget, inspect }, ...(method === 8 ? [createInflateRaw()] : []));
  if (seen !== bytes || sum !== checksum) throw new Error(`zip: checksum error in ${goQuote(name)}`);
}

const typeBits = 0o170000;
const typeNames: ReadonlyMap<number, string> = new Map([
  [0o120000, 'symbolic link'],
  [0o020000, 'character device'],
  [0o060000, 'block device'],
  [0o010000, 'named pipe'],
]);

function requireFileOrDirectory({ name, unixMode = 0, isEncrypted }: ZipEntry): void {
  const type = unixMode & typeBits;
  if (type !== 0 && type !== 0o100000 && type !== 0o040000)
    throw new Error(`unable to handle file type ${typeNames.get(type) ?? type.toString(8)} for ${goQuote(name)} in zip`);
  if (isEncrypted) throw new Error(`unable to handle the encrypted file ${goQuote(name)} in zip`);
}

const isDirectory = ({ name, unixMode = 0 }: ZipEntry): boolean => name.endsWith('/') || (unixMode & typeBits) === 0o040000;

const modeOf = ({ unixMode, isReadOnly }: ZipEntry): number => unixMode ?? (isReadOnly ? 0o444 : 0o666);
