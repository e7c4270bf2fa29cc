import { deepFreeze, keyOf, keyText, type ObjectKey, type UntypedObject } from '../../api/object.ts';
import { groupResource, type ResourceType } from '../../api/resource-type.ts';
import { expired } from '../../api/status.ts';

export interface FakeEvent {
  readonly revision: number;
  readonly resource: string;
  readonly object: UntypedObject | undefined;
  readonly previous: UntypedObject | undefined;
}

/** Objects of all resources in memory, with one revision counter and a remembered history. */
export class FakeStore {
  revision = 0;
  compactedRevision = 0;
  readonly #objects = new Map<string, Map<string, UntypedObject>>();
  #history: FakeEvent[] = [];
  readonly #watchers = new Set<(event: FakeEvent) => void>();

  get(type: ResourceType, key: ObjectKey): UntypedObject | undefined {
    return this.#objects.get(groupResource(type))?.get(keyText(key));
  }

  list(type: ResourceType): UntypedObject[] {
    const objects = this.#objects.get(groupResource(type));
    return objects ? [...objects.keys()].sort().map((key) => objects.get(key) as UntypedObject) : [];
  }

  put(type: ResourceType, object: UntypedObject): UntypedObject {
    const stored = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision + 1) } });
    const resource = groupResource(type);
    const objects = this.#objects.get(resource) ?? new Map<string, UntypedObject>();
    this.#objects.set(resource, objects);
    const key = keyText(keyOf(stored));
    const previous = objects.get(key);
    objects.set(key, stored);
    this.#record({ revision: ++this.revision, resource, object: stored, previous });
    return stored;
  }

  /** Answers the last state, with the revision of the removal. */
  remove(type: ResourceType, key: ObjectKey): UntypedObject | undefined {
    const resource = groupResource(type);
    const previous = this.#objects.get(resource)?.get(keyText(key));
    if (!previous) return undefined;
    this.#objects.get(resource)?.delete(keyText(key));
    this.#record({ revision: ++this.revision, resource, object: undefined, previous });
    return deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion: String(this.revision) } });
  }

  /** Forgets history up to and including a revision. */
  compact(revision = this.revision): void {
    this.compactedRevision = Math.max(this.compactedRevision, revision);
    this.#history = this.#history.filter((event) => event.revision > revision);
  }

  /** All that happened after a revision, in order. Throws ApiError 410 when that is forgotten. */
  since(revision: number): FakeEvent[] {
    if (revision < this.compactedRevision) throw expired(`too old resource version: ${revision} (${this.compactedRevision})`);
    return this.#history.filter((event) => event.revision > revision);
  }

  /** Tells of each change, synchronously. */
  onChange(callback: (event: FakeEvent) => void): Disposable {
    this.#watchers.add(callback);
    return { [Symbol.dispose]: () => void this.#watchers.delete(callback) };
  }

  #record(event: FakeEvent): void {
    this.#history.push(event);
    for (const watcher of [...this.#watchers]) watcher(event);
  }
}
