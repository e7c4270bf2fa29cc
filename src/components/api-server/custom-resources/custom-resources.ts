import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../../api/generated/apiextensions-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { isNotFound } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { type NameRegistry, nameRegistryService } from '../../../extension-points/resources/custom-resource-definition/accepted-names.ts';
import {
  cleanupFinalizer,
  isEstablished,
  setTerminating,
  settleStatus,
  terminating,
  terminatingReason,
} from '../../../extension-points/resources/custom-resource-definition/conditions.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { type WorkOutcome, WorkQueue } from '../../../kernel/work-queue.ts';
import { commitObject } from '../operations/commit.ts';
import type { Machinery } from '../operations/context.ts';
import { deepEqual } from '../operations/deep-equal.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import type { StoreEvent } from '../store/contract.ts';
import { definitionsPrefix } from './name-registry.ts';
import { removeInstances, serverUser } from './remove-instances.ts';
import { createServiceResolver } from './resolve-service.ts';
import { ServedDefinitions } from './served-definitions.ts';

const definitions = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' } as const;
const lookAgainMs = 30_000;
/** How long upstream waits for objects to go before it says so. */
const patienceMs = 60_000;

/**
 * Serves what the stored CustomResourceDefinitions define. A definition takes effect within the commit that stores it, before its writer is answered. In the
 * background, definitions that wait for a name get it when it is free, and those that are being deleted lose their objects, then their finalizer.
 */
export class CustomResources implements AsyncDisposable {
  readonly #machinery: Machinery;
  readonly #served: ServedDefinitions;
  readonly #registry: NameRegistry;
  readonly #queue: WorkQueue;
  readonly #subscription: Disposable;
  /** Watches the objects of definitions that are being deleted, for the last one to go. */
  readonly #departures = new Map<string, Disposable>();

  constructor(machinery: Machinery, point: ExtensionPoint<ResourceDefinition>) {
    const { store, clock, log } = machinery;
    this.#machinery = machinery;
    this.#served = new ServedDefinitions(point, { resolveService: createServiceResolver(store) }, log);
    this.#registry = machinery.services.service<NameRegistry>(nameRegistryService);
    const onError = (definition: string, error: unknown): void => log.warn('a custom resource definition will be looked at again', { definition, error });
    this.#queue = new WorkQueue({ clock, workers: 4, onError, maximumDelayMs: 30_000 }, (name, signal) => this.#work(name, signal));
    const collection = store.collection(definitionsPrefix);
    for (const { key, object } of collection.list({}).items) this.#take(key.name, definitionOf(object));
    this.#subscription = collection.watch(store.revision, (events) => events.forEach((event) => this.#see(event)));
    this.#queue.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#queue[Symbol.asyncDispose]();
    for (const name of [...this.#departures.keys()]) this.#forget(name);
    this.#served[Symbol.dispose]();
  }

  #see({ type, stored, previous }: StoreEvent): void {
    const { name } = stored.key;
    this.#registry.release(name);
    if (type === 'deleted') {
      this.#served.drop(name);
      this.#forget(name);
    } else if (previous && isLeaving(definitionOf(previous.object)) && isLeaving(definitionOf(stored.object))) {
      // Its end is under way: what tells of it would call for more of the same for ever.
      this.#served.follow(name, definitionOf(stored.object));
    } else this.#take(name, definitionOf(stored.object));
    // Names may have come free.
    if (previous) this.#wakeWaiting(definitionOf(previous.object).spec.group);
  }

  #take(name: string, object: CustomResourceDefinition): void {
    this.#served.follow(name, object);
    if (isLeaving(object) || !this.#served.has(name)) this.#queue.add(name);
  }

  #wakeWaiting(group: string): void {
    for (const { key, object } of this.#machinery.store.collection(definitionsPrefix).list({}).items) {
      const definition = definitionOf(object);
      if (definition.spec.group === group && !hasItsNames(definition)) this.#queue.add(key.name);
    }
  }

