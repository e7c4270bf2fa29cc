/** A GPU of a fake machine: what is left out is usual. */
export interface FakeAmdGpu {
  readonly numaNode?: number;
  /** How many partitions it is split into (`CPX` when more than one); absent for a GPU that cannot be split. */
  readonly partitions?: number;
  readonly hive?: string;
}

/**
 * The files of a machine with AMD's driver, as the driver and udev make them; for `makeMachineRoot`. GPU n has PCI address `0000:<10+n>:00.0`; its own render node is
 * `renderD<128 + 16 n>`, those of further partitions follow. Topology node 0 is the processor.
 */
export function amdMachine(gpus: readonly FakeAmdGpu[]): Record<string, string> {
  const files: Record<string, string> = {
    '/dev/kfd': '',
    '/sys/module/amdgpu/version': '6.8.5\n',
    [`${nodes}/0/gpu_id`]: '0\n',
    [`${nodes}/0/properties`]: 'cpu_cores_count 32\nsimd_count 0\ndrm_render_minor 0\n',
  };
  let [node, platform] = [1, 0];
  gpus.forEach(({ numaNode = -1, partitions, hive = '0' }, index) => {
    const driver = `/sys/module/amdgpu/drivers/pci:amdgpu/${amdAddressOf(index)}`;
    files[`${driver}/numa_node`] = `${numaNode}\n`;
    if (partitions !== undefined) {
      files[`${driver}/current_compute_partition`] = partitions > 1 ? 'CPX\n' : 'SPX\n';
      files[`${driver}/current_memory_partition`] = 'NPS1\n';
      files[`${driver}/available_compute_partition`] = 'SPX, DPX, QPX, CPX\n';
    }
    for (let partition = 0; partition < (partitions ?? 1); partition++) {
      const minor = 128 + 16 * index + partition;
      const drm = partition === 0 ? `${driver}/drm` : `/sys/devices/platform/amdgpu_xcp_${platform++}/drm`;
      files[`${drm}/card${minor - 128}/dev`] = `226:${minor - 128}\n`;
      files[`${drm}/renderD${minor}/dev`] = `226:${minor}\n`;
      files[`/dev/dri/card${minor - 128}`] = '';
      files[`/dev/dri/renderD${minor}`] = '';
      files[`${nodes}/${node}/gpu_id`] = `${50_000 + node}\n`;
      files[`${nodes}/${node}/properties`] = propertiesOf({
        minor,
        location: ((0x10 + index) << 8) | partition,
        uniqueId: String(9_000_000_000_000_000 + index),
        hive,
      });
      files[`${nodes}/${node}/mem_banks/0/properties`] = 'heap_type 1\nsize_in_bytes 68702699520\nflags 0\n';
      node++;
    }
  });
  return files;
}

export const amdAddressOf = (index: number): string => `0000:${(0x10 + index).toString(16)}:00.0`;

const nodes = '/sys/class/kfd/kfd/topology/nodes';

const propertiesOf = ({ minor, location, uniqueId, hive }: { minor: number; location: number; uniqueId: string; hive: string }): string => `cpu_cores_count 0
simd_count 440
mem_banks_count 1
vendor_id 4098
device_id 29704
location_id ${location}
domain 0
drm_render_minor ${minor}
hive_id ${hive}
unique_id ${uniqueId}
gfx_target_version 90010
`;
