import type { KubernetesObject } from '../../api/object.ts';
import type { Informer, Informers } from '../../client/informer.ts';

let scopes = 0;

/**
 * Informers for plugins that may be replaced while the scheduler runs: what they listen to through this view ends when it is disposed. The informers themselves stay:
 * others use them, and those that come next will.
 */
export class ScopedInformers implements Informers {
  readonly #informers: Informers;
  readonly #subscriptions = new Set<Disposable>();
  readonly #scope = ++scopes;

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  informer: Informers['informer'] = (type, options) => this.#scoped(this.#informers.informer(type, options));

  synced(): Promise<void> {
    return this.#informers.synced();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }

  /** Ends all subscriptions. */
  end(): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#subscriptions.clear();
  }

  #scoped<T extends KubernetesObject>(informer: Informer<T>): Informer<T> {
    const indexes = new Map<string, string>();
    return {
      get hasSynced() {
        return informer.hasSynced;
      },
      synced: () => informer.synced(),
      get: (key) => informer.get(key),
      list: (namespace) => informer.list(namespace),
      byIndex: (index, value) => informer.byIndex(indexes.get(index) ?? index, value),
      addIndex: (name, valuesOf) => {
        try {
          informer.addIndex(name, valuesOf);
        } catch {
          // One of a former generation has the name; its function is another, though it may do the same.
          const own = `${name} (${this.#scope})`;
          informer.addIndex(own, valuesOf);
          indexes.set(name, own);
        }
      },
      onChange: (handler) => {
        const subscription = informer.onChange(handler);
        this.#subscriptions.add(subscription);
        return {
          [Symbol.dispose]: () => {
            this.#subscriptions.delete(subscription);
            subscription[Symbol.dispose]();
          },
        };
      },
    };
  }
}
