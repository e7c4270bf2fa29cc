import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container, Pod } from '../../../../api/generated/core-v1.ts';
import { resourceclaims } from '../../../../api/generated/resource-types.ts';
import type { ResourceClaim } from '../../../../api/generated/resource-v1.ts';
import { FakeClient } from '../../../../client/testing/fake-client.ts';
import { driverServices, healthService } from '../../../../extension-points/devices/dynamic/contract.ts';
import { type Clock, systemClock } from '../../../../kernel/clock.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { testContainer, testPod } from '../../testing/pods.ts';
import type { ClaimRecord } from '../claim-record.ts';
import type { DynamicResources } from '../contract.ts';
import { createDynamicResources } from '../dynamic-resources.ts';
import { readStateText } from '../state-text.ts';
import { FakeDriver, type FakeDriverOptions } from './fake-driver.ts';

export const driverName = 'gpu.example.com';

/** A node's folder, its API, its drivers, and the agents' parts for dynamic resources on it one after the other. */
export class ClaimStage implements AsyncDisposable {
  readonly directory: string;
  readonly client: FakeClient;
  readonly clock: Clock;
  readonly woken: string[] = [];
  /** The pods the agent looks after. */
  readonly podUids = new Set<string>();
  readonly #drivers: FakeDriver[] = [];
  #resources: DynamicResources | undefined;

  private constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.clock = clock;
    this.client = new FakeClient({ clock });
  }

  static async open(clock: Clock = systemClock): Promise<ClaimStage> {
    const stage = new ClaimStage(await mkdtemp(join(tmpdir(), 'wdr-')), clock);
    await stage.start();
    return stage;
  }

  get resources(): DynamicResources {
    return this.#resources!;
  }

  async start(callTimeoutMs = 10_000): Promise<DynamicResources> {
    const { client, directory, clock } = this;
    this.#resources = createDynamicResources({
      client,
      nodeName: 'node-1',
      directory,
      cdiDirectories: [join(directory, 'cdi')],
      callTimeoutMs,
      clock,
      log: silentLog,
    });
    await this.#resources.start({ podUids: () => this.podUids, wake: (uid) => void this.woken.push(uid), appliesCdi: () => true });
    return this.#resources;
  }

  async stop(): Promise<void> {
    await this.#resources?.[Symbol.asyncDispose]();
    this.#resources = undefined;
  }

  /** A driver that runs; not registered yet. */
  async driver(name: string = driverName, options: FakeDriverOptions & { readonly socket?: string } = {}): Promise<FakeDriver> {
    const driver = await new FakeDriver(join(this.directory, 'plugins', name, options.socket ?? 'dra.sock'), options).start();
    this.#drivers.push(driver);
    return driver;
  }

  /** As the plugin watcher does when it has found the driver's socket. */
  register(driver: FakeDriver, name: string = driverName, services: readonly string[] = [...driverServices, healthService]): Promise<Disposable> {
    return this.resources.pluginHandler.register(name, driver.endpoint, services);
  }

  /** A claim that was allocated a device of each driver, and is reserved for pods by uid. */
  async claim(
    name: string,
    podUids: readonly string[],
    drivers: readonly string[] = [driverName],
    change: Partial<ResourceClaim> = {},
  ): Promise<ResourceClaim> {
    const results = drivers.map((driver) => ({ request: 'gpu', driver, pool: 'pool', device: `gpu-of-${name}` }));
    return this.client.create(resourceclaims, {
      metadata: { name, namespace: 'default', ...change.metadata },
      spec: {},
      status: { allocation: { devices: { results } }, reservedFor: podUids.map((uid) => ({ resource: 'pods', name: uid, uid })), ...change.status },
    });
  }

  prepare(pod: Pod, signal = new AbortController().signal): Promise<void> {
    this.podUids.add(pod.metadata.uid!);
    return this.resources.prepare(pod, signal);
  }

  async end(pod: Pod): Promise<void> {
    await this.resources.unprepare(pod.metadata.uid!);
    this.podUids.delete(pod.metadata.uid!);
  }

  async cdiOf(pod: Pod, container: Container = pod.spec.containers[0]!): Promise<readonly string[]> {
    return (await this.resources.forContainer(pod, container)).cdiDevices;
  }

  get stateFile(): string {
    return join(this.directory, 'dra_manager_state');
  }

  /** What an agent that is started now would find. */
  async recorded(): Promise<readonly ClaimRecord[]> {
    return readStateText(await readFile(this.stateFile, 'utf8'));
  }

  /** The same in short: each claim with its pods. */
  async recordedText(): Promise<string> {
    return (await this.recorded()).map(({ name, podUids }) => `${name}: ${[...podUids].sort().join(' ')}`).join(', ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const driver of this.#drivers) await driver.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A pod whose only container uses all of some claims. */
export function claimingPod(uid: string, ...claims: readonly string[]): Pod {
  const container = testContainer('main', { resources: { claims: claims.map((name) => ({ name: `pod-${name}` })) } });
  const resourceClaims = claims.map((name) => ({ name: `pod-${name}`, resourceClaimName: name }));
  return testPod({ containers: [container], resourceClaims }, { uid, name: uid });
}
