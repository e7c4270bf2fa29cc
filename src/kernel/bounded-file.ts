import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * Reads a text that others may write. Rejects for what is no regular file, without opening it (a pipe would never answer, a device may act on being opened), and for
 * more than so many bytes, however large the file says it is.
 */
export async function readBoundedFile(path: string, maximumBytes: number): Promise<string> {
  const check = (isFile: boolean, size: number): void => {
    if (!isFile) throw new Error('it is not a regular file');
    if (size > maximumBytes) throw new Error(`the file is larger than ${maximumBytes} bytes`);
  };
  const found = await stat(path);
  check(found.isFile(), found.size);
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const opened = await file.stat(); // another may have come in its place
  check(opened.isFile(), opened.size);
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maximumBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(maximumBytes + 1 - total, Math.max(opened.size + 1, 4_096))));
    if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  throw new Error(`the file is larger than ${maximumBytes} bytes`);
}
