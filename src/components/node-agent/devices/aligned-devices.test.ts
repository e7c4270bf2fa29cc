import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Device } from '../../../extension-points/devices/contract.ts';
import { nothingAllocated } from '../../../extension-points/devices/contract.ts';
import { ResourceDevices } from '../../../extension-points/devices/resource-devices.ts';
import type { DevicePlugins } from '../../../extension-points/devices/run.ts';
import { testPod } from '../testing/pods.ts';
import { maskOf, nodesIn } from '../topology/numa-mask.ts';
import { Allocations } from './allocations.ts';
import { chooseDevices } from './choose-devices.ts';
import { containerDeviceHints, podDeviceHints } from './device-hints.ts';
import { askingContainer, askingPod } from './testing/device-stage.ts';

const gpu = 'example.com/gpu';

/** Devices by the NUMA nodes they are near to: `{ a: [0], b: [1], c: [] }`. */
function resourceOf(devices: Readonly<Record<string, readonly number[]>>): ResourceDevices {
  const resource = new ResourceDevices(gpu);
  resource.replace(Object.entries(devices).map(([id, numaNodes]): Device => ({ id, health: 'Healthy', numaNodes })));
  return resource;
}

interface Given {
  readonly devices: Readonly<Record<string, readonly number[]>>;
  readonly count: number;
  /** Held by another pod. */
  readonly taken?: readonly string[];
  readonly affinity?: readonly number[];
  readonly preferred?: readonly string[];
}

function allocationsWith(taken: readonly string[] = []): Allocations {
  const allocations = new Allocations();
  const devices = taken.map((id) => ({ id, numaNodes: [] }));
  if (taken.length > 0) allocations.record({ podUid: 'other', containerName: 'main', resourceName: gpu, devices, answer: nothingAllocated });
  return allocations;
}

/** What is chosen, and what the plugin was offered. */
async function choose({ devices, count, taken, affinity, preferred = [] }: Given): Promise<{ chosen: string; offered: string }> {
  let offered = '';
  const chosen = await chooseDevices({
    pod: askingPod('a', count),
    containerName: 'main',
    resourceName: gpu,
    required: count,
    resource: resourceOf(devices),
    allocations: allocationsWith(taken),
    affinity: affinity && maskOf(affinity),
    prefer: async ({ availableIds, mustIncludeIds }) => {
      offered = `${[...availableIds].sort().join('')}!${mustIncludeIds.join('')}`;
      return preferred;
    },
  });
  return {
    chosen: chosen
      .map(({ id }) => id)
      .sort()
      .join(''),
    offered,
  };
}

describe('devices that are chosen with an affinity', () => {
  const devices = { a: [0], b: [0], c: [1], d: [1], e: [0, 1], f: [] };
  const cases: readonly (readonly [name: string, given: Omit<Given, 'devices'>, chosen: string, offered: string])[] = [
    ['are near ones, among which the plugin chooses', { count: 1, affinity: [1], preferred: ['d'] }, 'd', 'cde!'],
    ['are near ones whatever else the plugin wishes for', { count: 1, affinity: [1], preferred: ['a'] }, 'c', 'cde!'],
    ['are just the near ones, and the plugin is not asked', { count: 3, affinity: [1], preferred: ['a'] }, 'cde', ''],
    ['are all near ones and those of the rest that the plugin prefers', { count: 4, affinity: [1], preferred: ['f'] }, 'cdef', 'abcdef!cde'],
    ['are last those that are near to no node', { count: 5, affinity: [1] }, 'abcde', 'abcdef!cde'],
    ['leave out what others have', { count: 2, affinity: [0], taken: ['a', 'e'] }, 'bc', 'bcdf!b'],
    ['are any when there is no affinity', { count: 2, preferred: ['f', 'd'] }, 'df', 'abcdef!'],
  ];
  for (const [name, given, chosen, offered] of cases) it(name, async () => assert.deepEqual(await choose({ devices, ...given }), { chosen, offered }));

  it('are any of a resource whose devices are near to none', async () => {
    assert.deepEqual(await choose({ devices: { a: [], b: [] }, count: 1, affinity: [1], preferred: ['b'] }), { chosen: 'b', offered: 'ab!' });
  });

  it('may claim nodes that no machine has', async () => {
    assert.deepEqual(await choose({ devices: { a: [-1], b: [1_000], c: [0] }, count: 1, affinity: [0] }), { chosen: 'c', offered: '' });
  });
});

describe('hints of devices', () => {
  const hints = ({ devices, count, taken }: Given, numaNodes = [0, 1]): string[] | undefined => {
    const resource = resourceOf(devices);
    const plugins = { resource: (name: string) => (name === gpu ? resource : undefined) } as DevicePlugins;
    const parts = { allocations: allocationsWith(taken), plugins, numaNodes };
    const pod = askingPod('a', count);
    const found = containerDeviceHints(pod, pod.spec.containers[0]!, parts);
    assert.deepEqual(podDeviceHints(pod, parts), found);
    return found.get(gpu)?.map(({ affinity, isPreferred }) => `${nodesIn(affinity!).join('+')}${isPreferred ? '' : '?'}`);
  };
  const two = { a: [0], b: [1] };
  const cases: readonly (readonly [name: string, given: Given, hints: string[] | undefined])[] = [
    ['none for devices that are near to no node', { devices: { a: [], b: [] }, count: 1 }, undefined],
    ['single nodes that have enough', { devices: two, count: 1 }, ['0', '1', '0+1?']],
    ['both nodes when neither has enough', { devices: two, count: 2 }, ['0+1']],
    ['the node that has one left', { devices: two, count: 1, taken: ['a'] }, ['1', '0+1?']],
    ['nothing when there are too few', { devices: two, count: 2, taken: ['a'] }, []],
    ['not preferred when one node would do on an empty machine', { devices: { a: [0], b: [0], c: [1], d: [1] }, count: 2, taken: ['a', 'c'] }, ['0+1?']],
    ['devices that are near to two nodes count for each', { devices: { a: [0, 1] }, count: 1 }, ['0', '1', '0+1?']],
    ['only nodes that have devices', { devices: { a: [1], b: [1] }, count: 1 }, ['1']],
    ['all nodes when the plugin names unknown ones', { devices: { a: [7] }, count: 1 }, []],
  ];
  for (const [name, given, expected] of cases) it(name, () => assert.deepEqual(hints(given), expected));

  it('of a pod count what runs together', () => {
    const resource = resourceOf({ a: [0], b: [0], c: [1] });
    const plugins = { resource: (name: string) => (name === gpu ? resource : undefined) } as DevicePlugins;
    const one = { [gpu]: '1' };
    const pod = testPod({
      initContainers: [askingContainer('init', { [gpu]: '2' })],
      containers: [askingContainer('main', one), askingContainer('beside', one)],
    });
    const found = podDeviceHints(pod, { allocations: new Allocations(), plugins, numaNodes: [0, 1] });
    assert.deepEqual(found.get(gpu), [
      { affinity: 1n, isPreferred: true },
      { affinity: 3n, isPreferred: false },
    ]);
  });
});
