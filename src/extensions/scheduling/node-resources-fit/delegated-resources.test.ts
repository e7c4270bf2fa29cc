import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceclasses } from '../../../api/generated/resource-types.ts';
import { DeviceWorld, testDeviceClass } from '../../../extension-points/scheduling/devices/testing.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeResourcesFit from './node-resources-fit.ts';

const gpu = 'example.com/gpu';
const plain = nodeWith(testNode('plain'));
const plugged = nodeWith(testNode('plugged', { allocatable: { cpu: '4', pods: '9', [gpu]: '2' } }), testPod('there', {}, { [gpu]: '1' }));

describe('an extended resource that a device class stands behind', () => {
  const start = async () => {
    const world = new DeviceWorld();
    const plugin = nodeResourcesFit(undefined, world);
    world.put(deviceclasses, testDeviceClass('gpu', { extendedResourceName: gpu }));
    await world.settled();
    return { world, plugin };
  };
  const cases: { name: string; requests: Record<string, string>; want: string[] }[] = [
    { name: 'need not be on a node', requests: { [gpu]: '3' }, want: ['fits', `unschedulable-and-unresolvable: Insufficient ${gpu}`] },
    { name: 'counts where a device plugin has it', requests: { [gpu]: '2' }, want: ['fits', `unschedulable: Insufficient ${gpu}`] },
    { name: 'is enough where a device plugin has enough', requests: { [gpu]: '1' }, want: ['fits', 'fits'] },
    {
      name: 'does not stand for others',
      requests: { [gpu]: '1', 'example.com/other': '1' },
      want: Array(2).fill('unschedulable-and-unresolvable: Insufficient example.com/other'),
    },
  ];
  for (const { name, requests, want } of cases)
    it(name, async () => {
      const { world, plugin } = await start();
      assert.deepEqual(new PluginTrial(plugin).filter(testPod('p', {}, requests), [plain, plugged]), want);
      // Column by column, as a new class of pods begins.
      const refused = new Map<number, string>();
      const holders = [[], [1]] as const;
      const column = (of: (index: number) => number): Float64Array => Float64Array.from([of(0), of(1)]);
      const nodes = [plain, plugged];
      const amounts = (pick: 'allocatable' | 'requested') => ({
        milliCpu: column((index) => nodes[index]![pick].milliCpu),
        memoryBytes: column((index) => nodes[index]![pick].memoryBytes),
        ephemeralStorageBytes: column((index) => nodes[index]![pick].ephemeralStorageBytes),
        pods: column((index) => (pick === 'allocatable' ? nodes[index]!.allocatable.pods : nodes[index]!.pods.length)),
      });
      const table = {
        nodes,
        allocatable: amounts('allocatable'),
        requested: amounts('requested'),
        holders: (resource: string) => holders[resource === gpu ? 1 : 0],
      };
      plugin.filterAll!(undefined as never, testPod('p', {}, requests), table as never, {
        refuse: (index, { code, reasons }) => void refused.set(index, `${code}: ${reasons.join(', ')}`),
        refuseMarked: (marks, statuses) => {
          for (const [index, mark] of marks.entries()) if (mark !== 0) refused.set(index, `${statuses[mark]!.code}: ${statuses[mark]!.reasons.join(', ')}`);
        },
        isRefused: (index) => refused.has(index),
      });
      assert.deepEqual(
        [0, 1].map((index) => refused.get(index) ?? 'fits'),
        want,
      );
      await world[Symbol.asyncDispose]();
    });

  it('has pods tried again that ask for it, when the class comes', async () => {
    const { world, plugin } = await start();
    const { hint } = plugin.eventsToRegister!().find(({ event }) => event.resource === 'resource.k8s.io/DeviceClass')!;
    const added = testDeviceClass('gpu', { extendedResourceName: gpu });
    assert.equal(hint!(testPod('p', {}, { [gpu]: '1' }), undefined, added), 'queue');
    assert.equal(hint!(testPod('p', {}, { 'deviceclass.resource.kubernetes.io/gpu': '1' }), undefined, added), 'queue');
    assert.equal(hint!(testPod('p', {}, { [gpu]: '1' }), added, added), 'skip');
    assert.equal(hint!(testPod('p', {}, { 'example.com/other': '1' }), undefined, added), 'skip');
    await world[Symbol.asyncDispose]();
  });
});
