import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Pod } from '../src/api/generated/core-v1.ts';
import type { DeviceManager } from '../src/components/node-agent/devices/contract.ts';
import { createDeviceManager } from '../src/components/node-agent/devices/device-manager.ts';
import { playKillRounds } from '../src/components/node-agent/devices/testing/kill-rounds.ts';
import type { DevicePlugin } from '../src/extension-points/devices/contract.ts';
import { connectDevicePlugin } from '../src/extension-points/devices/device-plugin.ts';
import { serveDevicePlugin } from '../src/extension-points/devices/serve.ts';
import { createFakeGpu } from '../src/extensions/devices/fake-gpu/fake-gpu.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { ExtensionPoint } from '../src/kernel/extension-point.ts';
import { silentLog } from '../src/kernel/log.ts';
import type { Measurement, Row } from './row.ts';
import { median } from './row.ts';

const parts: Readonly<Record<string, (directory: string) => Promise<readonly Measurement[]>>> = {
  'device-allocate': async (directory) => [await measureAllocate(directory)],
  'device-flips': measureFlips,
  'device-kills': measureKills,
};

/** What the device manager adds to a plugin's own calls, how it bears a plugin that never rests, and whether assignments survive the agent's sudden end. */
export const createRow = (): Row => ({
  name: 'devices',
  title: 'devices',
  parts: Object.keys(parts),
  async measure(wanted) {
    const measured: Measurement[] = [];
    for (const [name, measure] of Object.entries(parts)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const directory = mkdtempSync(join(tmpdir(), 'wv-'));
      try {
        measured.push(...(await measure(directory)));
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }
    return measured;
  },
});

async function startManager(directory: string): Promise<DeviceManager> {
  const point = new ExtensionPoint<DevicePlugin>('devices');
  const manager = createDeviceManager({ directory, point, clock: systemClock, log: silentLog });
  await manager.start({ activePods: () => [], podByName: () => undefined, wake: () => {}, appliesCdi: () => true });
  return manager;
}

async function measureAllocate(directory: string): Promise<Measurement> {
  await using manager = await startManager(directory);
  // Without wishes: admission is then one call of the plugin.
  const { preferredAllocation: _, preStartContainer: __, ...plugin } = createFakeGpu({ count: 600 });
  await using served = await serveDevicePlugin(plugin, { kubeletDirectory: directory });
  await until(manager, 'example.com/gpu', '600/600');
  using direct = await connectDevicePlugin('example.com/gpu', served.socketPath);
  const { signal } = new AbortController();
  const [values, floors]: [number[], number[]] = [[], []];
  for (let index = 0; index < 300; index++) {
    floors.push(await timed(() => direct.allocate([`gpu-${index}`])));
    values.push(await timed(() => manager.allocate(podOf(index), signal)));
  }
  const [value, floor] = [median(values), median(floors)];
  const target = "under 1 ms more than the plugin's own call";
  return { row: 'a pod is given a device', value, unit: 'ms', floor, ratio: value / floor, target, met: value - floor < 1 };
}

async function measureFlips(directory: string): Promise<Measurement[]> {
  await using manager = await startManager(directory);
  const plugin = fork(join(import.meta.dirname, 'device-plugin.ts'), [directory]);
  await until(manager, 'example.com/many', '4096/4096');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  // The floor is the same process with nothing to do.
  delay.enable();
  await systemClock.sleep(1_000);
  const idleMs = delay.percentile(99) / 1e6;
  delay.reset();
  plugin.send('flip');
  await once(plugin, 'message');
  const shownMs = await timed(() => until(manager, 'example.com/many', '4093/4096'));
  const busyMs = delay.percentile(99) / 1e6;
  const ended = once(plugin, 'exit');
  plugin.send('end');
  await ended;
  return [
    {
      row: '1,000 health flips/s of 4,096 devices: shown after',
      ...{ value: shownMs, unit: 'ms', floor: 1_000, ratio: shownMs / 1_000, target: 'within 1 s', met: shownMs < 1_000 },
    },
    {
      row: '… event loop delay, p99',
      ...{ value: busyMs, unit: 'ms', floor: idleMs, ratio: busyMs / idleMs, target: 'under 20 ms', met: busyMs < 20 },
    },
  ];
}

/** Counts have no floor; that of the times is the second that is allowed. */
async function measureKills(): Promise<Measurement[]> {
  const kills = 100;
  const { seen, lost, doubled, allStartedMs, usableAfterMs } = await playKillRounds({ plugins: 64, pods: 500, kills, random: Math.random });
  for (const line of [...lost, ...doubled]) process.stderr.write(`${line}\n`);
  const count = (row: string, value: number): Measurement => ({
    ...{ row, value, unit: `of ${seen.toLocaleString('en')}`, floor: 0, ratio: value },
    ...{ target: 'none', met: value === 0 },
  });
  return [
    count('64 plugins, 500 pods at once: devices given twice', doubled.length),
    count(`… assignments lost by ${kills} kill -9 of the agent`, lost.length),
    {
      ...{ row: '… all started after', value: allStartedMs, unit: 'ms', floor: 1_000, ratio: allStartedMs / 1_000 },
      ...{ target: 'all of them', met: true },
    },
    {
      row: "agent restart: devices usable after the plugin's return",
      ...{ value: usableAfterMs, unit: 'ms', floor: 1_000, ratio: usableAfterMs / 1_000, target: 'within 1 s', met: usableAfterMs < 1_000 },
    },
  ];
}

function podOf(index: number): Pod {
  const limits = { 'example.com/gpu': '1' };
  const metadata = { name: `pod-${index}`, namespace: 'default', uid: `uid-${index}` };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'main', image: 'busybox', resources: { limits } }] } };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function until(manager: DeviceManager, resource: string, want: string): Promise<void> {
  for (;;) {
    const { capacity, allocatable } = manager.resources();
    if (`${allocatable[resource]}/${capacity[resource]}` === want) return;
    await systemClock.sleep(5);
  }
}
