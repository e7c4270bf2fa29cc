import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, chown, lstat, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Device } from '../../../../extension-points/runtime/contract.ts';
import type { CdiDeviceNode } from './edits.ts';

const execute = promisify(execFile);

/**
 * A device node for the runtime, which takes it, with its owner and mode, from a path of the host. A specification may describe one that the host does not have, or has
 * with other rights: then a node is made in `nodeDirectory`. Throws in the words of the CDI library.
 */
export async function deviceNode(node: CdiDeviceNode, nodeDirectory: string): Promise<Device> {
  const device = { containerPath: node.path, permissions: node.permissions };
  const isNumbered = node.type !== '' && (node.major !== 0 || node.type === 'p');
  const host = await stat(node.hostPath).catch((error: NodeJS.ErrnoException) => error);
  const facts = isNumbered ? { type: node.type, major: node.major, minor: node.minor } : hostFacts(node, host);
  if (!(host instanceof Error) && isSame(host, facts) && !hasOwnRights(node, host)) return { ...device, hostPath: node.hostPath };
  return { ...device, hostPath: await madeNode(node, facts, host, nodeDirectory) };
}

interface NodeFacts {
  readonly type: string;
  readonly major: number;
  readonly minor: number;
}

function hostFacts(node: CdiDeviceNode, host: Stats | NodeJS.ErrnoException): NodeFacts {
  const fail = (why: string): never => {
    throw new Error(`CDI device injection failed: failed to stat CDI host device ${JSON.stringify(node.hostPath)}: ${why}`);
  };
  if (host instanceof Error) return fail(host.code === 'ENOENT' ? 'no such file or directory' : host.message);
  const type = typeOf(host) ?? fail('not a device node');
  if (node.type !== '' && node.type !== type)
    throw new Error(
      `CDI device injection failed: CDI device (${JSON.stringify(node.path)}, ${JSON.stringify(node.hostPath)}), host type mismatch (${node.type}, ${type})`,
    );
  return { type, ...numbersOf(host) };
}

function typeOf(host: Stats): string | undefined {
  if (host.isBlockDevice()) return 'b';
  if (host.isCharacterDevice()) return 'c';
  return host.isFIFO() ? 'p' : undefined;
}

/** As Linux packs them. */
const numbersOf = ({ rdev }: Stats): { readonly major: number; readonly minor: number } => ({
  major: (rdev >>> 8) & 0xfff,
  minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
});

function isSame(host: Stats, { type, major, minor }: NodeFacts): boolean {
  if (typeOf(host) !== (type === 'u' ? 'c' : type)) return false;
  const numbers = numbersOf(host);
  return type === 'p' || (numbers.major === major && numbers.minor === minor);
}

const hasOwnRights = ({ fileMode, uid, gid }: CdiDeviceNode, host: Stats): boolean =>
  (fileMode !== undefined && (host.mode & 0o777) !== (fileMode & 0o777)) || (uid !== undefined && host.uid !== uid) || (gid !== undefined && host.gid !== gid);

async function madeNode(node: CdiDeviceNode, facts: NodeFacts, host: Stats | Error, directory: string): Promise<string> {
  const known = host instanceof Error ? undefined : host;
  const rights = { mode: (node.fileMode ?? known?.mode ?? 0o666) & 0o777, uid: node.uid ?? known?.uid ?? 0, gid: node.gid ?? known?.gid ?? 0 };
  const { type, major, minor } = facts;
  // One file for all that want the same: containers that run keep theirs.
  const hostPath = join(directory, `${type}-${major}-${minor}-${rights.mode.toString(8)}-${rights.uid}-${rights.gid}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (await isThere(hostPath)) return hostPath;
    const draft = `${hostPath}.${randomUUID()}`;
    // Node has no call for this.
    await execute('mknod', type === 'p' ? [draft, 'p'] : [draft, type, String(major), String(minor)]);
    await chmod(draft, rights.mode);
    await chown(draft, rights.uid, rights.gid);
    await rename(draft, hostPath);
    return hostPath;
  } catch (cause) {
    throw new Error(`CDI device injection failed: a device node for ${JSON.stringify(node.path)} cannot be made: ${(cause as Error).message}`, { cause });
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
