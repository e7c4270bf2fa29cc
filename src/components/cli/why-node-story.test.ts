import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import type { NodeDevices, ReportedHugePages, ReportedResource } from './node-devices.ts';
import { tellNode } from './why-node-story.ts';

const nowMs = Date.parse('2026-01-01T00:05:00Z');
const plugin = { name: 'g', origin: '/p/gpu.sock', route: 'kubelet.sock', connectedSince: '2026-01-01T00:00:00Z', hasListed: true };
const gpu = (more: Partial<ReportedResource> = {}): ReportedResource => ({
  resource: 'example.com/gpu',
  capacity: 2,
  allocatable: 0,
  plugins: [plugin],
  devices: [],
  ...more,
});
const absent = (state: 'Gone' | 'Awaited' | 'GivenUp', error?: string): ReportedResource =>
  gpu({ plugins: [], absence: { state, since: '2026-01-01T00:04:00Z', graceEnds: '2026-01-01T00:09:00Z', ...(error === undefined ? {} : { error }) } });
const pages = (more: Partial<ReportedHugePages> = {}): ReportedHugePages => ({
  resource: 'hugepages-2Mi',
  pageBytes: 2 * 1024 ** 2,
  pages: 0,
  freePages: 0,
  numaNodes: [],
  ...more,
});
const node = (more: Partial<NodeDevices>): NodeDevices => ({
  node: 'n',
  state: 'Reached',
  status: { capacity: {}, allocatable: {} },
  pluginDirectory: '/p',
  ...more,
});

const tell = (devices: NodeDevices, resource: string): string => {
  const { paragraphs, advice } = tellNode({ devices, resource, wanted: [], refusals: [], nowMs });
  return [...paragraphs.flat(), ...advice.map((line) => `help: ${line}`)].join('\n');
};
const start =
  'help: a plugin for example.com/gpu: it registers on /p/device-plugins/kubelet.sock, or is found in /p/plugins_registry (stock plugins: wherry up --plugin-dir /var/lib/kubelet)';

