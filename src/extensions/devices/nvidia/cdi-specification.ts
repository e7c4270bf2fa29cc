import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceNode } from '../../../extension-points/devices/contract.ts';
import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { DriverAccess } from './container-access.ts';

const kind = 'nvidia.com/gpu';
const folders = ['/etc/cdi', '/var/run/cdi'];
const fileName = 'wherry-nvidia-gpu.json';

export const cdiName = (device: string): string => `${kind}=${deviceName(device)}`;
/** Names have no slashes, as `MIG-GPU-…/1/0` has. */
const deviceName = (device: string): string => device.replaceAll('/', ':');

export interface CdiGpu {
  readonly name: string;
  readonly nodes: readonly DeviceNode[];
}

/**
 * Writes what the names `nvidia.com/gpu=<device>` stand for to /var/run/cdi. Where somebody has done so already (`nvidia-ctk cdi generate`), theirs is used: of two
 * descriptions of a device in one folder runtimes take neither.
 */
export async function writeCdiSpecification(files: RootFiles, gpus: readonly CdiGpu[], driver: DriverAccess): Promise<void> {
  if (await isDescribed(files)) return;
  const specification = {
    cdiVersion: '0.5.0',
    kind,
    devices: gpus.map(({ name, nodes }) => ({ name: deviceName(name), containerEdits: { deviceNodes: nodes.map(nodeOf) } })),
    containerEdits: {
      // Keeps NVIDIA's container runtime from adding them a second time.
      env: ['NVIDIA_VISIBLE_DEVICES=void'],
      deviceNodes: driver.nodes.map(nodeOf),
      mounts: driver.mounts.map(({ hostPath, containerPath }) => ({ hostPath, containerPath, options: ['ro', 'nosuid', 'nodev', 'bind'] })),
    },
  };
  const folder = files.pathOf('/var/run/cdi');
  await mkdir(folder, { recursive: true });
  // Readers must not see half of it. They skip names that end otherwise.
  const draft = join(folder, `.${fileName}.${process.pid}.tmp`);
  await writeFile(draft, `${JSON.stringify(specification, undefined, 2)}\n`);
  await rename(draft, join(folder, fileName));
}

const nodeOf = ({ containerPath, hostPath, permissions }: DeviceNode): Record<string, string> => ({
  path: containerPath,
  ...(hostPath === containerPath ? {} : { hostPath }),
  permissions,
});

async function isDescribed(files: RootFiles): Promise<boolean> {
  for (const folder of folders)
    for (const name of (await files.names(folder)).filter((entry) => /\.(json|ya?ml)$/.test(entry) && entry !== fileName))
      if (/["']?kind["']?:\s*["']?nvidia\.com\/gpu["']?\s*(,|$)/m.test((await files.text(`${folder}/${name}`)) ?? '')) return true;
  return false;
}
