import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerAllocation } from '../../../extension-points/devices/contract.ts';
import { nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { createLog, silentLog } from '../../../kernel/log.ts';
import type { DeviceAllocation } from './allocations.ts';
import { containerDevices } from './container-devices.ts';
import { noDevices } from './contract.ts';

const holding = (resourceName: string, answer: Partial<ContainerAllocation>): DeviceAllocation => ({
  podUid: 'uid',
  containerName: 'main',
  resourceName,
  devices: [],
  answer: { ...nothingAllocated, ...answer },
});

describe('what the devices of a container add to it', () => {
  it('is nothing without devices', () => assert.deepEqual(containerDevices([], silentLog), noDevices));

  it('comes from all of its resources; the first word on a thing counts, and a second one is logged', () => {
    const lines: string[] = [];
    const log = createLog((line) => void lines.push(line), 'error');
    const first = holding('example.com/gpu', {
      environment: { A: '1', SAME: 'x' },
      mounts: [{ containerPath: '/lib', hostPath: '/gpu', readOnly: true }],
      devices: [{ containerPath: '/dev/0', hostPath: '/dev/gpu0', permissions: 'rw' }],
      annotations: { note: 'gpu' },
      cdiDevices: ['example.com/gpu=0'],
    });
    const second = holding('example.com/nic', {
      environment: { A: '2', SAME: 'x', B: '3' },
      mounts: [{ containerPath: '/lib', hostPath: '/nic', readOnly: false }],
      devices: [{ containerPath: '/dev/1', hostPath: '/dev/nic', permissions: 'r' }],
      annotations: { note: 'nic' },
      cdiDevices: ['example.com/gpu=0', 'example.com/nic=0'],
    });
    assert.deepEqual(containerDevices([first, second], log), {
      environment: [
        { name: 'A', value: '1' },
        { name: 'SAME', value: 'x' },
        { name: 'B', value: '3' },
      ],
      mounts: [{ containerPath: '/lib', hostPath: '/gpu', readonly: true, propagation: 'private', seLinuxRelabel: false }],
      devices: [
        { containerPath: '/dev/0', hostPath: '/dev/gpu0', permissions: 'rw' },
        { containerPath: '/dev/1', hostPath: '/dev/nic', permissions: 'r' },
      ],
      annotations: { note: 'gpu' },
      cdiDevices: ['example.com/gpu=0', 'example.com/nic=0'],
    });
    assert.equal(lines.length, 3);
  });
});
