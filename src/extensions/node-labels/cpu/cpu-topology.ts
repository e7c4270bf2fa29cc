import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

const folder = '/sys/bus/cpu/devices';

/** `cpu-hardware_multithreading`: whether any core runs several threads. Nothing is said when that of one processor is not known. */
export async function topologyLabels(files: RootFiles): Promise<Labels> {
  const names = await files.names(folder);
  const siblings = await Promise.all(names.map((name) => files.text(`${folder}/${name}/topology/thread_siblings_list`)));
  if (names.length === 0 || siblings.includes(undefined)) return {};
  return { 'cpu-hardware_multithreading': String(siblings.some((list) => /[,-]/.test(list!))) };
}
