import { realpath } from 'node:fs/promises';
import type { DeviceMount } from '../../../extension-points/devices/contract.ts';
import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';

const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/nvidia/lib64'];
const programFolders = ['/usr/bin', '/usr/local/nvidia/bin'];
/** What programs that compute, encode or look at GPUs load; what draws is left out. */
const libraries =
  /^lib(cuda|cudadebugger|nvcuvid|nvidia-(ml|ptxjitcompiler|nvvm|gpucomp|opencl|allocator|cfg|compiler|fatbinaryloader|encode|opticalflow|pkcs11[\w-]*))\.so(\.[\d.]+)?$/;
const programs = ['nvidia-smi', 'nvidia-debugdump'];

/** Where images that use GPUs look for the driver: their LD_LIBRARY_PATH and PATH name these folders. */
const inContainer = '/usr/local/nvidia';

/**
 * The driver's libraries and programs as mounts, for containers whose image has none: they must be of the very version of the kernel driver. Every name that the machine
 * has for a library (`libcuda.so.1`, `libcuda.so.550.107.02`) becomes one in the container.
 */
export async function driverMounts(files: RootFiles, driverRoot: string, version: string): Promise<readonly DeviceMount[]> {
  const mounts = new Map<string, DeviceMount>();
  for (const folder of libraryFolders.map((path) => below(driverRoot, path)))
    for (const name of (await files.names(folder)).filter((entry) => libraries.test(entry))) {
      const hostPath = await realpath(files.pathOf(`${folder}/${name}`)).catch(() => '');
      // Others are of a driver that was there before, or stubs to link against.
      if (hostPath.endsWith(`.so.${version}`)) addMount(mounts, `${inContainer}/lib64/${name}`, hostPath);
    }
  for (const folder of programFolders.map((path) => below(driverRoot, path)))
    for (const name of programs) if (await files.exists(`${folder}/${name}`)) addMount(mounts, `${inContainer}/bin/${name}`, files.pathOf(`${folder}/${name}`));
  return [...mounts.values()];
}

export const below = (root: string, path: string): string => (root === '/' ? path : `${root.replace(/\/+$/, '')}${path}`);

/** Folders may be links to each other: the first that has a name counts. */
function addMount(mounts: Map<string, DeviceMount>, containerPath: string, hostPath: string): void {
  if (!mounts.has(containerPath)) mounts.set(containerPath, { containerPath, hostPath, readOnly: true });
}
