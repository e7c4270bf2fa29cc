import type { DeviceMount } from '../../../extension-points/devices/contract.ts';
import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { IntelConfiguration } from './configuration.ts';

export interface IntelGpu {
  /** `card0`. */
  readonly card: string;
  readonly driver: IntelDriver;
  readonly numaNode: number | undefined;
  /** `/dev/dri/card0`, `/dev/dri/renderD128`. */
  readonly nodes: readonly string[];
  /** Names in /dev/dri/by-path, which programs look a GPU up by. */
  readonly links: readonly string[];
}

export const intelDrivers = ['i915', 'xe'] as const;
export type IntelDriver = (typeof intelDrivers)[number];

const cards = '/sys/class/drm';
const intel = 0x8086;
const links = '/dev/dri/by-path';

/** The GPUs of Intel's drivers. One whose virtual functions are in use (SR-IOV) is left out: they are GPUs of their own. */
export async function readIntelGpus(files: RootFiles, configuration: IntelConfiguration): Promise<readonly IntelGpu[]> {
  const gpus: IntelGpu[] = [];
  for (const card of (await files.names(cards)).filter((name) => /^card\d+$/.test(name))) {
    const gpu = await readGpu(files, card, configuration);
    if (gpu) gpus.push(gpu);
  }
  return gpus;
}

async function readGpu(files: RootFiles, card: string, configuration: IntelConfiguration): Promise<IntelGpu | undefined> {
  const device = `${cards}/${card}/device`;
  if ((await files.number(`${device}/vendor`)) !== intel || !isWanted((await files.text(`${device}/device`)) ?? '', configuration)) return undefined;
  if (((await files.number(`${device}/sriov_numvfs`)) ?? 0) > 0) return undefined;
  const event = (await files.text(`${device}/uevent`)) ?? '';
  const nodes: string[] = [];
  for (const name of (await files.names(`${device}/drm`)).filter((entry) => !entry.startsWith('controlD')))
    if (await files.exists(`/dev/dri/${name}`)) nodes.push(`/dev/dri/${name}`);
  if (nodes.length === 0) return undefined;
  const node = await files.number(`${device}/numa_node`);
  return {
    card,
    driver: intelDrivers.find((name) => name === /^DRIVER=(.+)$/m.exec(event)?.[1]) ?? 'i915',
    numaNode: node === undefined || node < 0 ? undefined : node,
    nodes,
    links: await linksOf(files, /^PCI_SLOT_NAME=(.+)$/m.exec(event)?.[1], configuration),
  };
}

function isWanted(id: string, { allowIds, denyIds }: IntelConfiguration): boolean {
  return (allowIds.length === 0 || allowIds.includes(id.toLowerCase())) && !denyIds.includes(id.toLowerCase());
}

async function linksOf(files: RootFiles, pciAddress: string | undefined, { bypathMode }: IntelConfiguration): Promise<readonly string[]> {
  if (bypathMode === 'all') return (await files.exists(links)) ? [links] : [];
  if (bypathMode === 'none' || pciAddress === undefined) return [];
  return (await files.names(links)).filter((name) => name.startsWith(`pci-${pciAddress}`)).map((name) => `${links}/${name}`);
}

/** Read-only, at the same place. */
export const linkMount = (files: RootFiles, path: string): DeviceMount => ({ containerPath: path, hostPath: files.pathOf(path), readOnly: true });
