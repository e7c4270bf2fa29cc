import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition } from '../../../api/conditions.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { DeviceTaint, DeviceToleration } from '../../../api/generated/resource-v1.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { podUsing, testClaim, testDriver, testSlice } from '../../../extension-points/scheduling/devices/testing.ts';
import { timeText } from '../../../kernel/clock.ts';
import { deviceTaintEvictionController } from './device-taint-eviction.ts';

const key = { namespace: 'default', name: 'p' };
const put = <T extends KubernetesObject>(world: ControllerWorld, type: ResourceType<T>, ...objects: readonly T[]): void => {
  for (const object of objects) world.client.store.put(type, object as unknown as UntypedObject);
};
const pod = (): Pod => ({ ...podUsing('p', 'c'), spec: { ...podUsing('p', 'c').spec!, nodeName: 'n' } });
const claim = (tolerations?: DeviceToleration[]) =>
  testClaim('c', {
    status: {
      allocation: { devices: { results: [{ request: 'r', driver: testDriver, pool: 'n', device: 'd0', ...(tolerations ? { tolerations } : {}) }] } },
      reservedFor: [{ resource: 'pods', name: 'p', uid: 'uid-p' }],
    },
  });
const tainted = (world: ControllerWorld, effect: DeviceTaint['effect'] = 'NoExecute') =>
  testSlice('n', [{ name: 'd0', taints: [{ key: 'broken', effect, timeAdded: timeText(world.clock.now()) }] }]);
const tolerated = (tolerationSeconds?: number): DeviceToleration => ({
  ...{ key: 'broken', operator: 'Exists', effect: 'NoExecute' },
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
});

controllerConformance('device-taint-eviction-controller', () => ({
  controller: deviceTaintEvictionController(),
  async arrange(client) {
    const created = await client.create<Pod>(pods, {
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers: [{ name: 'c' }], nodeName: 'n', resourceClaims: [{ name: 'c', resourceClaimName: 'c' }] },
    });
    await client.create(resourceslices, {
      metadata: { name: 's' },
      spec: testSlice('n', [{ name: 'd0', taints: [{ key: 'x', effect: 'NoExecute', timeAdded: '2000-01-01T00:00:00Z' }] }]).spec,
    });
    const { spec, status } = claim();
    await client.create(resourceclaims, {
      metadata: { name: 'c', namespace: 'default' },
      spec,
      status: { ...status, reservedFor: [{ resource: 'pods', name: 'p', uid: created.metadata.uid! }] },
    });
  },
  isDone: ({ store }) => {
    const left = store.get(pods, key);
    return left === undefined || left.metadata.deletionTimestamp !== undefined;
  },
}));

describe('a pod with a device that is tainted', () => {
  const world = async (of: ControllerWorld, options: { tolerations?: DeviceToleration[]; effect?: DeviceTaint['effect'] } = {}): Promise<ControllerWorld> => {
    put(of, pods, pod());
    put(of, resourceclaims, claim(options.tolerations));
    put(of, resourceslices, testSlice('n', ['d0']));
    await of.start(deviceTaintEvictionController());
    await settle(20);
    put(of, resourceslices, tainted(of, options.effect));
    await settle(50);
    return of;
  };
  const isGone = (of: ControllerWorld): boolean => of.find(pods, key)?.metadata.deletionTimestamp !== undefined || !of.find(pods, key);

  it('is deleted, and says why', async () => {
    await using own = await world(new ControllerWorld());
    await own.until(() => isGone(own), 'the eviction');
    assert.equal(own.events()[0], 'DeviceTaintManagerEviction: Marking for deletion');
    const condition = findCondition(own.find(pods, key)?.status?.conditions, 'DisruptionTarget');
    assert.deepEqual([condition?.reason, condition?.message], ['DeletionByDeviceTaintManager', 'Device Taint manager: deleting due to NoExecute taint']);
  });

  for (const { name, options } of [
    { name: 'only for new pods', options: { effect: 'NoSchedule' as const } },
    { name: 'but tolerates that', options: { tolerations: [tolerated()] } },
    { name: 'but tolerates that for some time and for ever', options: { tolerations: [tolerated(1), tolerated()] } },
  ])
    it(`stays, ${name}`, async () => {
      await using own = await world(new ControllerWorld(), options);
      await own.clock.advance(100_000);
      await settle(50);
      assert.equal(isGone(own), false);
    });

  it('stays for as long as it tolerates that', async () => {
    await using own = await world(new ControllerWorld(), { tolerations: [tolerated(60), tolerated(90)] });
    await own.clock.advance(58_000);
    await settle(50);
    assert.equal(isGone(own), false);
    await own.until(() => isGone(own), 'the eviction');
  });

  it('stays after all when the taint goes', async () => {
    await using own = await world(new ControllerWorld(), { tolerations: [tolerated(60)] });
    put(own, resourceslices, testSlice('n', ['d0']));
    await settle(50);
    await own.clock.advance(100_000);
    await settle(50);
    assert.equal(isGone(own), false);
    assert.equal(own.events()[0], 'DeviceTaintManagerEviction: Cancelling deletion');
  });
});
