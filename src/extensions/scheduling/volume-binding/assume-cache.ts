import { type KubernetesObject, keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import type { Informer } from '../../../client/informer.ts';

/**
 * What an informer knows, with the changes that the scheduler has decided on and not written yet. A newer version from the API server always goes before such a
 * change: a change holds for the version it was made from.
 */
export class AssumeCache<T extends KubernetesObject> {
  readonly #informer: Informer<T>;
  readonly #resource: string;
  readonly #assumed = new Map<string, T>();

  /** `resource` is for messages. */
  constructor(informer: Informer<T>, resource: string) {
    this.#informer = informer;
    this.#resource = resource;
    const outdate = (object: T): void => {
      const key = keyText(keyOf(object));
      const assumed = this.#assumed.get(key);
      if (assumed && !isSameVersion(assumed, this.#informer.get(keyOf(object)))) this.#assumed.delete(key);
    };
    informer.onChange({ added: outdate, updated: outdate, deleted: outdate });
  }

  get(key: ObjectKey): T | undefined {
    const stored = this.#informer.get(key);
    return stored && this.#current(stored);
  }

  /** What the API server has, whatever was assumed. */
  stored(key: ObjectKey): T | undefined {
    return this.#informer.get(key);
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#informer.byIndex(index, value);
    return this.#assumed.size === 0 ? found : found.map((object) => this.#current(object));
  }

  /** Takes an object to have been changed. Throws when it was made from another version than the one that is known. */
  assume(object: T): void {
    const key = keyText(keyOf(object));
    const stored = this.#informer.get(keyOf(object));
    if (!stored) throw new Error(`${this.#resource} ${JSON.stringify(key)} not found`);
    if (!isSameVersion(stored, object)) {
      const [is, wanted] = [stored.metadata.resourceVersion, object.metadata.resourceVersion];
      throw new Error(`${JSON.stringify(key)} is out of sync (stored: ${is}, assume: ${wanted})`);
    }
    this.#assumed.set(key, object);
  }

  /** Takes back a change that was assumed; nothing when it was not, or when another one took its place. */
  restore(object: T): void {
    const key = keyText(keyOf(object));
    if (this.#assumed.get(key) === object) this.#assumed.delete(key);
  }

  #current(stored: T): T {
    const assumed = this.#assumed.size === 0 ? undefined : this.#assumed.get(keyText(keyOf(stored)));
    return assumed && isSameVersion(assumed, stored) ? assumed : stored;
  }
}

const isSameVersion = (left: KubernetesObject | undefined, right: KubernetesObject | undefined): boolean =>
  left !== undefined && right !== undefined && left.metadata.resourceVersion === right.metadata.resourceVersion && left.metadata.uid === right.metadata.uid;
