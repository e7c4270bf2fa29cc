import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMachineRoot } from '../../../extension-points/devices/hardware/testing/machine-root.ts';
import { memoryLabels } from './memory-labels.ts';

const cases: readonly { name: string; files: Record<string, string>; want: Record<string, string> }[] = [
  { name: 'of which nothing is known', files: {}, want: {} },
  {
    name: 'of one NUMA node, without swap',
    files: { '/sys/bus/node/devices/node0/cpulist': '0-3', '/proc/swaps': 'Filename Type Size Used Priority\n' },
    want: {},
  },
  {
    name: 'of two NUMA nodes',
    files: { '/sys/bus/node/devices/node0/cpulist': '0-3', '/sys/bus/node/devices/node1/cpulist': '4-7' },
    want: { 'memory-numa': 'true' },
  },
  {
    name: 'with swap',
    files: { '/proc/swaps': 'Filename Type Size Used Priority\n/dev/sda2 partition 999420 0 -2\n\n' },
    want: { 'memory-swap': 'true', 'memory-swap.enabled': 'true' },
  },
  {
    name: 'that keeps its content',
    files: { '/sys/bus/nd/devices/region0/devtype': 'nd_pmem\n' },
    want: { 'memory-nv.present': 'true' },
  },
  {
    name: 'that keeps its content, addressed directly',
    files: { '/sys/bus/nd/devices/region0/devtype': 'nd_pmem\n', '/sys/bus/nd/devices/dax0.0/devtype': 'nd_dax\n' },
    want: { 'memory-nv.present': 'true', 'memory-nv.dax': 'true' },
  },
];

describe('labels of memory', () => {
  for (const { name, files, want } of cases)
    it(name, async () => {
      await using machine = await makeMachineRoot(files);
      assert.deepEqual(await memoryLabels(machine.path), want);
    });
});
