/**
 * What of a node agent has to do with devices, in a process of its own, to be killed: `agent-process.ts FOLDER`. Told which pods there are, it waits for their plugins,
 * allocates, and says what each container is started with.
 */
import type { DevicePlugin } from '../../../../extension-points/devices/contract.ts';
import { systemClock } from '../../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../../kernel/extension-point.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { createDeviceManager } from '../device-manager.ts';
import { askingPod } from './device-stage.ts';

/** One pod of one container. */
export interface WantedPod {
  readonly uid: string;
  readonly resource: string;
  readonly count: number;
}

/** What the container of a pod is started with; or, once for each resource, how long its devices were not usable after its plugin was back. */
export type AgentNews = { readonly uid: string; readonly ids: readonly string[] } | { readonly resource: string; readonly usableAfterMs: number };

const [directory = ''] = process.argv.slice(2);
const point = new ExtensionPoint<DevicePlugin>('devices');
const connectedAtMs = new Map<string, number>();
const waiters = new Map<string, PromiseWithResolvers<void>>();
const log = {
  ...silentLog,
  info: (text: string, details?: object) => void (text === 'device plugin connected' && noteConnected(details as { resource: string })),
};
const manager = createDeviceManager({ directory, point, clock: systemClock, log });
await manager.start({ activePods: () => [], podByName: () => undefined, wake: () => {}, appliesCdi: () => true });
manager.onChange(() => tellUsable());
process.on('message', ({ pods }: { readonly pods: readonly WantedPod[] }) => {
  manager.retain(new Set(pods.map(({ uid }) => uid)));
  for (const pod of pods) void run(pod);
});
process.on('disconnect', () => process.exit());

async function run({ uid, resource, count }: WantedPod): Promise<void> {
  const pod = askingPod(uid, count, resource);
  const known = manager.healthOf(uid, 'main');
  if (!known) {
    await usable(resource).promise;
    await manager.allocate(pod, new AbortController().signal);
  }
  const { environment } = await manager.forContainer(pod, pod.spec.containers[0]!);
  const ids = environment.find(({ name }) => name === 'FAKE_GPU_DEVICES')?.value.split(',') ?? [];
  process.send?.({ uid, ids } satisfies AgentNews);
}

function noteConnected({ resource }: { readonly resource: string }): void {
  connectedAtMs.set(resource, performance.now());
}

/** Resolved once devices of the resource can be had. */
function usable(resource: string): PromiseWithResolvers<void> {
  const waiter = waiters.get(resource) ?? Promise.withResolvers<void>();
  waiters.set(resource, waiter);
  return waiter;
}

function tellUsable(): void {
  const { allocatable } = manager.resources();
  for (const [resource, count] of Object.entries(allocatable)) if (Number(count) > 0) usable(resource).resolve();
  for (const [resource, sinceMs] of connectedAtMs)
    if (Number(allocatable[resource] ?? 0) > 0) {
      connectedAtMs.delete(resource);
      process.send?.({ resource, usableAfterMs: performance.now() - sinceMs } satisfies AgentNews);
    }
}
