import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { cpuLabels } from './cpu-labels.ts';

const x86 = (vendor: string, flags: string): Record<string, string> => ({
  '/proc/cpuinfo': `processor\t: 0\nvendor_id\t: ${vendor}\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: A: B\nflags\t\t: ${flags}\npower management:\n\nprocessor\t: 1\nvendor_id\t: other\nflags\t\t: vmx\n`,
});
const intel = x86('GenuineIntel', 'fpu');
const onlyIntel = { 'cpu-cpuid.X87': 'true', 'cpu-model.vendor_id': 'Intel', 'cpu-model.family': '6', 'cpu-model.id': '143' };
const cpu = '/sys/devices/system/cpu';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'of which nothing is known', files: {}, want: {} },
  {
    name: 'with features, those that all have left out',
    files: x86('AuthenticAMD', 'sse sse2 popcnt bmi1 ht aes avx avx512_vnni pclmulqdq sha_ni unheard_of constructor xsave'),
    want: {
      'cpu-cpuid.AESNI': 'true',
      'cpu-cpuid.AVX': 'true',
      'cpu-cpuid.AVX512VNNI': 'true',
      'cpu-cpuid.SHA': 'true',
      'cpu-cpuid.XSAVE': 'true',
      'cpu-cpuid.OSXSAVE': 'true',
      'cpu-model.vendor_id': 'AMD',
      'cpu-model.family': '6',
      'cpu-model.id': '143',
    },
  },
  {
    name: 'of a vendor that nobody knows',
    files: x86('HAL', ''),
    want: { 'cpu-model.vendor_id': 'VendorUnknown', 'cpu-model.family': '6', 'cpu-model.id': '143' },
  },
  {
    name: 'of ARM',
    files: {
      '/proc/cpuinfo':
        'processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd sha2 ssbs\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n',
    },
    want: {
      'cpu-cpuid.FP': 'true',
      'cpu-cpuid.ASIMD': 'true',
      'cpu-cpuid.SHA2': 'true',
      'cpu-cpuid.SSBS': 'true',
      'cpu-model.vendor_id': 'ARM',
      'cpu-model.family': '63',
      'cpu-model.id': String(0xd0c1),
    },
  },
  {
    name: 'whose cores run two threads',
    files: {
      ...intel,
      '/sys/bus/cpu/devices/cpu0/topology/thread_siblings_list': '0,64\n',
      '/sys/bus/cpu/devices/cpu64/topology/thread_siblings_list': '0,64\n',
    },
    want: { ...onlyIntel, 'cpu-hardware_multithreading': 'true' },
  },
  {
    name: 'whose cores run one thread',
    files: { ...intel, '/sys/bus/cpu/devices/cpu0/topology/thread_siblings_list': '0\n' },
    want: { ...onlyIntel, 'cpu-hardware_multithreading': 'false' },
  },
  {
    name: 'one of which says nothing of its threads',
    files: { ...intel, '/sys/bus/cpu/devices/cpu0/topology/thread_siblings_list': '0\n', '/sys/bus/cpu/devices/cpu1/online': '0\n' },
    want: onlyIntel,
  },
  {
    name: 'with Intel’s driver for frequencies',
    files: {
      ...intel,
      [`${cpu}/intel_pstate/status`]: 'active\n',
      [`${cpu}/intel_pstate/no_turbo`]: '0\n',
      [`${cpu}/cpufreq/policy0/affected_cpus`]: '0\n',
      [`${cpu}/cpufreq/policy0/scaling_governor`]: 'powersave\n',
      [`${cpu}/cpufreq/policy1/affected_cpus`]: '\n',
      [`${cpu}/cpufreq/policy1/scaling_governor`]: 'performance\n',
    },
    want: { ...onlyIntel, 'cpu-pstate.status': 'active', 'cpu-pstate.turbo': 'true', 'cpu-pstate.scaling_governor': 'powersave' },
  },
  {
    name: 'with several governors',
    files: {
      ...intel,
      [`${cpu}/intel_pstate/status`]: 'active\n',
      [`${cpu}/intel_pstate/no_turbo`]: '1\n',
      [`${cpu}/cpufreq/policy0/affected_cpus`]: '0\n',
      [`${cpu}/cpufreq/policy0/scaling_governor`]: 'powersave\n',
      [`${cpu}/cpufreq/policy1/affected_cpus`]: '1\n',
      [`${cpu}/cpufreq/policy1/scaling_governor`]: 'performance\n',
    },
    want: { ...onlyIntel, 'cpu-pstate.status': 'active', 'cpu-pstate.turbo': 'false' },
  },
  {
    name: 'whose driver for frequencies is passive',
    files: { ...intel, [`${cpu}/intel_pstate/status`]: 'passive\n' },
    want: { ...onlyIntel, 'cpu-pstate.status': 'passive' },
  },
  { name: 'whose driver for frequencies is off', files: { ...intel, [`${cpu}/intel_pstate/status`]: 'off\n' }, want: onlyIntel },
  {
    name: 'with idle states',
    files: { ...intel, [`${cpu}/cpuidle/current_driver`]: 'intel_idle\n', '/sys/module/intel_idle/parameters/max_cstate': '9\n' },
    want: { ...onlyIntel, 'cpu-cstate.enabled': 'true' },
  },
  {
    name: 'without idle states',
    files: { ...intel, [`${cpu}/cpuidle/current_driver`]: 'intel_idle\n', '/sys/module/intel_idle/parameters/max_cstate': '0\n' },
    want: { ...onlyIntel, 'cpu-cstate.enabled': 'false' },
  },
  { name: 'with another driver for idle states', files: { ...intel, [`${cpu}/cpuidle/current_driver`]: 'acpi_idle\n' }, want: onlyIntel },
  {
    name: 'that protects enclaves and guests, of Intel',
    files: {
      ...x86('GenuineIntel', 'fpu tdx_guest'),
      '/sys/devices/system/node/node0/x86/sgx_total_bytes': '0\n',
      '/sys/devices/system/node/node1/x86/sgx_total_bytes': '266338304\n',
      '/sys/module/kvm_intel/parameters/tdx': 'Y\n',
    },
    want: { ...onlyIntel, 'cpu-security.sgx.enabled': 'true', 'cpu-security.tdx.enabled': 'true', 'cpu-security.tdx.protected': 'true' },
  },
  {
    name: 'that protects guests, of AMD',
    files: {
      ...intel,
      '/sys/module/kvm_amd/parameters/sev': '1\n',
      '/sys/module/kvm_amd/parameters/sev_es': 'Y\n',
      '/sys/module/kvm_amd/parameters/sev_snp': 'N\n',
    },
    want: { ...onlyIntel, 'cpu-security.sev.enabled': 'true', 'cpu-security.sev.es.enabled': 'true' },
  },
];

describe('labels of a processor', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await cpuLabels(machine.path), want);
    });
});
