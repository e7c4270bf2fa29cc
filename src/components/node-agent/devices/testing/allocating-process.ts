/** A node's device manager in a process of its own, to be killed: admits and releases pods without end, and prints each admission once it is acknowledged. */
import type { DevicePlugin } from '../../../../extension-points/devices/contract.ts';
import { createFakeGpu } from '../../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { systemClock } from '../../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../../kernel/extension-point.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { createDeviceManager } from '../device-manager.ts';
import { askingPod } from './device-stage.ts';

const [directory = '', plugins = '8'] = process.argv.slice(2);
const point = new ExtensionPoint<DevicePlugin>('devices');
for (let index = 0; index < Number(plugins); index++) {
  const implementation = createFakeGpu({ resourceName: `example.com/gpu-${index}`, count: 8 });
  point.add({ name: `plugin ${index}`, origin: 'test', implementation });
}
const manager = createDeviceManager({ directory, point, clock: systemClock, log: silentLog });
await manager.start({ activePods: () => [], podByName: () => undefined, wake: () => {}, appliesCdi: () => true });
const { signal } = new AbortController();
const admitted: string[] = [];
for (let index = 0; ; index++) {
  const resource = `example.com/gpu-${index % Number(plugins)}`;
  const pod = askingPod(`${process.pid}-${index}`, 1 + (index % 2), resource);
  void manager.allocate(pod, signal).then(
    () => {
      admitted.push(pod.metadata.uid!);
      const ids = manager.healthOf(pod.metadata.uid!, 'main')?.flatMap(({ resources = [] }) => resources.map(({ resourceID }) => resourceID));
      process.stdout.write(`+ ${pod.metadata.uid} ${resource} ${ids?.join()}\n`);
    },
    () => manager.release(pod.metadata.uid!),
  );
  if (index % 4 === 3) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const gone = admitted.length > 20 ? admitted.shift() : undefined;
    // Said before it is done: a pod whose release was cut off may or may not hold its devices.
    if (gone !== undefined) process.stdout.write(`- ${gone}\n`, () => manager.release(gone));
  }
}
