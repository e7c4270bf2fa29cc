import type { UntypedObject } from '../../../api/object.ts';
import { collectionOf, type Machinery, type Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import { compileSelection, type Selection } from '../operations/selection.ts';
import { LazyRendering } from '../rendering.ts';
import type { Collection, Stored, StoreEvent } from '../store/contract.ts';

/** One event for one watcher, before it takes a wire form. */
export interface WatchDelivery {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly stored: Stored;
}

/** A watch that has been opened: what is there now (to be sent first, as ADDED), and what comes after. */
export interface OpenWatch extends Disposable {
  readonly initial: readonly Stored[];
  /** Bookmarks may name this revision once `initial` has been sent. */
  readonly initialRevision: number;
  /** Whether a bookmark that ends the initial events was asked for. */
  readonly marksInitialEnd: boolean;
}

const freshnessTimeoutMs = 3_000;

/**
 * Opens a watch as its query asks. `deliver` is called synchronously for each commit, in order, also before this returns (for remembered events).
 * Throws ApiError 410 when the events after the revision are forgotten, 400 for selectors it cannot read.
 */
export async function openWatch(
  machinery: Machinery,
  target: Target,
  query: ListQuery,
  deliver: (deliveries: readonly WatchDelivery[]) => void,
): Promise<OpenWatch> {
  const { served } = target;
  const selection = compileSelection(served, query);
  const collection = collectionOf(machinery, served);
  const from = query.resourceVersion ?? 0;
  if (from > machinery.store.revision) await machinery.store.waitFor(from, freshnessTimeoutMs);
  const withInitial = query.sendInitialEvents ?? from === 0;
  const namespace = served.namespaced ? target.namespace || selection.namespace : undefined;
  const { labelSelector, fieldSelector } = query;
  const wanted: Wanted = {
    selection,
    text: JSON.stringify([served.apiVersion, served.resource, namespace, labelSelector, fieldSelector]),
    ...(namespace ? { namespace } : {}),
  };
  const { initial, revision } = withInitial ? currentState(collection, wanted) : { initial: [], revision: from === 0 ? machinery.store.revision : from };
  const subscription = collection.watch(revision, (events) => {
    const deliveries = deliveriesOf(events, wanted);
    if (deliveries.length > 0) deliver(deliveries);
  });
  return {
    initial,
    initialRevision: withInitial ? revision : Math.max(revision, machinery.store.revision),
    marksInitialEnd: query.sendInitialEvents === true && query.allowWatchBookmarks,
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

interface Wanted {
  readonly selection: Selection;
  readonly namespace?: string;
  /** The same for watchers that want the same. */
  readonly text: string;
}

function currentState(collection: Collection, { selection, namespace }: Wanted): { initial: readonly Stored[]; revision: number } {
  const page = collection.list(namespace === undefined ? {} : { namespace });
  return { initial: selection.matchesAll ? page.items : page.items.filter((stored) => selection.matches(stored)), revision: page.revision };
}

function select(events: readonly StoreEvent[], { selection, namespace }: Wanted): readonly WatchDelivery[] {
  const inside =
    namespace === undefined || events.every((event) => event.stored.key.namespace === namespace)
      ? events
      : events.filter((event) => event.stored.key.namespace === namespace);
  if (selection.matchesAll) return inside.map(plain);
  const deliveries: WatchDelivery[] = [];
  for (const event of inside) {
    const delivery = transition(event, selection);
    if (delivery) deliveries.push(delivery);
  }
  return deliveries;
}

let latest: { readonly events: readonly StoreEvent[]; readonly byWanted: Map<string, readonly WatchDelivery[]> } = { events: [], byWanted: new Map() };

/** Watchers are told of the same events one after the other: the first of those that want the same makes the deliveries for all of them. */
function deliveriesOf(events: readonly StoreEvent[], wanted: Wanted): readonly WatchDelivery[] {
  if (latest.events !== events) latest = { events, byWanted: new Map() };
  let deliveries = latest.byWanted.get(wanted.text);
  if (!deliveries) latest.byWanted.set(wanted.text, (deliveries = select(events, wanted)));
  return deliveries;
}

const types = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const;
const plain = (event: StoreEvent): WatchDelivery => ({ type: types[event.type], stored: event.stored });

/** An object that begins or ceases to match is added to or deleted from what the watcher sees. */
function transition(event: StoreEvent, selection: Selection): WatchDelivery | undefined {
  const matched = event.previous !== undefined && selection.matches(event.previous);
  if (event.type === 'deleted') return matched || selection.matches(event.stored) ? plain(event) : undefined;
  const matches = selection.matches(event.stored);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', stored: event.stored };
  return matched ? { type: 'DELETED', stored: lastSeen(event.previous!, event.revision) } : undefined;
}

/** What the watcher saw last, with the revision at which it ceased to match. */
function lastSeen(previous: Stored, revision: number): Stored {
  const object: UntypedObject = { ...previous.object, metadata: { ...previous.object.metadata, resourceVersion: String(revision) } };
  const rendering = new LazyRendering(Object.freeze(object));
  return {
    key: previous.key,
    revision,
    get object() {
      return rendering.object;
    },
    get bytes() {
      return rendering.bytes;
    },
  };
}
