import type { RootFiles } from './root-files.ts';

/** The NUMA node that a PCI device (`0000:3b:00.0`) is near to; undefined where the firmware does not say. */
export async function numaNodeOf(files: RootFiles, pciAddress: string): Promise<number | undefined> {
  const node = await files.number(`/sys/bus/pci/devices/${pciAddress}/numa_node`);
  return node === undefined || node < 0 ? undefined : node;
}
