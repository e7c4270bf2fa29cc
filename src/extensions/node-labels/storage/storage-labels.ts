import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** What Node Feature Discovery's `storage` source says: whether any disk does without a motor. */
export async function storageLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  for (const name of await files.names('/sys/block'))
    if ((await files.text(`/sys/block/${name}/queue/rotational`)) === '0') return { 'storage-nonrotationaldisk': 'true' };
  return {};
}
