import { isDeepStrictEqual } from 'node:util';
import { nodes, resourceslices } from '../../../api/generated/resource-types.ts';
import type { ResourceSlice } from '../../../api/generated/resource-v1.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { DevicePool } from './contract.ts';
import { type SliceContent, slicesOfPool, withTaintTimes } from './slices-of-pool.ts';

export interface SlicePublisherOptions {
  readonly driver: string;
  readonly nodeName: string;
  readonly client: Pick<Client, 'get' | 'list' | 'watch' | 'create' | 'replace' | 'delete'>;
  readonly clock: Clock;
  readonly log: Log;
}

const retryMs = 1_000;
/** Changes by others are answered a little later, so that two who disagree do not keep the server busy. */
const repairAfterMs = 1_000;

/**
 * Keeps the ResourceSlices of a driver on one node as the driver says. A change that takes more than one write raises the pool's generation, so that the scheduler knows
 * when it sees all of it. Slices stay when the publisher ends: the node agent removes them when no driver comes again.
 */
export class SlicePublisher implements AsyncDisposable {
  readonly #options: SlicePublisherOptions;
  readonly #closing = new AbortController();
  #pools: readonly DevicePool[] | undefined;
  #watching: Promise<void> | undefined;
  #working: Promise<void> | undefined;
  #isDue = false;
  #timer: Disposable | undefined;
  #waiting: PromiseWithResolvers<void>[] = [];
  /** The pools as they were last published, with the versions of the slices that came of it. */
  readonly #published = new Map<string, { readonly pool: DevicePool; readonly versions: readonly string[] }>();

  constructor(options: SlicePublisherOptions) {
    this.#options = options;
  }

  /** Says what there is from now on. Resolves when it is published; rejects when the publisher ends before. */
  publish(pools: readonly DevicePool[]): Promise<void> {
    this.#pools = structuredClone(pools) as readonly DevicePool[];
    this.#watching ??= this.#watch();
    const waiting = Promise.withResolvers<void>();
    waiting.promise.catch(() => {}); // whoever does not ask need not hear
    this.#waiting.push(waiting);
    this.#look();
    return waiting.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the driver was stopped'));
    this.#timer?.[Symbol.dispose]();
    await this.#working;
    await this.#watching;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closing.signal.reason);
  }

