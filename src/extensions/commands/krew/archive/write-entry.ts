import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { UnpackBudget } from './archive-limits.ts';

/** Set-user and other special bits stay in the archive. */
const permissionBits = 0o777;

/** Writes one file; the budget is charged as its bytes come, so that no file grows past it. `inspect` sees each chunk. */
export async function writeEntry(
  { path, mode, source, budget, inspect }: { path: string; mode: number; source: Readable; budget: UnpackBudget; inspect?: (chunk: Buffer) => void },
  ...transforms: Transform[]
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      budget.countBytes(chunk.length);
      inspect?.(chunk);
      yield chunk;
    }
  }
  await pipeline([source, ...transforms, counted, createWriteStream(path, { mode: mode & permissionBits })]);
}

/** Its owner can always go on in it, whatever the archive says. */
export const makeDirectory = (path: string, mode: number): void => void mkdirSync(path, { recursive: true, mode: (mode & permissionBits) | 0o700 });
