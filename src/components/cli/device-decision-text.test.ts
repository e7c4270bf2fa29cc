import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import { deviceAdvice, deviceParagraphs } from './device-decision-text.ts';

const nowMs = Date.parse('2026-01-01T00:05:00Z');
const decision = (more: Partial<DeviceDecisionRecord> = {}): DeviceDecisionRecord => ({
  time: '2026-01-01T00:04:00.000000Z',
  durationMilliseconds: 3,
  pod: { namespace: 'default', name: 'train', uid: 'u' },
  nodeName: 'n',
  step: 'Admission',
  result: 'Allocated',
  allocations: [],
  claims: [],
  pinned: [],
  ...more,
});
const supply = { container: 'main', resource: 'example.com/gpu', requested: 2, plugin: 'gpu at /p/gpu.sock', listed: 4, healthy: 3, free: 2 };

describe('what a node made of devices', () => {
  it('names each device, why it was chosen, and the plugin that gave it', () => {
    const devices = [
      { id: 'gpu-0', numaNodes: [0], why: 'Aligned' as const },
      { id: 'gpu-2', numaNodes: [1], why: 'Preferred' as const },
    ];
    const pinned = [{ container: 'main', cpus: '2-3', memory: [{ kind: 'memory', bytes: 1024 ** 3, numaNodes: [0, 1] }] }];
    const told = decision({ allocations: [{ ...supply, wantedNumaNodes: [0], devices, pluginMilliseconds: 2.34 }], pinned });
    assert.deepEqual(deviceParagraphs([told], nowMs), [
      [
        'devices · 00:04:00.000Z · given by n',
        'main: example.com/gpu 2, wanted from NUMA node 0: gpu-0 (near to the wanted NUMA nodes), gpu-2 (what the plugin prefers), given by gpu at /p/gpu.sock, which took 2.3 ms; there were 4 listed, 3 of them healthy, 2 of those free',
        'main: CPUs 2-3 for itself',
        'main: memory 1.0 GiB of NUMA node 0+1',
      ],
    ]);
  });

  it('tells why it refused, and what there was', () => {
    const told = decision({
      result: 'Refused',
      reason: 'UnexpectedAdmissionError',
      message: 'Allocate failed due to the fan is stuck, which is unexpected',
      allocations: [{ ...supply, devices: [], error: 'the fan is stuck' }],
    });
    assert.deepEqual(deviceParagraphs([told], nowMs), [
      [
        'devices · 00:04:00.000Z · refused by n: UnexpectedAdmissionError',
        'main: example.com/gpu 2: the fan is stuck; 4 listed, 3 of them healthy, 2 of those free; asked of gpu at /p/gpu.sock',
        'Allocate failed due to the fan is stuck, which is unexpected',
      ],
    ]);
  });

  it('tells of claims that are not ready, with what the driver said, and when they are', () => {
    const failed = decision({ step: 'Claims', result: 'Failed', message: 'NodePrepareResources: no', claims: [{ claim: 'c', devices: [] }] });
    const devices = [{ driver: 'gpu.example.com', pool: 'n', device: 'gpu-0', cdiDevices: [] }];
    const ready = decision({ step: 'Claims', time: '2026-01-01T00:04:30.000000Z', failuresBefore: 3, claims: [{ claim: 'c', devices }] });
    assert.deepEqual(deviceParagraphs([ready, failed], nowMs), [
      ['claims · 00:04:00.000Z · not ready on n, and tried again', 'claim c: no device is ready', 'NodePrepareResources: no'],
      ['claims · 00:04:30.000Z · given by n (failed 3 times before)', 'claim c: gpu-0 of gpu.example.com (pool n)'],
    ]);
  });
});

describe('what would help a refused pod', () => {
  const cases: readonly (readonly [reason: string, message: string, advice: RegExp | undefined])[] = [
    ['TopologyAffinityError', 'Resources cannot be allocated with Topology locality', /topologyManagerPolicy/],
    ['SMTAlignmentError', 'SMT Alignment Error: requested 3 cpus not multiple cpus per core = 2', /whole physical cores/],
    [
      'UnexpectedAdmissionError',
      'Allocate failed due to cannot allocate unregistered device example.com/gpu, which is unexpected',
      /why node\/n example\.com\/gpu$/,
    ],
    [
      'UnexpectedAdmissionError',
      'Allocate failed due to no healthy devices present; cannot allocate unhealthy devices example.com/gpu, which is unexpected',
      /why node\/n example\.com\/gpu$/,
    ],
    [
      'UnexpectedAdmissionError',
      'Allocate failed due to requested number of devices unavailable for example.com/gpu. Requested: 2, Available: 1, which is unexpected',
      /why node\/n example\.com\/gpu$/,
    ],
    ['UnexpectedAdmissionError', 'Allocate failed due to rpc error: code = Unknown desc = the fan is stuck, which is unexpected', /look into its log/],
    ['OutOfhugepages-2Mi', "Node didn't have enough resource: hugepages-2Mi, requested: 2, used: 0, capacity: 0", /why node\/n hugepages-2Mi/],
    ['OutOfcpu', "Node didn't have enough resource: cpu", undefined],
    ['Evicted', 'low on memory', undefined],
  ];
  for (const [reason, message, want] of cases)
    it(`${reason}: ${message}`, () => {
      const [advice] = deviceAdvice({ reason, message, nodeName: 'n' });
      if (want) assert.match(advice ?? '', want);
      else assert.equal(advice, undefined);
    });
});
