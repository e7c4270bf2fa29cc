import { closeSync, openSync, readSync } from 'node:fs';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import type { ArchiveLimits } from './archive-limits.ts';

/** Unpacks an archive, zip or tar in gzip by its first bytes, into an empty folder. Rejects in krew's words for anything else and for what is unsafe in it. */
export async function unpackArchive(path: string, directory: string, limits?: ArchiveLimits): Promise<void> {
  const type = contentType(firstBytes(path, 512));
  try {
    if (type === 'application/zip') await (await import('./unpack-zip.ts')).unpackZip(path, directory, limits);
    else if (type === 'application/x-gzip') await (await import('./unpack-tar.ts')).unpackTar(path, directory, limits);
  } catch (error) {
    throw new Error(`failed to extract file: ${(error as Error).message}`, { cause: error });
  }
  if (type !== 'application/zip' && type !== 'application/x-gzip')
    throw new Error(`mime type ${goQuote(type)} for archive file is not a supported archive format`);
}

function firstBytes(path: string, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

/** As far as it tells an archive from what servers send in place of one. */
function contentType(bytes: Buffer): string {
  if (bytes.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]))) return 'application/zip';
  if (bytes.subarray(0, 3).equals(Buffer.from([0x1f, 0x8b, 8]))) return 'application/x-gzip';
  const text = bytes.toString('latin1');
  if (/^\s*<(?:!doctype html|html|head|body|title|script)[\s>]/i.test(text)) return 'text/html';
  if (/^\s*<\?xml/.test(text)) return 'text/xml';
  return bytes.some(isBinary) ? 'application/octet-stream' : 'text/plain';
}

/** Control characters that no text has. */
const isBinary = (byte: number): boolean => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);