describe('why a node has 0 of a resource', () => {
  const cases: readonly (readonly [name: string, devices: NodeDevices, resource: string, told: readonly string[]])[] = [
    ['its plugin never registered', node({}), 'example.com/gpu', ['the node does not have it: no plugin has registered it since the agent started', start]],
    [
      'its plugin is gone',
      node({ resources: [absent('Gone', 'socket closed')] }),
      'example.com/gpu',
      [
        '0 allocatable of 2, 0 held',
        'its plugin is gone for 60s: socket closed',
        'its devices are unhealthy, and leave the capacity in 4m unless it registers again',
        'pods that hold devices of it keep them',
        start,
      ],
    ],
    [
      'the agent was restarted',
      node({ resources: [absent('Awaited')] }),
      'example.com/gpu',
      [
        '0 allocatable of 2, 0 held',
        'the agent was restarted 60s ago, and the plugin has not registered again',
        'until it does nothing of it is allocatable; in 4m it is given up',
        'pods that hold devices of it keep them',
        start,
      ],
    ],
    [
      'its plugin stayed away',
      node({ resources: [absent('GivenUp')] }),
      'example.com/gpu',
      ['0 allocatable of 2, 0 held', 'its plugin left 60s ago, and did not come back within five minutes', 'pods that hold devices of it keep them', start],
    ],
    [
      'all devices are unhealthy',
      node({ resources: [gpu({ devices: ['a', 'b'].map((id) => ({ id, health: 'Unhealthy', numaNodes: [] })) })] }),
      'example.com/gpu',
      [
        '0 allocatable of 2, 0 held',
        'its plugin /p/gpu.sock is connected for 5m (kubelet.sock)',
        'all devices are unhealthy, as the plugin says: a, b; who holds one keeps it, nobody else gets it',
        'help: the plugin of example.com/gpu calls devices unhealthy: its log should say why',
      ],
    ],
    [
      'its plugin found nothing',
      node({ resources: [gpu({ capacity: 0 })] }),
      'example.com/gpu',
      [
        '0 allocatable of 0, 0 held',
        'its plugin /p/gpu.sock is connected for 5m (kubelet.sock), and lists no devices',
        'help: look into the log of the plugin of example.com/gpu: it found no hardware',
      ],
    ],
    [
      'its plugin says nothing',
      node({ resources: [gpu({ capacity: 0, plugins: [{ ...plugin, hasListed: false }] })] }),
      'example.com/gpu',
      [
        '0 allocatable of 0, 0 held',
        'its plugin /p/gpu.sock is connected for 5m (kubelet.sock), and has not said which devices there are',
        'help: look into the log of the plugin of example.com/gpu',
      ],
    ],
    [
      'the kernel has reserved no huge pages',
      node({ hugePages: [pages()], status: { capacity: { 'hugepages-2Mi': '0' }, allocatable: { 'hugepages-2Mi': '0' } } }),
      'hugepages-2Mi',
      [
        '0 allocatable of 0',
        'the kernel has reserved none',
        'help: reserve some: echo N > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages (as root; where memory is too fragmented, at boot: hugepagesz=2M hugepages=N), then restart the agent, which counts them when it starts: wherry down && wherry up',
      ],
    ],
    [
      'huge pages were reserved after the start',
      node({ hugePages: [pages({ pages: 8, freePages: 8 })], status: { capacity: { 'hugepages-2Mi': '0' }, allocatable: { 'hugepages-2Mi': '0' } } }),
      'hugepages-2Mi',
      [
        '0 allocatable of 0',
        'the kernel has 8 pages now, 8 of them not in use',
        'they were reserved after the agent started',
        'help: for hugepages-2Mi: restart the agent, which counts them when it starts: wherry down && wherry up',
      ],
    ],
    [
      'the kernel does not know the size',
      node({ hugePages: [pages()] }),
      'hugepages-64Ki',
      ['0 allocatable of 0', 'the kernel of this machine has no pages of that size; it has 2Mi'],
    ],
    [
      'nobody stands behind it',
      node({ status: { capacity: { 'example.com/gpu': '4' }, allocatable: {} } }),
      'example.com/gpu',
      [
        '0 allocatable of 4, as its status shows',
        'no plugin stands behind it: somebody wrote it into the status of the node, and pods that ask for it are only counted',
      ],
    ],
  ];
  for (const [name, devices, resource, told] of cases) it(name, () => assert.equal(tell(devices, resource), [resource, ...told].join('\n')));
});

describe('the story of a node', () => {
  const refusal: DeviceDecisionRecord = {
    time: '2026-01-01T00:04:00.000000Z',
    durationMilliseconds: 1,
    pod: { namespace: 'default', name: 'greedy', uid: 'u' },
    nodeName: 'n',
    step: 'Admission',
    result: 'Refused',
    reason: 'OutOfexample.com/gpu',
    message: 'no room',
    allocations: [],
    claims: [],
    pinned: [],
  };

  it('is about what it has, what pods ask for in vain, and whom it refused', () => {
    const devices = node({ resources: [gpu({ allocatable: 2 })], status: { capacity: { 'example.com/gpu': '2' }, allocatable: { 'example.com/gpu': '2' } } });
    const { summary, paragraphs } = tellNode({ devices, wanted: ['example.com/nic'], refusals: [refusal], nowMs });
    assert.equal(summary, 'node n: devices and huge pages');
    assert.deepEqual(paragraphs, [
      ['example.com/gpu', '2 allocatable of 2, 0 held', 'its plugin /p/gpu.sock is connected for 5m (kubelet.sock)'],
      ['example.com/nic', 'the node does not have it: no plugin has registered it since the agent started'],
      ['pods it refused', '00:04:00.000Z  default/greedy: OutOfexample.com/gpu: no room'],
    ]);
  });

  it('says that a node is simulated, or cannot be reached', () => {
    const summaryOf = (devices: NodeDevices): string => tellNode({ devices, wanted: [], refusals: [], nowMs }).summary;
    assert.match(summaryOf(node({ state: 'Simulated' })), /^node n is simulated/);
    assert.equal(summaryOf(node({ state: 'Unreachable', error: 'off' })), 'node n cannot be reached, so this is what its status showed last: off');
  });
});
