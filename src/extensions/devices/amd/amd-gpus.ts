import { type KfdGpu, readKfdTopology } from '../../../extension-points/devices/hardware/kfd-topology.ts';
import { numaNodeOf } from '../../../extension-points/devices/hardware/pci-device.ts';
import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { AmdConfiguration } from './configuration.ts';

/** A GPU, or a partition of one. */
export interface AmdGpu {
  /** As AMD's plugin names it: the PCI address of a GPU, `amdgpu_xcp_0` of a further partition. */
  readonly id: string;
  /** Of the whole GPU. */
  readonly pciAddress: string;
  /** Kind of partition, `cpx_nps1`; undefined when the GPU cannot be split. */
  readonly partition: string | undefined;
  readonly numaNode: number | undefined;
  readonly hiveId: string;
  /** `/dev/dri/card1`, `/dev/dri/renderD128`. */
  readonly nodes: readonly string[];
}

const driverFolder = '/sys/module/amdgpu/drivers/pci:amdgpu';
const partitionFolder = '/sys/devices/platform';

/** The GPUs that AMD's graphics driver has and its compute driver can use. A partition that exists and is not in use is known to the former only, and left out. */
export async function readAmdGpus(files: RootFiles, root: string): Promise<readonly AmdGpu[]> {
  const topology = new Map((await readKfdTopology(root)).map((gpu) => [gpu.renderMinor, gpu]));
  const own = (await files.names(driverFolder))
    .filter((name) => /^[\da-f]{4}:[\da-f]{2}:[\da-f]{2}\.\d$/i.test(name))
    .map((name) => [name, `${driverFolder}/${name}`] as const);
  const partitions = (await files.names(partitionFolder))
    .filter((name) => /^amdgpu_xcp_\d+$/.test(name))
    .map((name) => [name, `${partitionFolder}/${name}`] as const);
  const gpus: AmdGpu[] = [];
  for (const [id, folder] of [...own, ...partitions]) {
    const gpu = await readGpu(files, id, folder, topology);
    if (gpu) gpus.push(gpu);
  }
  return gpus;
}

async function readGpu(files: RootFiles, id: string, folder: string, topology: ReadonlyMap<number, KfdGpu>): Promise<AmdGpu | undefined> {
  const nodes = (await files.names(`${folder}/drm`)).filter((name) => /^(card|renderD)\d+$/.test(name));
  const renderMinor = Number(nodes.find((name) => name.startsWith('renderD'))?.slice('renderD'.length) ?? -1);
  const known = topology.get(renderMinor);
  if (!known) return undefined;
  const pciAddress = id.includes(':') ? id : known.pciAddress;
  return {
    id,
    pciAddress,
    partition: await partitionOf(files, `${driverFolder}/${pciAddress}`),
    numaNode: await nodeOf(files, pciAddress),
    hiveId: known.hiveId,
    nodes: nodes.map((name) => `/dev/dri/${name}`),
  };
}

async function partitionOf(files: RootFiles, folder: string): Promise<string | undefined> {
  const [compute, memory] = [await files.text(`${folder}/current_compute_partition`), await files.text(`${folder}/current_memory_partition`)];
  return compute && memory ? `${compute}_${memory}`.toLowerCase() : undefined;
}

async function nodeOf(files: RootFiles, pciAddress: string): Promise<number | undefined> {
  const node = await files.number(`${driverFolder}/${pciAddress}/numa_node`);
  if (node === undefined) return numaNodeOf(files, pciAddress);
  return node < 0 ? undefined : node;
}

/** What a GPU is asked for by. Throws as AMD's plugin does when GPUs that are split differently would have one name. */
export function resourcesOf(gpus: readonly AmdGpu[], { resourceNamingStrategy }: AmdConfiguration): ReadonlyMap<string, readonly AmdGpu[]> {
  const kinds = new Set(gpus.flatMap(({ partition }) => partition ?? []));
  if (resourceNamingStrategy === 'single' && kinds.size > 1)
    throw new Error(
      'Partitions of different styles across GPUs in a node is not supported with single strategy. Please start device plugin with mixed strategy',
    );
  return Map.groupBy(gpus, ({ partition }) => `amd.com/${resourceNamingStrategy === 'mixed' ? (partition ?? 'gpu') : 'gpu'}`);
}