  #look(): void {
    this.#isDue = true;
    this.#working ??= this.#lookUntilDone();
  }

  async #lookUntilDone(): Promise<void> {
    await Promise.resolve();
    while (this.#isDue && !this.#closing.signal.aborted) {
      this.#isDue = false;
      const waiting = this.#waiting.splice(0);
      try {
        await this.#reconcile(this.#pools ?? []);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        this.#waiting.push(...waiting);
        if (!this.#closing.signal.aborted) this.#options.log.warn('devices not published; trying again', { driver: this.#options.driver, error });
        this.#lookIn(retryMs);
        break;
      }
    }
    this.#working = undefined;
    if (this.#isDue && this.#waiting.length === 0) this.#look();
  }

  #lookIn(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    if (!this.#closing.signal.aborted) this.#timer = this.#options.clock.after(delayMs, () => this.#look());
  }

  get #selector(): string {
    return `spec.driver=${this.#options.driver},spec.nodeName=${this.#options.nodeName}`;
  }

  /** Whatever others do to the slices is put right. */
  async #watch(): Promise<void> {
    const { client, clock, log } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for await (const _change of client.watch(resourceslices, { fieldSelector: this.#selector, signal })) this.#lookIn(repairAfterMs);
      } catch (error) {
        if (!signal.aborted) log.debug('ResourceSlices not watched; trying again', { driver: this.#options.driver, error });
      }
      await clock.sleep(retryMs, signal).catch(() => {}); // told to stop
    }
  }

  async #reconcile(pools: readonly DevicePool[]): Promise<void> {
    const { items } = await this.#options.client.list(resourceslices, { fieldSelector: this.#selector });
    const found = Map.groupBy(items, ({ spec }) => spec.pool.name);
    for (const [name, slices] of found) if (!pools.some((pool) => pool.name === name)) await this.#remove(slices);
    for (const pool of pools) await this.#reconcilePool(pool, found.get(pool.name) ?? []);
  }

  async #reconcilePool(pool: DevicePool, found: readonly ResourceSlice[]): Promise<void> {
    const published = this.#published.get(pool.name);
    if (published && isDeepStrictEqual(published.pool, pool) && isDeepStrictEqual(published.versions, versionsOf(found))) return;
    this.#published.delete(pool.name);
    const wanted = slicesOfPool(pool);
    const { current, obsolete, generation } = matched(found, wanted.length);
    const changed = new Set([...current].filter(([index, slice]) => !isSame(slice, wanted[index]!, wanted.length)).map(([index]) => index));
    const isNewGeneration = current.size < wanted.length || changed.size > 1;
    const poolSpec = { name: pool.name, generation: isNewGeneration ? generation + 1 : generation, resourceSliceCount: wanted.length };
    // First, so that devices that are gone are not given to anyone even if the rest fails.
    await this.#remove(obsolete);
    const written: ResourceSlice[] = [];
    for (const [index, content] of wanted.entries()) {
      const slice = current.get(index);
      if (slice && !isNewGeneration && !changed.has(index)) written.push(slice);
      else written.push(slice ? await this.#update(slice, content, poolSpec) : await this.#create(index, content, poolSpec));
    }
    this.#published.set(pool.name, { pool, versions: versionsOf(written) });
  }

  #update(slice: ResourceSlice, content: SliceContent, pool: ResourceSlice['spec']['pool']): Promise<ResourceSlice> {
    const { devices: _devices, sharedCounters: _counters, ...rest } = slice.spec;
    const devices = content.devices ? { devices: withTaintTimes(content.devices, slice.spec.devices) } : {};
    return this.#options.client.replace(resourceslices, { ...slice, spec: { ...rest, ...content, ...devices, pool } });
  }

  async #create(index: number, content: SliceContent, pool: ResourceSlice['spec']['pool']): Promise<ResourceSlice> {
    const { client, driver, nodeName } = this.#options;
    const { metadata } = await client.get(nodes, { name: nodeName });
    return client.create(resourceslices, {
      metadata: {
        // Schedulers take the slices of a pool by name, so the order of devices is the driver's.
        generateName: `${indexText(index)}-${driver}-${nodeName}-`,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: metadata.uid!, controller: true }],
      },
      spec: { driver, nodeName, pool, ...content },
    });
  }

  async #remove(slices: readonly ResourceSlice[]): Promise<void> {
    for (const { metadata } of slices)
      await this.#options.client.delete(resourceslices, { name: metadata.name! }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}

const indexText = (index: number): string => index.toString(16).padStart(5, '0');
const versionsOf = (slices: readonly ResourceSlice[]): readonly string[] => slices.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).sort();

/** Which slice stands for which part of the pool; those of older generations, and others, stand for none. */
function matched(found: readonly ResourceSlice[], count: number): { current: Map<number, ResourceSlice>; obsolete: ResourceSlice[]; generation: number } {
  const generation = Math.max(0, ...found.map(({ spec }) => spec.pool.generation));
  const current = new Map<number, ResourceSlice>();
  const obsolete: ResourceSlice[] = [];
  for (const slice of found) {
    const index = Number.parseInt(/^([0-9a-f]{5,})-/.exec(slice.metadata.name ?? '')?.[1] ?? '', 16);
    if (slice.spec.pool.generation === generation && index < count && !current.has(index)) current.set(index, slice);
    else obsolete.push(slice);
  }
  return { current, obsolete, generation };
}

function isSame({ spec }: ResourceSlice, content: SliceContent, count: number): boolean {
  return (
    spec.pool.resourceSliceCount === count &&
    isDeepStrictEqual(spec.devices ?? [], withTaintTimes(content.devices ?? [], spec.devices)) &&
    isDeepStrictEqual(spec.sharedCounters ?? [], content.sharedCounters ?? [])
  );
}
