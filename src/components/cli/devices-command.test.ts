import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { devicesTable } from './devices-command.ts';

describe('the table of devices', () => {
  it('shows each device, who holds it and since when', () => {
    const heldBy = { namespace: 'default', pod: 'train', uid: 'u', containers: ['main'], since: '2026-01-01T00:00:00Z' };
    const devices = [
      { id: 'gpu-0', health: 'Healthy', numaNodes: [0], heldBy },
      { id: 'gpu-1', health: 'Unhealthy', numaNodes: [] },
    ];
    const resources = [
      { resource: 'example.com/gpu', plugins: ['/p/gpu.sock'], devices },
      { resource: 'example.com/nic', plugins: [], devices: [] },
    ];
    assert.equal(
      devicesTable([{ node: 'n', resources }], Date.parse('2026-01-01T00:05:00Z')),
      [
        'NODE  RESOURCE         PLUGIN       DEVICE  HEALTH     NUMA  HELD BY             SINCE',
        'n     example.com/gpu  /p/gpu.sock  gpu-0   Healthy    0     default/train main  5m',
        'n     example.com/gpu  /p/gpu.sock  gpu-1   Unhealthy  -     -                   -',
        'n     example.com/nic  gone',
        '',
      ].join('\n'),
    );
  });

  it('says when there is none', () => assert.equal(devicesTable([{ node: 'n', resources: [] }], 0), 'no device plugin has registered\n'));
});
