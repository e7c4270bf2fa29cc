import { builtInSchemas, kindSchema } from '../../src/api/built-in-schemas.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as resourceTypes from '../../src/api/generated/resource-types.ts';
import { deepFreeze, type KubernetesObject, keyOf, type ObjectKey } from '../../src/api/object.ts';
import { groupResource, type ResourceType } from '../../src/api/resource-type.ts';
import { notFound } from '../../src/api/status.ts';
import { applyStrategicMergePatch } from '../../src/api/strategic-merge-patch.ts';
import type { Client, Patch } from '../../src/client/client.ts';
import type { Informer, InformerHandler, Informers } from '../../src/client/informer.ts';
import { ObjectIndex } from '../../src/client/object-index.ts';

/**
 * A cluster that costs next to nothing, so that what is measured on it is the scheduler: informers fed by hand, and a client that answers at once what a scheduler
 * asks for (bindings, patches of statuses, deletions). What the client changed reaches the informers in a later turn, as watch events do.
 */
export class MemoryCluster {
  readonly #informers = new Map<string, MemoryInformer<KubernetesObject>>();
  readonly #boundPods = new Set<(pod: Pod) => void>();
  #echoes: (() => void)[] = [];
  #revision = 0;
  deletedPods = 0;
  patches = 0;

  readonly informers: Informers = {
    informer: (type) => this.informer(type),
    synced: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };

  /** Knows no more calls than a scheduler and its plugins make. */
  readonly client = {
    createSubresource: async (type: ResourceType, key: ObjectKey, subresource: string, body: { target?: { name: string } }) => {
      if (type !== resourceTypes.pods || subresource !== 'binding') throw new Error(`nobody answers ${type.resource}/${subresource}`);
      this.#bind(key, body.target!.name);
      return undefined;
    },
    patch: async (type: ResourceType, key: ObjectKey, patch: Patch) => this.#patch(type, key, patch),
    delete: async (type: ResourceType, key: ObjectKey) => this.#delete(type, key),
  } as unknown as Client;

  informer<T extends KubernetesObject>(type: ResourceType<T>): MemoryInformer<T> {
    const name = groupResource(type);
    const informer = this.#informers.get(name) ?? new MemoryInformer<KubernetesObject>();
    this.#informers.set(name, informer);
    return informer as unknown as MemoryInformer<T>;
  }

  /** Puts an object as a server would have stored it and tells of it at once. */
  put<T extends KubernetesObject>(type: ResourceType<T>, object: T): void {
    this.informer(type).put(deepFreeze(this.#stored(object)));
  }

  /** Called when a pod's binding is answered, before the informers hear of it. */
  onBound(handler: (pod: Pod) => void): void {
    this.#boundPods.add(handler);
  }

  #bind(key: ObjectKey, nodeName: string): void {
    const pods = this.informer(resourceTypes.pods);
    const pod = pods.get(key);
    if (!pod) throw notFound(resourceTypes.pods, key.name);
    const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const bound: Pod = {
      ...pod,
      metadata: { ...pod.metadata, resourceVersion: this.#nextRevision() },
      spec: { ...pod.spec!, nodeName },
      status: { ...pod.status, conditions },
    };
    for (const handler of this.#boundPods) handler(bound);
    this.#echo(() => pods.put(bound));
  }

  #patch(type: ResourceType, key: ObjectKey, { body }: Patch): KubernetesObject {
    this.patches++;
    const current = this.informer(type).get(key);
    if (!current) throw notFound(type, key.name);
    const patched = applyStrategicMergePatch(structuredClone(current), structuredClone(body), kindSchema(type)!, builtInSchemas) as KubernetesObject;
    const stored = { ...patched, metadata: { ...patched.metadata, resourceVersion: this.#nextRevision() } };
    this.#echo(() => this.informer(type).put(stored));
    return stored;
  }

  #delete(type: ResourceType, key: ObjectKey): KubernetesObject {
    const current = this.informer(type).get(key);
    if (!current) throw notFound(type, key.name);
    if (type === resourceTypes.pods) this.deletedPods++;
    this.#echo(() => this.informer(type).remove(key));
    return current;
  }

  #echo(change: () => void): void {
    if (this.#echoes.length === 0) setImmediate(() => this.#flush());
    this.#echoes.push(change);
  }

  #flush(): void {
    const echoes = this.#echoes;
    this.#echoes = [];
    for (const echo of echoes) echo();
  }

  #stored<T extends KubernetesObject>(object: T): T {
    const metadata = { ...object.metadata, uid: `uid-${this.#revision}`, resourceVersion: this.#nextRevision(), creationTimestamp: '2026-01-01T00:00:00Z' };
    return { ...object, metadata };
  }

  #nextRevision(): string {
    return String(++this.#revision);
  }
}

/** A view that is told what to hold. */
class MemoryInformer<T extends KubernetesObject> implements Informer<T> {
  readonly #objects = new ObjectIndex<T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly hasSynced = true;

  async synced(): Promise<void> {}

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): readonly T[] {
    return this.#objects.list(namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#objects.byIndex(index, value);
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    this.#objects.addIndex(name, valuesOf);
  }

  onChange(handler: InformerHandler<T>): Disposable {
    this.#handlers.add(handler);
    for (const object of this.#objects.list()) handler.added?.(object, true);
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) };
  }

  put(object: T): void {
    const old = this.#objects.get(keyOf(object));
    this.#objects.set(object, old);
    for (const handler of this.#handlers) {
      if (old) handler.updated?.(object, old);
      else handler.added?.(object, false);
    }
  }

  remove(key: ObjectKey): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(old);
    for (const handler of this.#handlers) handler.deleted?.(old);
  }
}
