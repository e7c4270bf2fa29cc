import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** What Node Feature Discovery's `system` source says: which distribution, from /etc/os-release. */
export async function systemLabels(root = '/'): Promise<Labels> {
  const text = (await rootFiles(root).text('/etc/os-release')) ?? '';
  const fields = new Map([...text.matchAll(/^(\w+)=(.+)$/gm)].map(([, name, value]) => [name!, value!.replaceAll(/^["']+|["']+$/g, '')]));
  const version = fields.get('VERSION_ID');
  const [, major, minor] = /^(\d+)(?:\.(\d+))?(?:\..*)?$/.exec(version ?? '') ?? [];
  const found = Object.entries({ ID: fields.get('ID'), VERSION_ID: version, 'VERSION_ID.major': major, 'VERSION_ID.minor': minor });
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[`system-os_release.${name}`, value]])));
}