  async #work(name: string, signal: AbortSignal): Promise<WorkOutcome | void> {
    const object = this.#machinery.store.collection(definitionsPrefix).get({ name })?.object;
    if (!object) return;
    const definition = definitionOf(object);
    if (isLeaving(definition)) return this.#remove(name, definition, signal);
    let isSettled = false;
    await this.#update(name, (draft) => {
      const { group } = definition.spec;
      settleStatus(draft, this.#registry.takenBesides(group, name), new Date(this.#machinery.clock.now()));
      // Others decide while this is being stored: it has its names from now on.
      this.#registry.reserve(group, name, draft.status?.acceptedNames as CustomResourceDefinitionNames);
      isSettled = hasItsNames(draft as unknown as CustomResourceDefinition);
    });
    // What it waits for may go without any definition telling.
    return isSettled ? undefined : { requeueAfterMs: lookAgainMs };
  }

  /** Removes the objects of a definition, then its finalizer, with conditions that tell how far this is (upstream's finalizing controller). */
  async #remove(name: string, definition: CustomResourceDefinition, signal: AbortSignal): Promise<WorkOutcome | void> {
    if (!isEstablished(definition)) return this.#release(name, terminating.neverEstablished);
    const served = this.#machinery.resources.storageOf({ group: definition.spec.group, resource: definition.spec.names.plural });
    if (!served || !this.#served.has(name)) throw new Error('the resource is not served');
    const reason = terminatingReason(definition);
    if (reason !== terminating.inProgress.reason && reason !== terminating.waiting.reason) await this.#stage(name, terminating.inProgress);
    let left: number;
    try {
      left = await removeInstances(this.#machinery, served, signal);
    } catch (error) {
      if (!signal.aborted) await this.#stage(name, terminating.failed(error instanceof Error ? error.message : String(error)));
      throw error;
    }
    if (left === 0) return this.#release(name, terminating.completed);
    this.#awaitDeparture(name, served.prefix);
    const sinceMs = this.#machinery.clock.now() - Date.parse(definition.metadata.deletionTimestamp ?? '');
    if (sinceMs >= patienceMs) await this.#stage(name, terminating.waiting);
    return { requeueAfterMs: Math.max(patienceMs - sinceMs, patienceMs / 2) };
  }

  /** Comes back as soon as the last object has gone, whoever takes its finalizers off. */
  #awaitDeparture(name: string, prefix: string): void {
    if (this.#departures.has(name)) return;
    const collection = this.#machinery.store.collection(prefix);
    const watch = collection.watch(this.#machinery.store.revision, () => {
      if (collection.size === 0) this.#queue.add(name);
    });
    this.#departures.set(name, watch);
    if (collection.size === 0) this.#queue.add(name);
  }

  #forget(name: string): void {
    this.#departures.get(name)?.[Symbol.dispose]();
    this.#departures.delete(name);
  }

  #stage(name: string, stage: Parameters<typeof setTerminating>[1]): Promise<void> {
    return this.#update(name, (draft) => setTerminating(draft, stage, new Date(this.#machinery.clock.now())));
  }

  /** Stores what a change makes of a definition; writes nothing when that is what there is. */
  async #update(name: string, change: (draft: Draft<CustomResourceDefinition>) => void): Promise<void> {
    const object = this.#machinery.store.collection(definitionsPrefix).get({ name })?.object;
    if (!object) return;
    const wanted = mutableCopy(object);
    change(wanted as unknown as Draft<CustomResourceDefinition>);
    if (deepEqual(wanted, object)) return;
    await this.#machinery.services
      .update(definitions, { name }, (draft) => change(draft as unknown as Draft<CustomResourceDefinition>), this.#context(name))
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }

  /** Takes the finalizer off, and the definition out when no other finalizer holds it. */
  async #release(name: string, stage: Parameters<typeof setTerminating>[1]): Promise<void> {
    const { store, resources } = this.#machinery;
    const stored = store.collection(definitionsPrefix).get({ name });
    const served = resources.storageOf(definitions);
    if (!stored) return;
    if (!served) throw new Error('custom resource definitions are not served');
    const draft = mutableCopy(stored.object);
    const finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
    setTerminating(draft as unknown as Draft<CustomResourceDefinition>, stage, new Date(this.#machinery.clock.now()));
    if (finalizers.length > 0) draft.metadata.finalizers = finalizers;
    const write = { key: { name }, expectedRevision: stored.revision, ...(finalizers.length > 0 ? { draft } : {}) };
    const outcome = await commitObject(this.#machinery, served, write);
    if (outcome.kind === 'conflict') this.#queue.add(name);
  }

  #context(name: string): WriteContext {
    return { operation: 'UPDATE', user: serverUser, nowMs: this.#machinery.clock.now(), dryRun: false, version: 'v1', subresource: 'status', key: { name } };
  }
}

const definitionOf = (object: UntypedObject): CustomResourceDefinition => object as unknown as CustomResourceDefinition;

const isLeaving = ({ metadata }: CustomResourceDefinition): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(cleanupFinalizer) === true;

const hasItsNames = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'NamesAccepted' && is === 'True') ?? false;
