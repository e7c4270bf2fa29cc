import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceDetails } from './device-details.ts';
import { deviceSummary } from './device-summary.ts';
import type { DeviceReport, NodeDevices, ReportedResource } from './node-devices.ts';

const nowMs = Date.parse('2026-01-01T00:05:00Z');
const heldBy = { namespace: 'default', pod: 'train', uid: 'u', containers: ['main'], since: '2026-01-01T00:00:00Z' };
const plugin = { name: 'g', origin: '/p/device-plugins/gpu.sock', route: 'kubelet.sock', connectedSince: '2026-01-01T00:00:00Z', hasListed: true };

const gpu: ReportedResource = {
  resource: 'example.com/gpu',
  capacity: 2,
  allocatable: 1,
  plugins: [plugin],
  devices: [
    { id: 'gpu-0', health: 'Healthy', numaNodes: [0], heldBy },
    { id: 'gpu-1', health: 'Unhealthy', numaNodes: [] },
  ],
};
const nic: ReportedResource = {
  resource: 'example.com/nic',
  capacity: 1,
  allocatable: 0,
  plugins: [],
  absence: { state: 'Gone', since: '2026-01-01T00:04:30Z', graceEnds: '2026-01-01T00:09:30Z' },
  devices: [],
};
const node = (report: Partial<DeviceReport> = {}, more: Partial<NodeDevices> = {}): NodeDevices => ({
  node: 'n',
  state: 'Reached',
  status: { capacity: {}, allocatable: {} },
  resources: [gpu, nic],
  drivers: [],
  claims: [],
  hugePages: [],
  cpus: { allocatable: '', exclusive: [] },
  pluginDirectory: '/p',
  ...report,
  ...more,
});
const summary = (...nodes: NodeDevices[]): string => deviceSummary(nodes, { nowMs, width: 80 });

describe('the summary of devices', () => {
  it('has a line per resource', () => {
    assert.equal(
      summary(node()),
      [
        'n',
        '  RESOURCE         HELD  ALLOCATABLE  CAPACITY  SINCE  PLUGIN',
        '  example.com/gpu  1     1            2         5m     gpu.sock',
        '  example.com/nic  0     0            1         30s    gone',
        '',
      ].join('\n'),
    );
  });

  it('reads well with 64 plugins on 80 columns', () => {
    const resources = Array.from({ length: 64 }, (_, index) => ({
      ...gpu,
      resource: `accelerators.example.com/kind-${index}`,
      plugins: [{ ...plugin, origin: `/p/device-plugins/accelerators.example.com-kind-${index}-of-a-vendor.sock` }],
    }));
    const lines = summary(node({ resources })).split('\n');
    assert.equal(lines.length, 67);
    assert.deepEqual(
      lines.filter(({ length }) => length > 80),
      [],
    );
    assert.match(lines[65]!, /^ {2}accelerators\.example\.com\/kind-63 +1 +1 +2 +5m +acceler…$/);
  });

  it('tells of drivers, huge pages and CPUs too', () => {
    const claims = [
      {
        namespace: 'default',
        name: 'c',
        devices: [{ driver: 'gpu.example.com', pool: 'n', device: 'gpu-0', cdiDevices: [] }],
        heldBy: [{ namespace: 'default', pod: 'train', container: 'main' }],
      },
    ];
    const text = summary(
      node({
        resources: [],
        drivers: [{ driver: 'gpu.example.com', endpoint: '/p/plugins/gpu/dra.sock', isConnected: true }],
        claims,
        hugePages: [
          { resource: 'hugepages-2Mi', pageBytes: 2 * 1024 ** 2, pages: 8, freePages: 5, numaNodes: [] },
          { resource: 'hugepages-1Gi', pageBytes: 1024 ** 3, pages: 0, freePages: 0, numaNodes: [] },
        ],
        cpus: { allocatable: '1-3', exclusive: [{ namespace: 'default', pod: 'train', container: 'main', cpus: '2-3', since: '2026-01-01T00:04:00Z' }] },
      }),
    );
    assert.equal(
      text,
      [
        'n',
        '  no device plugin has registered',
        '',
        '  DRIVER           CLAIMS  STATE      SOCKET',
        '  gpu.example.com  1       connected  dra.sock',
        '',
        '  HUGE PAGES     FREE  PAGES  SIZE      NUMA NODES',
        '  hugepages-2Mi  5     8      16.0 MiB  -',
        '',
        '  CPUS  HELD BY             SINCE',
        '  2-3   default/train main  60s',
        '',
      ].join('\n'),
    );
  });

  it('says which nodes are simulated and which cannot be reached', () => {
    const status = { capacity: { 'example.com/gpu': '8' }, allocatable: { 'example.com/gpu': '8' } };
    const bare = { node: 'a', status } as const;
    const text = deviceSummary(
      [
        { ...bare, state: 'Simulated' },
        { ...bare, node: 'b', state: 'Simulated' },
        { ...bare, node: 'c', state: 'Unreachable', error: 'it is off' },
      ],
      { nowMs, width: 200 },
    );
    assert.equal(
      text,
      [
        'c: cannot be reached: it is off',
        '  what its status showed last:',
        '  RESOURCE         ALLOCATABLE  CAPACITY',
        '  example.com/gpu  8            8',
        '',
        '2 simulated nodes: what devices they have are numbers in their status, which no plugin stands behind',
        '  RESOURCE         NODES  ALLOCATABLE  CAPACITY',
        '  example.com/gpu  2      16           16',
        '',
      ].join('\n'),
    );
  });
});

describe('the devices one by one', () => {
  it('show who holds each and since when, behind their plugin', () => {
    assert.equal(
      deviceDetails([node()], nowMs),
      [
        'n  example.com/gpu: 1 of 2 allocatable',
        '  plugin /p/device-plugins/gpu.sock, by kubelet.sock, for 5m',
        '  DEVICE  HEALTH     NUMA  HELD BY             SINCE',
        '  gpu-0   Healthy    0     default/train main  5m',
        '  gpu-1   Unhealthy  -     -                   -',
        '',
        'n  example.com/nic: 0 of 1 allocatable',
        '  plugin gone, for 30s',
        '',
      ].join('\n'),
    );
  });

  it('say when there are none', () => assert.equal(deviceDetails([node({ resources: [] })], nowMs), 'n: no device plugin has registered\n'));
});
