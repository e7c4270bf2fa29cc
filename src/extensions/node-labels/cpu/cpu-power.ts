import type { RootFiles } from '../../../extension-points/devices/hardware/root-files.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

const folder = '/sys/devices/system/cpu';

/** `cpu-pstate.*`: Intel's driver for frequencies, turbo, and the governor where all policies in use have the same. */
export async function pstateLabels(files: RootFiles): Promise<Labels> {
  const status = await files.text(`${folder}/intel_pstate/status`);
  if (status === undefined || status === '' || status === 'off') return {};
  const noTurbo = await files.text(`${folder}/intel_pstate/no_turbo`);
  const turbo: Labels = noTurbo === undefined ? {} : { 'cpu-pstate.turbo': String(noTurbo.startsWith('0')) };
  const governor = status === 'active' ? await commonGovernor(files) : undefined;
  return { 'cpu-pstate.status': status, ...turbo, ...(governor ? { 'cpu-pstate.scaling_governor': governor } : {}) };
}

async function commonGovernor(files: RootFiles): Promise<string | undefined> {
  const governors = new Set<string>();
  for (const policy of await files.names(`${folder}/cpufreq`)) {
    if (!(await files.text(`${folder}/cpufreq/${policy}/affected_cpus`))) continue;
    const governor = await files.text(`${folder}/cpufreq/${policy}/scaling_governor`);
    if (governor) governors.add(governor);
  }
  return governors.size === 1 ? [...governors][0] : undefined;
}

/** `cpu-cstate.enabled`: whether Intel's driver for idle states may use any. */
export async function cstateLabels(files: RootFiles): Promise<Labels> {
  if ((await files.text(`${folder}/cpuidle/current_driver`)) !== 'intel_idle') return {};
  const deepest = await files.number('/sys/module/intel_idle/parameters/max_cstate');
  return deepest === undefined ? {} : { 'cpu-cstate.enabled': String(deepest > 0) };
}
