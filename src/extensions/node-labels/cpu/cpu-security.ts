import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** `cpu-security.*`: what protects programs or whole machines from the host. Intel SGX and TDX, AMD SEV. */
export async function securityLabels(files: RootFiles, flags: readonly string[]): Promise<Labels> {
  const found: readonly (readonly [string, boolean])[] = [
    ['sgx.enabled', await hasEnclaveMemory(files)],
    ['tdx.enabled', (await files.text('/sys/module/kvm_intel/parameters/tdx')) === 'Y'],
    ['tdx.protected', flags.includes('tdx_guest')],
    ['sev.enabled', await isOn(files, 'sev')],
    ['sev.es.enabled', await isOn(files, 'sev_es')],
    ['sev.snp.enabled', await isOn(files, 'sev_snp')],
  ];
  return Object.fromEntries(found.filter(([, isThere]) => isThere).map(([name]) => [`cpu-security.${name}`, 'true']));
}

/** Firmware that allows SGX sets memory aside for it; the kernel tells how much (since 5.17). */
async function hasEnclaveMemory(files: RootFiles): Promise<boolean> {
  for (const node of await files.names('/sys/devices/system/node'))
    if (((await files.number(`/sys/devices/system/node/${node}/x86/sgx_total_bytes`)) ?? 0) > 0) return true;
  return false;
}

async function isOn(files: RootFiles, parameter: string): Promise<boolean> {
  return /^[1Y]/.test((await files.text(`/sys/module/kvm_amd/parameters/${parameter}`)) ?? '');
}
