import { type KubernetesObject, keyOf, keyText } from '../../api/object.ts';

/**
 * Remembers what a controller wrote, so that it can tell a view that does not show it yet. Acting on one would repeat what the write says was done. Resource versions
 * of one kind are whole numbers that rise with each write.
 */
export class WrittenVersions {
  readonly #versions = new Map<string, string>();

  /** Call with the object that a write answered. */
  wrote(object: KubernetesObject): void {
    this.#versions.set(keyText(keyOf(object)), object.metadata.resourceVersion ?? '');
  }

  /** Whether an object is older than what was written last. The newer one will be seen, and bring its key back. */
  isStale(object: KubernetesObject): boolean {
    const written = this.#versions.get(keyText(keyOf(object)));
    const { resourceVersion = '' } = object.metadata;
    if (written === undefined) return false;
    return resourceVersion.length === written.length ? resourceVersion < written : resourceVersion.length < written.length;
  }

  forget(key: string): void {
    this.#versions.delete(key);
  }
}
