import { readdir, rm } from 'node:fs/promises';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { isStaticPod } from '../directories.ts';
import { podUidLabel } from '../labels.ts';
import { rotateLog } from '../logs/rotation.ts';
import { type Availability, noPressure, type Pressure, type PressureThresholds, pressureOf, readAvailability } from '../node/pressure.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { PodServices } from '../pod/pod-services.ts';
import { removeFromRuntime } from '../pod/pod-stop.ts';
import { removeSurplus } from './dead-containers.ts';
import { diskEviction, hasDiskLimits, localStorageEviction, memoryEviction } from './eviction.ts';
import { ImageCollector } from './unused-images.ts';

export interface UpkeepDeps {
  readonly services: PodServices;
  readonly pods: PodManager;
  readonly clock: Clock;
  readonly log: Log;
  readonly thresholds: PressureThresholds;
  readonly onPressureChange: () => void;
}

const lookEveryMs = 10_000;
const collectEveryTurns = 6;
const collectImagesEveryTurns = 30;
/** A shortage must have passed for this long before it counts as over, so that conditions do not flap. */
const pressureLastsMs = 300_000;
/** After a pod was ended, give memory time to come back before the next one. */
const pauseAfterEvictionMs = 30_000;

/** What a real node needs done from time to time: logs rotated, leftovers removed, shortages noticed and answered. */
export class Upkeep implements AsyncDisposable {
  readonly #deps: UpkeepDeps;
  readonly #images: ImageCollector;
  readonly #lastShortMs = { memory: -Infinity, disk: -Infinity, pids: -Infinity };
  #pressure: Pressure = noPressure;
  #pausedUntilMs = 0;
  #timer: Disposable | undefined;
  #working: Promise<void> | undefined;
  #turns = 0;
  #isStopped = false;

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
    const { runtime } = deps.services;
    this.#images = new ImageCollector({ runtime, clock: deps.clock, log: deps.log, inUse: () => this.#imagesInUse() });
  }

  get pressure(): Pressure {
    return this.#pressure;
  }

  start(): void {
    this.#plan();
  }

  /** Stops and removes what runs under this agent's mark without a pod that wants it. */
  async removeOrphans(): Promise<void> {
    const { services, pods, log } = this.#deps;
    for (const uid of services.observations.uids())
      if (!pods.has(uid)) await this.removeOrphan(uid).catch((error: unknown) => log.warn('leftover pod not removed', { uid, error }));
    for (const uid of await services.cgroups.listPodUids()) if (!pods.has(uid)) await services.cgroups.remove(uid);
    for (const uid of await readdir(services.directories.pods).catch(() => [])) if (!pods.has(uid)) await this.#removeFolder(uid);
  }

  async removeOrphan(uid: string): Promise<void> {
    const { services, log } = this.#deps;
    const observed = services.observations.get(uid);
    log.info('removing a pod that is not wanted any more', { uid, name: observed.sandboxes[0]?.metadata.name });
    await Promise.all(observed.containers.filter(({ state }) => state !== 'exited').map(({ id }) => services.runtime.stopContainer(id, 1)));
    await removeFromRuntime(observed, services.runtime, services.directories);
    await services.observations.refresh(uid);
    const { namespace, name } = observed.sandboxes[0]?.metadata ?? {};
    if (name)
      await rm(services.directories.podLog({ metadata: { namespace: namespace!, name, uid }, spec: { containers: [] } }), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
    await this.#working;
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.after(lookEveryMs, () => {
      this.#working = this.#turn().finally(() => this.#plan());
    });
  }

  async #turn(): Promise<void> {
    this.#turns++;
    await this.#attempt('logs not rotated', () => this.#rotateLogs());
    await this.#attempt('shortages not looked for', () => this.#lookForShortages());
    if (this.#turns % collectEveryTurns === 0) await this.#attempt('leftovers not removed', () => this.#collect());
    if (this.#turns % collectImagesEveryTurns === 0) await this.#attempt('images not collected', () => this.#images.collect());
  }

  async #attempt(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      if (!this.#isStopped) await work();
    } catch (error) {
      this.#deps.log.warn(failure, { error });
    }
  }

  async #rotateLogs(): Promise<void> {
    const { runtime, observations } = this.#deps.services;
    for (const uid of observations.uids())
      for (const { state, logPath, id } of observations.get(uid).containers)
        if (state === 'running' && logPath)
          await rotateLog(logPath, id, runtime).catch((error: unknown) => this.#deps.log.warn('log not rotated', { logPath, error }));
  }

  async #collect(): Promise<void> {
    const { services, pods, log } = this.#deps;
    for (const uid of services.observations.uids())
      if (pods.has(uid)) await removeSurplus(services.observations.get(uid), services.runtime, services.directories, log);
    await this.removeOrphans();
  }

  async #removeFolder(uid: string): Promise<void> {
    await this.#deps.services.volumes.tearDown(uid);
    await rm(this.#deps.services.directories.pod(uid), { recursive: true, force: true });
  }

  async #lookForShortages(): Promise<void> {
    const { services, thresholds, clock } = this.#deps;
    const available = await readAvailability(services.directories.root);
    const short = pressureOf(available, thresholds);
    const nowMs = clock.now();
    for (const kind of ['memory', 'disk', 'pids'] as const) if (short[kind]) this.#lastShortMs[kind] = nowMs;
    const lasts = (kind: 'memory' | 'disk' | 'pids'): boolean => nowMs - this.#lastShortMs[kind] < pressureLastsMs;
    const before = this.#pressure;
    this.#pressure = { memory: lasts('memory'), disk: lasts('disk'), pids: lasts('pids') };
    if (before.memory !== this.#pressure.memory || before.disk !== this.#pressure.disk || before.pids !== this.#pressure.pids) this.#deps.onPressureChange();
    await this.#evict(short, available);
  }

  async #evict(short: Pressure, available: Availability): Promise<void> {
    const { services, pods, thresholds, clock } = this.#deps;
    const candidates = pods.activePods().filter((pod) => !isStaticPod(pod) && pod.metadata.deletionTimestamp === undefined);
    const limited = candidates.filter(hasDiskLimits);
    if (!short.memory && !short.disk && limited.length === 0) return;
    const stats = Map.groupBy(await services.runtime.listContainerStats(), ({ labels }) => labels[podUidLabel] ?? '');
    for (const pod of limited) {
      const eviction = await localStorageEviction(pod, stats, services.directories);
      if (eviction) pods.evict(eviction.uid, 'Evicted', eviction.message);
    }
    if (clock.now() < this.#pausedUntilMs) return;
    if (short.disk) await this.#images.collect();
    const diskText = `Threshold quantity: ${Math.floor(available.diskTotalBytes * thresholds.diskAvailable)}, available: ${Math.floor(available.diskBytes / 1024)}Ki. `;
    const eviction = short.memory
      ? memoryEviction(candidates, stats, { bytes: available.memoryBytes, thresholdBytes: thresholds.memoryAvailableBytes })
      : short.disk
        ? diskEviction(candidates, diskText)
        : undefined;
    if (!eviction) return;
    this.#pausedUntilMs = clock.now() + pauseAfterEvictionMs;
    pods.evict(eviction.uid, 'Evicted', eviction.message);
  }

  #imagesInUse(): ReadonlySet<string> {
    const { observations } = this.#deps.services;
    return new Set(observations.uids().flatMap((uid) => observations.get(uid).containers.flatMap(({ image, imageRef }) => [image, imageRef])));
  }
}
