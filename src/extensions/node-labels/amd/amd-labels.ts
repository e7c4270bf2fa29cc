import { type KfdGpu, readKfdTopology } from '../../../extension-points/devices/hardware/kfd-topology.ts';
import { type RootFiles, rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

const driver = '/sys/module/amdgpu';

/**
 * What AMD's node labeller says of the GPUs of the machine below `root`, in both its forms, as far as the kernel shows it. Firmware versions and the family need AMD's
 * library. Nothing when there is no GPU.
 */
export async function amdLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const gpus = await readKfdTopology(root);
  if (gpus.length === 0) return {};
  const products = await Promise.all(gpus.map(({ pciAddress }) => files.text(`${driver}/drivers/pci:amdgpu/${pciAddress}/product_name`)));
  return {
    ...counted('cu-count', gpus.map(computeUnitsOf)),
    ...counted(
      'device-id',
      gpus.map(({ properties }) => properties.get('device_id')?.toString(16).padStart(4, '0')),
    ),
    ...counted(
      'product-name',
      products.map((name) => name?.replaceAll(' ', '_').replaceAll(/[()]/g, '')),
    ),
    ...counted(
      'simd-count',
      gpus.map(({ properties }) => properties.get('simd_count')?.toString()),
    ),
    ...counted(
      'vram',
      gpus.map(({ memoryBytes }) => `${Math.round(Math.trunc(memoryBytes / 2 ** 20) / 1024)}G`),
    ),
    ...single('driver-version', await files.text(`${driver}/version`)),
    ...single('driver-src-version', await files.text(`${driver}/srcversion`)),
    ...(await partitionLabels(files, gpus)),
  };
}

const single = (name: string, value: string | undefined): Labels => (value ? { [`amd.com/gpu.${name}`]: value } : {});

/** How many GPUs have each value; where all have the same, also the value alone. */
function counted(name: string, values: readonly (string | undefined)[]): Labels {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [only] = counts.size === 1 ? counts.keys() : [];
  const perValue = (domain: string): Labels => Object.fromEntries([...counts].map(([value, count]) => [`${domain}/gpu.${name}.${value}`, String(count)]));
  if (only === undefined) return { ...perValue('beta.amd.com'), ...perValue('amd.com') };
  return { ...perValue('beta.amd.com'), [`beta.amd.com/gpu.${name}`]: only, [`amd.com/gpu.${name}`]: only };
}

function computeUnitsOf({ properties }: KfdGpu): string | undefined {
  const [simds, perUnit] = [properties.get('simd_count'), properties.get('simd_per_cu')];
  return simds !== undefined && perUnit ? String(Math.trunc(simds / perUnit)) : undefined;
}

async function partitionLabels(files: RootFiles, gpus: readonly KfdGpu[]): Promise<Labels> {
  const of = (name: string): Promise<(string | undefined)[]> =>
    Promise.all([...new Set(gpus.map(({ pciAddress }) => pciAddress))].map((address) => files.text(`${driver}/drivers/pci:amdgpu/${address}/${name}`)));
  const [compute, memory] = [await of('current_compute_partition'), await of('current_memory_partition')];
  const kinds = new Set(compute.map((kind, index) => (kind && memory[index] ? `${kind}_${memory[index]}`.toLowerCase() : '')));
  const [kind = ''] = kinds.size === 1 ? kinds : [];
  const isAny = async (name: string): Promise<string> => String((await of(name)).some((text) => text !== undefined && text !== ''));
  return {
    ...single('compute-memory-partition', kind),
    ...single('compute-partitioning-supported', await isAny('available_compute_partition')),
    ...single('memory-partitioning-supported', await isAny('available_memory_partition')),
  };
}
