import { constants } from 'node:fs';
import { mkdir, open, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VolumeError } from './contract.ts';
import type { Mounter } from './mounter.ts';

/** Opens a path without reading what is behind it (Linux `O_PATH`), so that a socket or a device does no harm. */
const openPathOnly = 0o10000000;

export interface SubPathRequest {
  readonly volumePath: string;
  readonly subPath: string;
  /** Where to bind it; made by this function. */
  readonly target: string;
  /** A missing path is made in a volume that may be written to. */
  readonly mayCreate: boolean;
  readonly mounter: Mounter;
}

/**
 * Binds a path inside a volume to a place outside it. What is bound is the very file that was checked to lie inside the volume, so a container that
 * swaps a link meanwhile gains nothing. Throws a `VolumeError`.
 */
export async function bindSubPath(request: SubPathRequest): Promise<string> {
  const { volumePath, subPath, target, mounter } = request;
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw new VolumeError(`subPath ${subPath} must stay inside its volume`);
  if ((await mounter.mountsBelow(target)).includes(target)) await mounter.unmount(target);
  const base = await realpath(volumePath);
  // Whoever may write to the volume may write to what is made in it.
  if (request.mayCreate) await createInside(base, subPath, (await stat(base)).mode & 0o7777);
  await using file = await open(join(base, subPath), constants.O_RDONLY | openPathOnly).catch((error: unknown) => {
    throw new VolumeError(`subPath ${subPath} cannot be opened: ${(error as Error).message}`, { cause: error });
  });
  const descriptor = `/proc/${process.pid}/fd/${file.fd}`;
  const actual = await readlink(descriptor);
  if (actual !== base && !actual.startsWith(`${base}/`)) throw new VolumeError(`subPath ${subPath} leads outside of its volume`);
  await prepareTarget(target, (await stat(descriptor)).isDirectory());
  await mounter.bind(descriptor, target);
  return target;
}

/** Makes missing folders one by one, each inside the volume as far as it exists. */
async function createInside(base: string, subPath: string, mode: number): Promise<void> {
  let current = base;
  for (const part of subPath.split('/').filter((name) => name !== '' && name !== '.')) {
    const next = join(current, part);
    await makeFolder(next, mode);
    current = await realpath(next).catch(() => next);
    if (current !== base && !current.startsWith(`${base}/`)) throw new VolumeError(`subPath ${subPath} leads outside of its volume`);
  }
}

async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return;
  }
  // The umask took bits away. What is changed is a folder, not what a container may have put in its place.
  await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  await folder.chmod(mode);
}

async function prepareTarget(target: string, isDirectory: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true }).catch(() => {}); // a folder that is there already serves
  if (isDirectory) await mkdir(target, { recursive: true });
  else await writeFile(target, '', { mode: 0o640 });
}
