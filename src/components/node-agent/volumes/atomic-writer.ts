import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { VolumeError } from './contract.ts';

export interface FileContent {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
  readonly uid?: number;
}

/** Files by their path inside the volume. */
export type VolumeContent = ReadonlyMap<string, FileContent>;

const dataLink = '..data';
let lastStamp = 0;

/**
 * Replaces the content of a volume in one step, as upstream's AtomicWriter lays it out: files live in a folder named by time, `..data` links to that folder, and the
 * names users see link into `..data`. Readers see all of the old content or all of the new. Answers whether anything changed.
 *
 * Synchronous on purpose: a handful of small files, on the way of every pod's start.
 */
export function writeAtomically(directory: string, content: VolumeContent, ownership: { fsGroup?: number } = {}): boolean {
  for (const path of content.keys()) checkPath(path);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const old = currentFolder(directory);
  if (old && isSame(join(directory, old), content, ownership)) return false;
  const stamp = freshName(directory);
  const target = join(directory, stamp);
  mkdirSync(target, { mode: 0o755 });
  chmodSync(target, 0o755);
  for (const [path, file] of content) writeFile(join(target, path), file, ownership);
  if (ownership.fsGroup !== undefined) ownFolders(target, ownership.fsGroup);
  const temporary = join(directory, '..data_tmp');
  rmSync(temporary, { force: true });
  symlinkSync(stamp, temporary);
  renameSync(temporary, join(directory, dataLink));
  linkNames(directory, content);
  if (old) rmSync(join(directory, old), { recursive: true, force: true });
  return true;
}

function checkPath(path: string): void {
  if (path === '' || path.length > 4096 || posix.isAbsolute(path)) throw new VolumeError(`invalid path: must be relative path: ${path}`);
  if (path.split('/').includes('..')) throw new VolumeError(`invalid path: must not contain '..': ${path}`);
  if (path.startsWith('..')) throw new VolumeError(`invalid path: must not start with '..': ${path}`);
}

function currentFolder(directory: string): string | undefined {
  try {
    return readlinkSync(join(directory, dataLink));
  } catch {
    return undefined; // the first time
  }
}

/** `..2026_01_31_10_00_00.123456789`; never a name that was there before. */
function freshName(directory: string): string {
  for (;;) {
    lastStamp = Math.max(Date.now(), lastStamp + 1);
    const [date, fraction] = new Date(lastStamp).toISOString().replace('Z', '').split('.');
    const name = `..${date!.replace(/[-:T]/g, '_')}.${fraction}000000`;
    if (!existsSync(join(directory, name))) return name;
  }
}

/** What fsGroup adds to the permissions of a volume nobody may write to: the group may read. */
const groupReads = 0o440;

function modeOf(file: FileContent, { fsGroup }: { fsGroup?: number }): number {
  return fsGroup === undefined ? file.mode : file.mode | groupReads;
}

function isSame(folder: string, content: VolumeContent, ownership: { fsGroup?: number }): boolean {
  if (!existsSync(folder)) return false;
  const names = filesBelow(folder, '');
  if (names.length !== content.size) return false;
  return names.every((name) => {
    const file = content.get(name);
    if (!file || (statSync(join(folder, name)).mode & 0o7777) !== modeOf(file, ownership)) return false;
    return readFileSync(join(folder, name)).equals(file.data);
  });
}

function filesBelow(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

function writeFile(path: string, file: FileContent, ownership: { fsGroup?: number }): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const mode = modeOf(file, ownership);
  writeFileSync(path, file.data, { mode });
  chmodSync(path, mode); // the umask may have taken bits away
  if (file.uid !== undefined || ownership.fsGroup !== undefined) chownSync(path, file.uid ?? 0, ownership.fsGroup ?? 0);
}

function ownFolders(folder: string, fsGroup: number): void {
  chownSync(folder, 0, fsGroup);
  chmodSync(folder, 0o2755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) ownFolders(join(folder, entry.name), fsGroup);
}

/** Links each first path element into `..data`, and drops links to what is gone. */
function linkNames(directory: string, content: VolumeContent): void {
  const wanted = new Set([...content.keys()].map((path) => path.split('/')[0]!));
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('..') && !wanted.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
  }
  for (const name of wanted) {
    const link = join(directory, name);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(join(dataLink, name), link);
  }
}
