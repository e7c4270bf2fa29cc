import type { KubernetesObject } from '../../../api/object.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { Informers } from '../../../client/informer.ts';

/** Tells who waits for an object of some resources to change, with one subscription for all who wait. */
export class ChangeBell {
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(informers: Informers, types: readonly ResourceType<KubernetesObject>[]) {
    for (const type of types) {
      const ring = (object: KubernetesObject): void => {
        if (this.#waiting.size > 0) for (const wake of this.#waiting.get(bellKey(type, keyText(keyOf(object)))) ?? []) wake();
      };
      informers.informer(type).onChange({ added: ring, updated: ring, deleted: ring });
    }
  }

  /** Calls back on every change of any of the objects, until it is disposed. */
  listen(keys: readonly string[], wake: () => void): Disposable {
    for (const key of keys) this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(wake));
    return {
      [Symbol.dispose]: () => {
        for (const key of keys) {
          const found = this.#waiting.get(key);
          if (found?.delete(wake) && found.size === 0) this.#waiting.delete(key);
        }
      },
    };
  }
}

export const bellKey = ({ resource }: ResourceType, key: string): string => `${resource} ${key}`;
