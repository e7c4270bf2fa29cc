import { type KubernetesObject, keyOf, keyText, type ObjectKey } from '../../../api/object.ts';
import type { Informer } from '../../../client/informer.ts';

/**
 * What an informer knows, and what this controller wrote itself and the informer has not seen yet. Acting on the older of the two would bind a volume a second time.
 */
export class WrittenObjects<T extends KubernetesObject> {
  readonly #informer: Informer<T>;
  readonly #written = new Map<string, T>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
  }

  get(key: ObjectKey): T | undefined {
    const known = this.#informer.get(key);
    if (!known) this.#written.delete(keyText(key));
    return known && this.latest(known);
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#informer.byIndex(index, value);
    return this.#written.size === 0 ? found : found.map((object) => this.latest(object));
  }

  /** The newer of an object and what was written in its place. */
  latest(object: T): T {
    const key = keyText(keyOf(object));
    const written = this.#written.get(key);
    if (!written) return object;
    if (written.metadata.uid === object.metadata.uid && versionOf(written) > versionOf(object)) return written;
    this.#written.delete(key);
    return object;
  }

  /** Call with the object that a write answered; answers it. */
  wrote(object: T): T {
    this.#written.set(keyText(keyOf(object)), object);
    return object;
  }
}

/** Versions of one API server are whole numbers that rise. */
const versionOf = ({ metadata }: KubernetesObject): bigint => BigInt(metadata.resourceVersion || 0);
