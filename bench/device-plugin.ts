/** A plugin of 4,096 devices in a process of its own: `device-plugin.ts FOLDER`. Told `flip`, it changes the health of one device a thousand times a second for three seconds, leaves three unhealthy, and says so. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { serveDevicePlugin } from '../src/extension-points/devices/serve.ts';
import { createFakeGpu } from '../src/extensions/devices/fake-gpu/fake-gpu.ts';

const [kubeletDirectory = ''] = process.argv.slice(2);
const gpu = createFakeGpu({ resourceName: 'example.com/many', count: 4_096 });
const served = await serveDevicePlugin(gpu, { kubeletDirectory });
process.on('message', (message) => void (message === 'flip' ? flip() : end()));

async function flip(): Promise<void> {
  const started = performance.now();
  for (let flips = 0; performance.now() - started < 3_000; await sleep(1))
    for (; flips < performance.now() - started; flips++) {
      gpu.setFaults(flips % 2 === 0 ? { unhealthy: [`gpu-${flips % 4_096}`] } : {});
      await turn(); // each goes out as a list of its own
    }
  gpu.setFaults({ unhealthy: ['gpu-1', 'gpu-2', 'gpu-3'] });
  process.send?.('flipped');
}

async function end(): Promise<void> {
  await served[Symbol.asyncDispose]();
  process.disconnect?.();
}
