import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

const folder = '/sys/class/net';

/** What Node Feature Discovery's `network` source says: whether a network card can be split into virtual ones (SR-IOV), and whether one is. */
export async function networkLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const labels: Record<string, string> = {};
  for (const name of await files.names(folder)) {
    if (((await files.number(`${folder}/${name}/device/sriov_totalvfs`)) ?? 0) > 0) labels['network-sriov.capable'] = 'true';
    if (((await files.number(`${folder}/${name}/device/sriov_numvfs`)) ?? 0) > 0) labels['network-sriov.configured'] = 'true';
  }
  return labels;
}
