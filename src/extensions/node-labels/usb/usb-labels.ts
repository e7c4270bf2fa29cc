import { type RootFiles, rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** Video, miscellaneous, application specific and vendor specific: where accelerators are. Node Feature Discovery shows these unless it is told otherwise. */
const shownClasses = ['0e', 'ef', 'fe', 'ff'];
const folder = '/sys/bus/usb/devices';

/** What Node Feature Discovery's `usb` source says: `usb-<class>_<vendor>_<device>.present`. */
export async function usbLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const labels: Record<string, string> = {};
  for (const name of await files.names(folder)) {
    const device = await files.text(`${folder}/${name}/idProduct`);
    const vendor = await files.text(`${folder}/${name}/idVendor`);
    if (!device || !vendor) continue; // an interface of a device, not a device
    for (const kind of await classesOf(files, `${folder}/${name}`)) if (shownClasses.includes(kind)) labels[`usb-${kind}_${vendor}_${device}.present`] = 'true';
  }
  return labels;
}

/** A device of class 00 has that of each of its interfaces. */
async function classesOf(files: RootFiles, path: string): Promise<readonly string[]> {
  const own = (await files.text(`${path}/bDeviceClass`)) ?? '';
  if (own !== '00') return [own];
  const interfaces = await files.names(path);
  return Promise.all(interfaces.map(async (name) => (await files.text(`${path}/${name}/bInterfaceClass`)) ?? ''));
}
