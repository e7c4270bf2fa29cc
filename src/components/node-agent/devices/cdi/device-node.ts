import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Device } from '../../../../extension-points/runtime/contract.ts';
import type { CdiDeviceNode } from './read-specs.ts';

const execute = promisify(execFile);

/** A device node for the runtime, which takes it from a path of the host. A specification may describe one by numbers that the host has no file for: then a file is made. */
export async function deviceNode(node: CdiDeviceNode, nodeDirectory: string): Promise<Device> {
  const device = { containerPath: node.path, permissions: node.permissions };
  const isThere = await stat(node.hostPath).then(
    (found) => found.isCharacterDevice() || found.isBlockDevice(),
    () => false,
  );
  if (isThere) return { ...device, hostPath: node.hostPath };
  if (node.major === undefined || node.minor === undefined || !/^[bcu]$/.test(node.type))
    throw new Error(`CDI device injection failed: failed to stat CDI host device "${node.hostPath}"`);
  const hostPath = join(nodeDirectory, `${node.type}-${node.major}-${node.minor}`);
  await mkdir(nodeDirectory, { recursive: true, mode: 0o700 });
  try {
    // Node has no call for this.
    await execute('mknod', [hostPath, node.type, String(node.major), String(node.minor)]);
  } catch (cause) {
    const made = await stat(hostPath).catch(() => undefined);
    if (!made) throw new Error(`CDI device injection failed: a device node for "${node.path}" cannot be made: ${(cause as Error).message}`, { cause });
  }
  return { ...device, hostPath };
}
