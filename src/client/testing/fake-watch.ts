import type { KubernetesObject, UntypedObject } from '../../api/object.ts';
import { groupResource, groupVersion, type ResourceType } from '../../api/resource-type.ts';
import type { WatchEvent, WatchOptions } from '../client.ts';
import type { FakeEvent, FakeStore } from './fake-store.ts';

/** One watch of a fake store, from when it is first asked for an event until its signal aborts. */
export interface FakeWatch {
  readonly store: FakeStore;
  readonly type: ResourceType;
  readonly options: WatchOptions;
  readonly matches: (object: UntypedObject) => boolean;
  readonly signal: AbortSignal;
}

/**
 * The events of a watch, none of them lost: those remembered since its revision (or what is there now), then each as it comes. With bookmarks allowed, the
 * end of the initial events is marked, and a bookmark follows whatever was of no interest. Throws ApiError 410 when the history is gone.
 */
export async function* fakeWatch<T extends KubernetesObject>({
  store,
  type,
  options,
  matches,
  signal,
}: FakeWatch): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const from = Number(options.resourceVersion || 0);
  const withInitial = options.sendInitialEvents ?? from === 0;
  const { allowWatchBookmarks = false } = options;
  let reached = withInitial || from === 0 ? store.revision : from;
  const initial = withInitial ? store.list(type).filter(matches) : [];
  const waiting: FakeEvent[] = store.since(reached);
  let wake = Promise.withResolvers<void>();
  const onAbort = (): void => wake.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  using _subscription = store.onChange((event) => {
    waiting.push(event);
    wake.resolve();
  });
  try {
    for (const object of initial) {
      if (signal.aborted) return;
      yield { type: 'ADDED', object: object as unknown as T };
    }
    if (withInitial && allowWatchBookmarks) yield bookmark<T>(type, reached, true);
    let told = reached;
    while (!signal.aborted) {
      for (let event = waiting.shift(); event; event = waiting.shift()) {
        reached = event.revision;
        const change = changeOf<T>(event, type, matches);
        if (!change) continue;
        told = reached;
        yield change;
        if (signal.aborted) return;
      }
      if (allowWatchBookmarks && reached > told) {
        told = reached;
        yield bookmark<T>(type, reached, false);
        continue;
      }
      await wake.promise;
      wake = Promise.withResolvers<void>();
      if (signal.aborted) wake.resolve();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function changeOf<T extends KubernetesObject>(event: FakeEvent, type: ResourceType, matches: (object: UntypedObject) => boolean): WatchEvent<T> | undefined {
  if (event.resource !== groupResource(type)) return undefined;
  const wasIn = event.previous !== undefined && matches(event.previous);
  const isIn = event.object !== undefined && matches(event.object);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object: event.object as unknown as T };
  if (!wasIn) return undefined;
  // What was seen last, at the revision at which it went.
  const last = { ...event.previous, metadata: { ...event.previous?.metadata, resourceVersion: String(event.revision) } };
  return { type: 'DELETED', object: last as unknown as T };
}

const bookmark = <T extends KubernetesObject>(type: ResourceType, revision: number, endsInitialEvents: boolean): WatchEvent<T> => ({
  type: 'BOOKMARK',
  object: {
    apiVersion: groupVersion(type),
    kind: type.kind,
    metadata: { resourceVersion: String(revision), ...(endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
  } as unknown as T,
});
