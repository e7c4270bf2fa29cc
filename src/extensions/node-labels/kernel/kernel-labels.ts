import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';
import { readKernelConfig } from './kernel-config.ts';

/** The options that Node Feature Discovery makes labels of unless it is told otherwise. */
const shownOptions = ['NO_HZ', 'NO_HZ_IDLE', 'NO_HZ_FULL', 'PREEMPT'];

/** What Node Feature Discovery's `kernel` source says: version, options, SELinux. */
export async function kernelLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const release = (await files.text('/proc/sys/kernel/osrelease')) ?? '';
  const enforces = (await files.text('/sys/fs/selinux/enforce'))?.startsWith('1') ?? false;
  return { ...versionLabels(release), ...(await configLabels(release, files.pathOf)), ...(enforces ? { 'kernel-selinux.enabled': 'true' } : {}) };
}

/** `6.1.0-44-cloud-amd64` is major 6, minor 1, revision 0. A release that does not begin like that has only its full name. */
function versionLabels(release: string): Labels {
  const full = release.replaceAll(/[^-A-Za-z0-9_.]/g, '_').replaceAll(/^[-_.]+|[-_.]+$/g, '');
  if (full === '') return {};
  const [, major, minor, revision] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-.*)?$/.exec(full) ?? [];
  const parts = Object.entries({ full, major, ...(major === undefined ? {} : { minor: minor ?? '', revision: revision ?? '' }) });
  return Object.fromEntries(parts.flatMap(([name, value]) => (value === undefined ? [] : [[`kernel-version.${name}`, value]])));
}

async function configLabels(release: string, pathOf: (path: string) => string): Promise<Labels> {
  const config = release === '' || release.includes('/') ? undefined : await readKernelConfig(release, pathOf);
  const shown = shownOptions.filter((option) => config?.has(option));
  return Object.fromEntries(
    shown.map((option) => [`kernel-config.${option}`, /^[ym]$/.test(config!.get(option)!) ? 'true' : config!.get(option)!.replaceAll(/^"+|"+$/g, '')]),
  );
}
