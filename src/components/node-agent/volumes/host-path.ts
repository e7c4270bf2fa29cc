import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { type MountedVolume, VolumeError, type VolumePlugin, type VolumeRequest } from './contract.ts';

/** A path of the node itself. */
export const hostPathVolumes: VolumePlugin = {
  name: 'kubernetes.io~host-path',
  supports: (volume) => volume.hostPath !== undefined,
  async setUp({ volume }: VolumeRequest): Promise<MountedVolume> {
    const { path, type = '' } = volume.hostPath!;
    await checkHostPath(path, type);
    return { path };
  },
};

const expected: Readonly<Record<string, readonly [is: (status: Stats) => boolean, text: string]>> = {
  Directory: [(status) => status.isDirectory(), 'a directory'],
  DirectoryOrCreate: [(status) => status.isDirectory(), 'a directory'],
  File: [(status) => status.isFile(), 'a file'],
  FileOrCreate: [(status) => status.isFile(), 'a file'],
  Socket: [(status) => status.isSocket(), 'a socket file'],
  CharDevice: [(status) => status.isCharacterDevice(), 'a character device'],
  BlockDevice: [(status) => status.isBlockDevice(), 'a block device'],
};

/** Checks what a path is, and makes what may be made. Throws a `VolumeError` with upstream's text. */
export async function checkHostPath(path: string, type: string): Promise<void> {
  const rule = expected[type];
  if (!rule) return;
  const status = (await statOf(path)) ?? (await created(path, type));
  if (!status || !rule[0](status)) throw new VolumeError(`hostPath type check failed: ${path} is not ${rule[1]}`);
}

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

async function created(path: string, type: string): Promise<Stats | undefined> {
  try {
    if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
    if (type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  } catch (error) {
    throw new VolumeError(`hostPath type check failed: ${path}: ${(error as Error).message}`, { cause: error });
  }
  return statOf(path);
}
