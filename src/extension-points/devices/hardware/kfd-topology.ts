import { type RootFiles, rootFiles } from './root-files.ts';

/** A GPU, or a partition of one, as AMD's compute driver (KFD) shows it in /sys/class/kfd/kfd/topology/nodes. */
export interface KfdGpu {
  /** Number of the topology node. */
  readonly node: number;
  /** Its device node is `/dev/dri/renderD<renderMinor>`. */
  readonly renderMinor: number;
  /** Tells GPUs apart, decimal digits; the partitions of one GPU may share it. Empty on old chips. */
  readonly uniqueId: string;
  /** `0000:3b:00.0`: of the GPU, also for its partitions. */
  readonly pciAddress: string;
  /** GPUs of one hive are linked directly (XGMI). 0: none. */
  readonly hiveId: string;
  /** All numbers of the node's `properties` as they stand there, for example `simd_count`, `device_id`, `gfx_target_version`. Larger than 2^53 they are not exact. */
  readonly properties: ReadonlyMap<string, number>;
  /** Bytes of memory, all banks. */
  readonly memoryBytes: number;
}

/** Reads the GPUs of the machine below `root`, by topology node; empty when there is no such driver. */
export async function readKfdTopology(root = '/'): Promise<readonly KfdGpu[]> {
  const files = rootFiles(root);
  const gpus: KfdGpu[] = [];
  for (const name of (await files.names(nodesFolder)).filter((entry) => /^\d+$/.test(entry))) {
    const gpu = await readNode(files, Number(name));
    if (gpu) gpus.push(gpu);
  }
  return gpus;
}

const nodesFolder = '/sys/class/kfd/kfd/topology/nodes';

/** CPUs are nodes too, without a GPU id. */
async function readNode(files: RootFiles, node: number): Promise<KfdGpu | undefined> {
  const folder = `${nodesFolder}/${node}`;
  const words = wordsOf((await files.text(`${folder}/properties`)) ?? '');
  const properties = new Map([...words].map(([name, value]) => [name, Number(value)]));
  const renderMinor = properties.get('drm_render_minor') ?? 0;
  if (((await files.number(`${folder}/gpu_id`)) ?? 0) === 0 || renderMinor <= 0) return undefined;
  let memoryBytes = 0;
  for (const bank of await files.names(`${folder}/mem_banks`))
    memoryBytes += Number(wordsOf((await files.text(`${folder}/mem_banks/${bank}/properties`)) ?? '').get('size_in_bytes') ?? 0);
  const uniqueId = words.get('unique_id') ?? '';
  return {
    node,
    renderMinor,
    uniqueId: uniqueId === '0' ? '' : uniqueId,
    pciAddress: addressOf(properties.get('domain') ?? 0, properties.get('location_id') ?? 0),
    hiveId: words.get('hive_id') ?? '0',
    properties,
    memoryBytes,
  };
}

/** Lines of `name number`. */
const wordsOf = (text: string): ReadonlyMap<string, string> => new Map([...text.matchAll(/^(\w+) (-?\d+)$/gm)].map(([, name, value]) => [name!, value!]));

/** `location_id` has the bus in bits 8 to 15 and the device in 3 to 7; what else it has numbers partitions, which are all of function 0. */
function addressOf(domain: number, location: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex((location >>> 8) & 0xff, 2)}:${hex((location >>> 3) & 0x1f, 2)}.0`;
}
