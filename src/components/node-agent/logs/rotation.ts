import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';

export interface RotationLimits {
  readonly maximumBytes: number;
  readonly maximumFiles: number;
}
export const defaultRotation: RotationLimits = { maximumBytes: 10 * 1024 * 1024, maximumFiles: 5 };

/**
 * Rotates the log of a running container when it has grown too large: it is renamed to `<name>.<time>`, the runtime opens a new one, older ones are packed
 * and the oldest removed. Answers whether it rotated.
 */
export async function rotateLog(
  path: string,
  containerId: string,
  runtime: Pick<Runtime, 'reopenContainerLog'>,
  limits: RotationLimits = defaultRotation,
): Promise<boolean> {
  const size = await stat(path).then(
    (status) => status.size,
    () => 0,
  );
  if (size < limits.maximumBytes) return false;
  await packOlder(path, limits);
  const rotated = `${path}.${stampOf(new Date())}`;
  await rename(path, rotated);
  try {
    await runtime.reopenContainerLog(containerId);
  } catch (error) {
    await rename(rotated, path); // it is still written to
    throw error;
  }
  return true;
}

/** `20260131-100000`: sorts by time. */
const stampOf = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

/** Older files: half-packed leftovers go, all are packed, and room is made for one more. */
async function packOlder(path: string, { maximumFiles }: RotationLimits): Promise<void> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix)).sort();
  const kept: string[] = [];
  for (const name of names) {
    if (name.endsWith('.tmp')) await rm(join(directory, name), { force: true });
    else kept.push(name);
  }
  for (const name of kept.splice(0, Math.max(0, kept.length - (maximumFiles - 2)))) await rm(join(directory, name), { force: true });
  for (const name of kept) if (!name.endsWith('.gz')) await pack(join(directory, name));
}

async function pack(path: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary));
  await rename(temporary, `${path}.gz`);
  await rm(path, { force: true });
}
