import { chmod, chown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../api/generated/core-v1.ts';

/** Gives a volume to the pod's fsGroup: group ownership, group access, set-group-id on folders. With `OnRootMismatch`, only when its root says so. */
export async function giveToGroup(directory: string, pod: Pod, { isReadOnly }: { isReadOnly: boolean }): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (fsGroup === undefined) return;
  if (fsGroupChangePolicy === 'OnRootMismatch' && (await isOwned(directory, fsGroup, isReadOnly))) return;
  await give(directory, fsGroup, isReadOnly);
}

async function isOwned(directory: string, group: number, isReadOnly: boolean): Promise<boolean> {
  const { gid, mode } = await lstat(directory);
  const wanted = isReadOnly ? 0o440 : 0o660;
  return gid === group && (mode & wanted) === wanted && (mode & 0o2000) !== 0;
}

async function give(path: string, group: number, isReadOnly: boolean): Promise<void> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return;
  await chown(path, status.uid, group);
  const wanted = (isReadOnly ? 0o440 : 0o660) | (status.isDirectory() ? 0o2110 : 0);
  await chmod(path, (status.mode & 0o7777) | wanted);
  if (!status.isDirectory()) return;
  for await (const entry of await opendir(path)) await give(join(path, entry.name), group, isReadOnly);
}
