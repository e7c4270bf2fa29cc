import type { ConfigMap, Secret, Volume } from '../../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface ObjectReference {
  readonly kind: 'configmaps' | 'secrets';
  readonly namespace: string;
  readonly name: string;
}

export const referenceKey = ({ kind, namespace, name }: ObjectReference): string => `${kind}/${namespace}/${name}`;

/** The ConfigMaps and Secrets whose content a volume shows. */
export function referencesOf(volume: Volume, namespace: string): readonly ObjectReference[] {
  const found: ObjectReference[] = [];
  const add = (kind: ObjectReference['kind'], name: string | undefined): void => {
    if (name) found.push({ kind, namespace, name });
  };
  add('configmaps', volume.configMap?.name);
  add('secrets', volume.secret?.secretName);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    add('configmaps', configMap?.name);
    add('secrets', secret?.name);
  }
  return found;
}

export interface ObjectWatchesDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: (uid: string) => void;
}

interface Watched {
  readonly uids: Set<string>;
  readonly abort: AbortController;
  version: string | undefined;
}

/** Watches the objects that pods' volumes show: one watch per object, for as long as a pod on this node uses it. */
export class ObjectWatches implements Disposable {
  readonly #deps: ObjectWatchesDeps;
  readonly #watched = new Map<string, Watched>();

  constructor(deps: ObjectWatchesDeps) {
    this.#deps = deps;
  }

  /** Tells of changes after `version` (`undefined`: the object was not there). */
  add(reference: ObjectReference, uid: string, version: string | undefined): void {
    const key = referenceKey(reference);
    const known = this.#watched.get(key);
    if (known) return void known.uids.add(uid);
    const watched: Watched = { uids: new Set([uid]), abort: new AbortController(), version };
    this.#watched.set(key, watched);
    void this.#follow(reference, watched);
  }

  removeAll(uid: string): void {
    for (const [key, watched] of this.#watched) {
      if (!watched.uids.delete(uid) || watched.uids.size > 0) continue;
      watched.abort.abort(new Error('no pod uses the object any more'));
      this.#watched.delete(key);
    }
  }

  [Symbol.dispose](): void {
    for (const { abort } of this.#watched.values()) abort.abort(new Error('node agent stopped'));
    this.#watched.clear();
  }

  async #follow(reference: ObjectReference, watched: Watched): Promise<void> {
    const { signal } = watched.abort;
    for (let delayMs = 1_000; !signal.aborted; delayMs = Math.min(delayMs * 2, 60_000)) {
      try {
        await this.#watchOnce(reference, watched);
        delayMs = 500;
      } catch (error) {
        if (!signal.aborted) this.#deps.log.debug('watch of an object that a volume shows ended', { object: referenceKey(reference), error });
      }
      await this.#deps.clock.sleep(delayMs, signal).catch(() => {}); // aborted: the loop ends
    }
  }

  async #watchOnce({ kind, namespace, name }: ObjectReference, watched: Watched): Promise<void> {
    const type: ResourceType<ConfigMap | Secret> = kind === 'configmaps' ? configmaps : secrets;
    const options = { namespace, fieldSelector: `metadata.name=${name}`, allowWatchBookmarks: true, signal: watched.abort.signal };
    for await (const event of this.#deps.client.watch(type, options)) {
      if (event.type === 'BOOKMARK') continue;
      const version = event.type === 'DELETED' ? undefined : event.object.metadata.resourceVersion;
      if (version === watched.version) continue;
      watched.version = version;
      for (const uid of watched.uids) this.#deps.onChange(uid);
    }
  }
}
