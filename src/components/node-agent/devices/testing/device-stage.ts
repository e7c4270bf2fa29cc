import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container, Pod } from '../../../../api/generated/core-v1.ts';
import type { DevicePlugin } from '../../../../extension-points/devices/contract.ts';
import { type Clock, systemClock } from '../../../../kernel/clock.ts';
import { ExtensionPoint } from '../../../../kernel/extension-point.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { testContainer, testPod } from '../../testing/pods.ts';
import type { DeviceManager } from '../contract.ts';
import { createDeviceManager } from '../device-manager.ts';

/** A node's folder for plugins, and managers on it one after the other. */
export class DeviceStage implements AsyncDisposable {
  readonly directory: string;
  readonly clock: Clock;
  readonly pods = new Map<string, Pod>();
  readonly woken: string[] = [];
  #point = new ExtensionPoint<DevicePlugin>('devices');
  #manager: DeviceManager | undefined;

  private constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.clock = clock;
  }

  static async open(clock: Clock = systemClock): Promise<DeviceStage> {
    // Paths of sockets are 107 bytes long at most.
    return new DeviceStage(await mkdtemp(join(tmpdir(), 'wd-')), clock);
  }

  get manager(): DeviceManager {
    return this.#manager!;
  }
  get deviceDirectory(): string {
    return join(this.directory, 'device-plugins');
  }
  get kubeletSocket(): string {
    return join(this.deviceDirectory, 'kubelet.sock');
  }

  async start(...plugins: readonly DevicePlugin[]): Promise<DeviceManager> {
    this.#point = new ExtensionPoint<DevicePlugin>('devices');
    for (const [index, implementation] of plugins.entries()) this.#point.add({ name: `plugin ${index}`, origin: 'test', implementation });
    this.#manager = createDeviceManager({
      directory: this.directory,
      point: this.#point,
      cdiDirectories: [join(this.directory, 'cdi')],
      clock: this.clock,
      log: silentLog,
    });
    await this.#manager.start({
      activePods: () => [...this.pods.values()],
      podByName: (namespace, name) => [...this.pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
      wake: (uid) => void this.woken.push(uid),
      appliesCdi: () => false,
    });
    return this.#manager;
  }

  /** Ends the manager as a stop of the agent does. Its memory is gone either way; what counts is the checkpoint. */
  async stop(): Promise<void> {
    await this.#manager?.[Symbol.asyncDispose]();
    this.#manager = undefined;
  }

  /** Admits a pod. */
  async admit(pod: Pod): Promise<void> {
    this.pods.set(pod.metadata.uid!, pod);
    await this.manager.allocate(pod, new AbortController().signal);
  }

  /** The device ids that a container got, as fake GPUs tell it. */
  async idsOf(pod: Pod, container: Container = pod.spec.containers[0]!): Promise<string[]> {
    const { environment } = await this.manager.forContainer(pod, container);
    return environment.find(({ name }) => name === 'FAKE_GPU_DEVICES')?.value.split(',') ?? [];
  }

  amounts(resource = 'example.com/gpu'): string {
    const { capacity, allocatable } = this.manager.resources();
    return `${allocatable[resource] ?? '-'}/${capacity[resource] ?? '-'}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A container that asks for devices. */
export const askingContainer = (name: string, limits: Record<string, string>, container: Partial<Container> = {}): Container =>
  testContainer(name, { resources: { limits, requests: limits }, ...container });

/** A pod of one container that asks for devices. */
export const askingPod = (uid: string, count: number, resource = 'example.com/gpu'): Pod =>
  testPod({ containers: [askingContainer('main', { [resource]: String(count) })] }, { uid, name: uid });

/** Tries until a check stops throwing; rethrows its last error when it never does. */
export async function until(check: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries > 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
