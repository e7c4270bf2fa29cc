import assert from 'node:assert/strict';
import type { ContainerAllocation, Device, DevicePlugin } from './contract.ts';
import { isDeviceResourceName } from './resource-name.ts';

/** Far longer than any plugin takes; only there so that one that hangs is told of. */
const patienceMs = 10_000;

/** What an agent counts on in a device plugin, by name. Each case gets a plugin that nobody used before, with at least one healthy device. */
export const deviceCases = {
  'has the name of an extended resource': async (plugin) => {
    assert.ok(isDeviceResourceName(plugin.resourceName), `"${plugin.resourceName}" is not <domain>/<name> outside of kubernetes.io`);
  },
  'lists devices with unique ids, a health and NUMA nodes': async (plugin) => {
    const devices = await listed(plugin);
    assert.equal(new Set(devices.map(({ id }) => id)).size, devices.length, 'an id is listed twice');
    for (const { id, health, numaNodes } of devices) {
      assert.ok(id !== '' && Buffer.byteLength(id) <= 63, `id "${id}" is empty or longer than 63 bytes`);
      assert.ok(health === 'Healthy' || health === 'Unhealthy', `${id}: health "${String(health)}"`);
      assert.ok(
        numaNodes.every((node) => Number.isInteger(node) && node >= 0),
        `${id}: NUMA nodes ${numaNodes.join(', ')}`,
      );
    }
  },
  'lists the same devices when it is asked again': async (plugin) => {
    const ids = (devices: readonly Device[]): string[] => devices.map(({ id }) => id).sort();
    assert.deepEqual(ids(await listed(plugin)), ids(await listed(plugin)));
  },
  'goes on listing until it is told to stop, and then ends': async (plugin) => {
    const cancellation = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const devices of plugin.devices(cancellation.signal)) seen.push(devices.length);
    })();
    const early = await Promise.race([following.then(() => 'ended'), new Promise((resolve) => setTimeout(resolve, 300, 'listing'))]);
    assert.equal(early, 'listing', 'the list ended by itself');
    assert.ok(seen.length > 0, 'nothing was listed');
    cancellation.abort();
    await patiently(following, 'the list goes on after it was told to stop');
  },
  'allocates one device': async (plugin) => checkAllocation(await patiently(plugin.allocate([await healthyId(plugin)]), 'allocate does not answer')),
  'allocates all healthy devices to one container': async (plugin) => {
    const ids = (await listed(plugin)).filter(({ health }) => health === 'Healthy').map(({ id }) => id);
    checkAllocation(await patiently(plugin.allocate(ids), 'allocate does not answer'));
  },
  'allocates the same device again, for the next container that gets it': async (plugin) => {
    const id = await healthyId(plugin);
    checkAllocation(await patiently(plugin.allocate([id]), 'allocate does not answer'));
    checkAllocation(await patiently(plugin.allocate([id]), 'allocate does not answer'));
  },
  'allocates for several containers at a time': async (plugin) => {
    const ids = (await listed(plugin)).filter(({ health }) => health === 'Healthy').map(({ id }) => id);
    const answers = ids.slice(0, 8).map((id) => plugin.allocate([id]));
    for (const answer of await patiently(Promise.all(answers), 'allocate does not answer')) checkAllocation(answer);
  },
  'lists for an agent that comes again while it still follows the old list': async (plugin) => {
    const cancellation = new AbortController();
    const old = plugin.devices(cancellation.signal)[Symbol.asyncIterator]();
    try {
      await patiently(old.next(), 'nothing is listed');
      const ids = (await listed(plugin)).map(({ id }) => id);
      assert.ok(ids.length > 0, 'nothing is listed to the second');
    } finally {
      cancellation.abort();
      await patiently(Promise.resolve(old.return?.()), 'the list goes on after it was told to stop');
    }
  },
  'refuses a device that does not exist, says why, and goes on': async (plugin) => {
    await assert.rejects(plugin.allocate(['no-such-device']), (error: Error) => error.message !== '');
    checkAllocation(await patiently(plugin.allocate([await healthyId(plugin)]), 'allocate does not answer'));
  },
  'prefers available devices, those that must be among them included': async (plugin) => {
    if (!plugin.preferredAllocation) return;
    const ids = (await listed(plugin)).filter(({ health }) => health === 'Healthy').map(({ id }) => id);
    for (let size = 1; size <= Math.min(ids.length, 8); size++) {
      const must = ids.slice(-1);
      const preferred: readonly string[] = await plugin.preferredAllocation({ availableIds: ids, mustIncludeIds: must, size });
      assert.equal(new Set(preferred).size, preferred.length, 'an id is preferred twice');
      assert.ok(preferred.length <= size, `${preferred.length} devices for a wish of ${size}`);
      assert.ok(
        preferred.every((id) => ids.includes(id)),
        'prefers a device that is not available',
      );
      assert.ok(preferred.length === 0 || must.every((id) => preferred.includes(id)), 'leaves out what must be included');
    }
  },
  'prepares a container before each of its starts': async (plugin) => {
    const id = await healthyId(plugin);
    await plugin.allocate([id]);
    await plugin.preStartContainer?.([id]);
    await plugin.preStartContainer?.([id]);
  },
} satisfies Record<string, (plugin: DevicePlugin) => Promise<void>>;

async function listed(plugin: DevicePlugin): Promise<readonly Device[]> {
  const cancellation = new AbortController();
  const first = (async () => {
    for await (const devices of plugin.devices(cancellation.signal)) return devices;
    throw new Error('the list ended before it said anything');
  })();
  try {
    return await patiently(first, 'nothing is listed');
  } finally {
    cancellation.abort();
  }
}

async function healthyId(plugin: DevicePlugin): Promise<string> {
  const device = (await listed(plugin)).find(({ health }) => health === 'Healthy');
  assert.ok(device, 'the suite needs a healthy device');
  return device.id;
}

function checkAllocation({ environment, mounts, devices, annotations, cdiDevices }: ContainerAllocation): void {
  for (const name of Object.keys(environment)) assert.match(name, /^[^=\0]+$/, `environment variable "${name}"`);
  for (const { containerPath, hostPath } of [...mounts, ...devices]) {
    assert.match(containerPath, /^\//, `container path "${containerPath}" is not absolute`);
    assert.match(hostPath, /^\//, `host path "${hostPath}" is not absolute`);
  }
  for (const { containerPath, permissions } of devices) assert.match(permissions, /^[rwm]+$/, `${containerPath}: permissions "${permissions}"`);
  assert.ok(Object.keys(annotations).every((key) => key !== ''));
  for (const name of cdiDevices) assert.match(name, /^[A-Za-z0-9][\w.-]*\/[A-Za-z][\w-]*=[\w.:-]+$/, `"${name}" is not vendor/class=name`);
}

async function patiently<T>(work: Promise<T>, complaint: string): Promise<T> {
  const cancellation = new AbortController();
  const tooLate = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${complaint} (waited ${patienceMs / 1_000} s)`)), patienceMs);
    cancellation.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    cancellation.abort();
  }
}
