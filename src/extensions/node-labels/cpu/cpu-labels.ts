import { rootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';
import { featuresOfArm, featuresOfFlags } from './cpu-flags.ts';
import { parseCpuInfo, wordsOf } from './cpu-info.ts';
import { modelLabels } from './cpu-model.ts';
import { cstateLabels, pstateLabels } from './cpu-power.ts';
import { securityLabels } from './cpu-security.ts';
import { topologyLabels } from './cpu-topology.ts';

/** What Node Feature Discovery's `cpu` source says of the machine below `root`, read from what the kernel shows. */
export async function cpuLabels(root = '/'): Promise<Labels> {
  const files = rootFiles(root);
  const info = parseCpuInfo((await files.text('/proc/cpuinfo')) ?? '');
  const flags = wordsOf(info, 'flags');
  const features = [...featuresOfFlags(flags), ...featuresOfArm(wordsOf(info, 'Features'))];
  return {
    ...Object.fromEntries(features.map((feature) => [`cpu-cpuid.${feature}`, 'true'])),
    ...modelLabels(info),
    ...(await cstateLabels(files)),
    ...(await pstateLabels(files)),
    ...(await securityLabels(files, flags)),
    ...(await topologyLabels(files)),
  };
}
