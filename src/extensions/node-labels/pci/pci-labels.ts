import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** Display controllers, co-processors and processing accelerators: the classes that Node Feature Discovery makes labels of unless it is told otherwise. */
const shownClasses = ['03', '0b40', '12'];
const folder = '/sys/bus/pci/devices';

/** What Node Feature Discovery's `pci` source says: `pci-<class>_<vendor>.present`, both as four hexadecimal digits, and `.sriov.capable`. */
export async function pciLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const labels: Record<string, string> = {};
  for (const name of await files.names(folder)) {
    const [deviceClass, vendor] = await Promise.all(
      ['class', 'vendor'].map(async (field) => (await files.text(`${folder}/${name}/${field}`))?.replace(/^0x/, '')),
    );
    // The last two of the six digits tell how a device is programmed, not what it is.
    const kind = deviceClass?.slice(0, 4) ?? '';
    if (!vendor || !shownClasses.some((shown) => kind.startsWith(shown))) continue;
    labels[`pci-${kind}_${vendor}.present`] = 'true';
    if (await files.exists(`${folder}/${name}/sriov_totalvfs`)) labels[`pci-${kind}_${vendor}.sriov.capable`] = 'true';
  }
  return labels;
}
