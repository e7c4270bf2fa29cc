/** A GPU of a fake machine: what is left out is usual. */
export interface FakeNvidiaGpu {
  readonly model?: string;
  readonly numaNode?: number;
  /** MIG GPU instances, each with its number and how many compute instances it has; absent for a GPU that cannot be split. */
  readonly instances?: readonly { readonly id: number; readonly computeInstances: number }[];
}

/** The files of a machine with a loaded NVIDIA driver, as the driver and udev make them; for `makeMachineRoot`. GPU n has minor n, PCI address `0000:<10+n>:00.0` and UUID `uuidOf(n)`. */
export function nvidiaMachine(gpus: readonly FakeNvidiaGpu[], version = '550.107.02'): Record<string, string> {
  const files: Record<string, string> = {
    '/proc/driver/nvidia/version': `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${version}  Wed Jul 24 23:53:00 UTC 2024\nGCC version:  gcc version 12.2.0\n`,
  };
  for (const node of ['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools', 'nvidia-modeset']) files[`/dev/${node}`] = '';
  const capabilities = capabilityWriter(files);
  gpus.forEach(({ model = 'NVIDIA A100-SXM4-40GB', numaNode = -1, instances }, minor) => {
    const address = addressOf(minor);
    files[`/proc/driver/nvidia/gpus/${address}/information`] = informationOf(model, uuidOf(minor), address, minor);
    files[`/sys/bus/pci/devices/${address}/numa_node`] = `${numaNode}\n`;
    files[`/dev/nvidia${minor}`] = '';
    if (!instances) return;
    capabilities(`gpu${minor}/mig`, ['config', 'monitor']);
    for (const { id, computeInstances } of instances) {
      capabilities(`gpu${minor}/mig/gi${id}`, ['access']);
      for (let compute = 0; compute < computeInstances; compute++) capabilities(`gpu${minor}/mig/gi${id}/ci${compute}`, ['access']);
    }
  });
  return files;
}

export const uuidOf = (minor: number): string => `GPU-00000000-0000-4000-8000-${String(minor).padStart(12, '0')}`;
export const addressOf = (minor: number): string => `0000:${(0x10 + minor).toString(16)}:00.0`;

/** Capability nodes are numbered as they come. */
function capabilityWriter(files: Record<string, string>): (folder: string, names: readonly string[]) => void {
  let minor = 1;
  return (folder, names) => {
    for (const name of names) {
      files[`/proc/driver/nvidia/capabilities/${folder}/${name}`] = `DeviceFileMinor: ${minor}\nDeviceFileMode: 292\nDeviceFileModify: 1\n`;
      files[`/dev/nvidia-caps/nvidia-cap${minor}`] = '';
      minor++;
    }
  };
}

const informationOf = (model: string, uuid: string, address: string, minor: number): string => `Model: \t\t ${model}
IRQ:   \t\t ${60 + minor}
GPU UUID: \t ${uuid}
Video BIOS: \t 92.00.45.00.03
Bus Type: \t PCIe
DMA Size: \t 47 bits
DMA Mask: \t 0x7fffffffffff
Bus Location: \t ${address}
Device Minor: \t ${minor}
GPU Firmware: \t 550.107.02
GPU Excluded:\t No
`;
