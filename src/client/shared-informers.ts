import { setImmediate as nextTurn } from 'node:timers/promises';
import { type KubernetesObject, keyOf, keyText, type ObjectKey } from '../api/object.ts';
import { groupResource, type ResourceType } from '../api/resource-type.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client, WatchEvent } from './client.ts';
import type { Informer, InformerHandler, InformerOptions, Informers } from './informer.ts';
import { ObjectIndex } from './object-index.ts';
import { type ReflectorOptions, type ReflectorTarget, reflect } from './reflector.ts';

export interface InformersOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** Informers shared by all who ask for the same resource and selection. They hold the client's own objects, never copies. */
export function createInformers(options: InformersOptions): Informers {
  const informers = new Map<string, SharedInformer<KubernetesObject>>();
  const abort = new AbortController();
  return {
    informer<T extends KubernetesObject>(type: ResourceType<T>, asked: InformerOptions = {}): Informer<T> {
      const { mayBeMissing = false, ...selection } = asked;
      const key = JSON.stringify([type.group, type.version, type.resource, selection.namespace, selection.fieldSelector, selection.labelSelector]);
      let informer = informers.get(key);
      if (!informer) {
        informer = new SharedInformer<T>(type, options.log) as unknown as SharedInformer<KubernetesObject>;
        informers.set(key, informer);
        informer.start({ ...options, type, selection, mayBeMissing, signal: abort.signal });
      }
      return informer as unknown as Informer<T>;
    },
    async synced(): Promise<void> {
      await Promise.all([...informers.values()].map((informer) => informer.synced()));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort(new Error('informers stopped'));
      await Promise.all([...informers.values()].map((informer) => informer.stopped));
    },
  };
}

// Handlers of a long first list run in turns of this many objects, so that requests are answered in between.
const objectsPerTurn = 500;

class SharedInformer<T extends KubernetesObject> implements Informer<T>, ReflectorTarget<T> {
  readonly #objects = new ObjectIndex<T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #synced = Promise.withResolvers<void>();
  readonly #resource: string;
  readonly #log: Log;
  hasSynced = false;
  stopped: Promise<void> = Promise.resolve();

  constructor(type: ResourceType<T>, log: Log) {
    this.#resource = groupResource(type);
    this.#log = log;
    this.#synced.promise.catch(() => undefined); // nobody may be waiting when it is stopped early
  }

  start(options: ReflectorOptions<T>): void {
    this.stopped = reflect(this, options).finally(() => {
      if (!this.hasSynced) this.#synced.reject(new Error(`the informer of ${this.#resource} was stopped before it had synced`));
    });
  }

  synced(): Promise<void> {
    return this.#synced.promise;
  }

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
    const own = { ...bound(handler) }; // the same handler may be added twice
    this.#handlers.add(own);
    for (const object of this.#objects.list()) this.#tell(own, (to) => to.added?.(object, true));
    return { [Symbol.dispose]: () => void this.#handlers.delete(own) };
  }

  async replace(objects: readonly T[]): Promise<void> {
    const gone = new Set(this.#objects.keys());
    let told = 0;
    for (const object of objects) {
      gone.delete(keyText(keyOf(object)));
      this.#put(object);
      if (++told % objectsPerTurn === 0) await nextTurn();
    }
    for (const key of gone) {
      const object = this.#objects.byKey(key);
      if (object) this.#remove(object);
    }
    if (this.hasSynced) return;
    this.hasSynced = true;
    this.#synced.resolve();
  }

  apply(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): void {
    if (event.type !== 'DELETED') return this.#put(event.object);
    if (this.#objects.get(keyOf(event.object))) this.#remove(event.object);
  }

  /** What the view already holds is not told again; an object that was replaced by another of its name is a deletion and an addition. */
  #put(object: T): void {
    const old = this.#objects.get(keyOf(object));
    if (old && old.metadata.resourceVersion === object.metadata.resourceVersion && old.metadata.uid === object.metadata.uid) return;
    if (old && old.metadata.uid !== object.metadata.uid) this.#remove(old);
    const current = old?.metadata.uid === object.metadata.uid ? old : undefined;
    this.#objects.set(object, current);
    if (current) this.#tellAll((to) => to.updated?.(object, current));
    else this.#tellAll((to) => to.added?.(object, !this.hasSynced));
  }

  #remove(last: T): void {
    const known = this.#objects.get(keyOf(last));
    if (known) this.#objects.delete(known);
    this.#tellAll((to) => to.deleted?.(last));
  }

  #tellAll(tell: (to: InformerHandler<T>) => void): void {
    for (const handler of [...this.#handlers]) this.#tell(handler, tell);
  }

  /** A handler that throws is a bug of its own; the others and the view go on. */
  #tell(handler: InformerHandler<T>, tell: (to: InformerHandler<T>) => void): void {
    try {
      tell(handler);
    } catch (error) {
      this.#log.error('a handler of an informer failed', { resource: this.#resource, error });
    }
  }
}

const bound = <T extends KubernetesObject>(handler: InformerHandler<T>): InformerHandler<T> => ({
  ...(handler.added ? { added: handler.added.bind(handler) } : {}),
  ...(handler.updated ? { updated: handler.updated.bind(handler) } : {}),
  ...(handler.deleted ? { deleted: handler.deleted.bind(handler) } : {}),
});
