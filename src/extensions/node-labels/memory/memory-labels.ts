import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/**
 * What Node Feature Discovery's `memory` source says: NUMA, swap, memory that keeps its content. Swap has two names: NFD sets `memory-swap` (0.18) and documents
 * `memory-swap.enabled`.
 */
export async function memoryLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const numaNodes = await files.names('/sys/bus/node/devices');
  const swaps = ((await files.text('/proc/swaps')) ?? '').split('\n').filter((line) => line.trim() !== '');
  const persistent = await files.names('/sys/bus/nd/devices');
  const kinds = await Promise.all(persistent.map((name) => files.text(`/sys/bus/nd/devices/${name}/devtype`)));
  const found: readonly (readonly [string, boolean])[] = [
    ['memory-numa', numaNodes.length > 1],
    ['memory-nv.present', persistent.length > 0],
    ['memory-nv.dax', kinds.includes('nd_dax')],
    // The first line is the heading.
    ['memory-swap', swaps.length > 1],
    ['memory-swap.enabled', swaps.length > 1],
  ];
  return Object.fromEntries(found.filter(([, isThere]) => isThere).map(([name]) => [name, 'true']));
}
