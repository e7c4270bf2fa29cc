import type { UntypedObject } from '../../../api/object.ts';
import type { Log } from '../../../kernel/log.ts';
import { collectionOf, type Machinery, type Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import { compileSelection, onlyKey, type Selection, selectItems } from '../operations/selection.ts';
import { LazyRendering, render, renderAll } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Collection, Stored, StoreEvent } from '../store/contract.ts';

/** One event for one watcher, before it takes a wire form. */
export interface WatchDelivery {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly stored: Stored;
}

/** A watch that has been opened: what is there now (to be sent first, as ADDED), and what comes after. */
export interface OpenWatch extends Disposable {
  readonly initial: readonly Stored[];
  /** What was asked for, or what `initial` shows. */
  readonly startRevision: number;
  /** A revision of which nothing is on its way any more, so that a bookmark may name it; undefined while it is older than what was asked for. */
  reached(): number | undefined;
  /** Whether a bookmark that ends the initial events was asked for. */
  readonly marksInitialEnd: boolean;
}

const freshnessTimeoutMs = 3_000;

/**
 * Opens a watch as its query asks. `deliver` is called synchronously for each commit, in order, also before this returns (for remembered events, and for those
 * that come while the initial state is being read). A revision that is not there yet is waited for only when the state at it is wanted; else the watch stays
 * silent until it has passed. Throws ApiError 410 when the events after the revision are forgotten, 504 for a state that is not reached in time, 400 for
 * selectors it cannot read.
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
  const withInitial = query.sendInitialEvents ?? from === 0;
  if (withInitial && from > machinery.store.revision) await machinery.store.waitFor(from, freshnessTimeoutMs);
  const namespace = served.namespaced ? target.namespace || selection.namespace : undefined;
  const { labelSelector, fieldSelector } = query;
  const wanted: Wanted = {
    served,
    selection,
    text: JSON.stringify([served.apiVersion, served.resource, namespace, labelSelector, fieldSelector]),
    ...(namespace ? { namespace } : {}),
    ...(selection.name === undefined ? {} : { name: selection.name }),
  };
  const startRevision = withInitial || from === 0 ? machinery.store.revision : from;
  const current = withInitial ? currentState(collection, served, wanted) : [];
  const sink = (events: readonly StoreEvent[]): void => {
    if (events.length === 1 && isElsewhere(events[0]!, wanted)) return;
    const deliveries = deliveriesOf(events, wanted);
    if (deliveries.length > 0) deliver(deliveries);
  };
  const isConverted = served.isCustom && served.definition.convert !== undefined && !selection.matchesAll;
  const rendered = isConverted ? new RenderedFirst(served, guarded(sink, machinery.log)) : undefined;
  const subscription = collection.watch(startRevision, rendered ? (events) => rendered.put(events) : sink);
  const reached = (): number | undefined => {
    const revision = Math.min(machinery.store.revision, rendered?.waitingFrom ?? Infinity);
    return revision < startRevision ? undefined : revision;
  };
  const close = (): void => subscription[Symbol.dispose]();
  try {
    const states = isConverted ? await renderAll(served, current) : current;
    const initial = selection.matchesAll ? states : (await selectItems(states, selection)).items;
    return { initial, startRevision, reached, marksInitialEnd: query.sendInitialEvents === true && query.allowWatchBookmarks, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** As the store guards its watchers: one that fails is a bug of its own. */
const guarded =
  (sink: (events: readonly StoreEvent[]) => void, log: Log) =>
  (events: readonly StoreEvent[]): void => {
    try {
      sink(events);
    } catch (error) {
      log.error('watcher failed', { error, revision: events.at(-1)!.revision });
    }
  };

/** Whether an object is selected may be seen in its converted form only. Events stay in order; one that cannot be converted fails where it is sent. */
class RenderedFirst {
  readonly #served: ServedResource;
  readonly #sink: (events: readonly StoreEvent[]) => void;
  /** The revisions of what waits, oldest first. */
  readonly #waiting: number[] = [];
  #last = Promise.resolve();

  constructor(served: ServedResource, sink: (events: readonly StoreEvent[]) => void) {
    this.#served = served;
    this.#sink = sink;
  }

  /** The last revision before those that wait; undefined when none does. */
  get waitingFrom(): number | undefined {
    const [first] = this.#waiting;
    return first === undefined ? undefined : first - 1;
  }

  put(events: readonly StoreEvent[]): void {
    this.#waiting.push(events[0]!.revision);
    const rendering = renderedEvents(this.#served, events);
    this.#last = this.#last
      .then(() => rendering)
      .then((rendered) => {
        this.#waiting.shift();
        this.#sink(rendered);
      });
  }
}

const newest = new WeakMap<ServedResource, { readonly events: readonly StoreEvent[]; readonly rendered: Promise<readonly StoreEvent[]> }>();

/** The events with states that `render` has been made for, if it can be; once for all watchers of a version, who are told of them one after the other. */
function renderedEvents(served: ServedResource, events: readonly StoreEvent[]): Promise<readonly StoreEvent[]> {
  const known = newest.get(served);
  if (known?.events === events) return known.rendered;
  const states = events.flatMap(({ stored, previous }) => (previous ? [stored, previous] : [stored]));
  const withStates = (found: readonly Stored[]): readonly StoreEvent[] => {
    const next = found.values();
    return events.map((event) => ({ ...event, stored: next.next().value!, ...(event.previous ? { previous: next.next().value! } : {}) }));
  };
  const rendered = renderAll(served, states).then(withStates, () => events);
  newest.set(served, { events, rendered });
  return rendered;
}

interface Wanted {
  readonly served: ServedResource;
  readonly selection: Selection;
  readonly namespace?: string;
  readonly name?: string;
  /** The same for watchers that want the same. */
  readonly text: string;
}

/** What may be of interest now; one object where one is asked for. */
function currentState(collection: Collection, served: ServedResource, { selection, namespace }: Wanted): readonly Stored[] {
  const key = onlyKey(served, selection, namespace);
  if (!key) return collection.list(namespace === undefined ? {} : { namespace }).items;
  const stored = collection.get(key);
  return stored ? [stored] : [];
}

/** Thousands watch one object each: most events are sorted out by their key. */
const isElsewhere = ({ stored: { key } }: StoreEvent, { namespace, name }: Wanted): boolean =>
  (name !== undefined && key.name !== name) || (namespace !== undefined && key.namespace !== namespace);

function select(events: readonly StoreEvent[], { served, selection, namespace }: Wanted): readonly WatchDelivery[] {
  const inside =
    namespace === undefined || events.every((event) => event.stored.key.namespace === namespace)
      ? events
      : events.filter((event) => event.stored.key.namespace === namespace);
  if (selection.matchesAll) return inside.map(plain);
  const deliveries: WatchDelivery[] = [];
  for (const event of inside) {
    const delivery = transition(event, served, selection);
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
function transition(event: StoreEvent, served: ServedResource, selection: Selection): WatchDelivery | undefined {
  const matched = event.previous !== undefined && selection.matches(event.previous);
  if (event.type === 'deleted') return matched || selection.matches(event.stored) ? plain(event) : undefined;
  const matches = selection.matches(event.stored);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', stored: event.stored };
  return matched ? { type: 'DELETED', stored: lastSeen(served, event.previous!, event.revision) } : undefined;
}

/** What the watcher saw last, with the revision at which it ceased to match. */
function lastSeen(served: ServedResource, previous: Stored, revision: number): Stored {
  // A custom resource was seen as today's definition shapes it; that it has a new revision would hide that it was stored before.
  const seen = served.isCustom ? render(served, previous) : previous;
  const last = seen instanceof Promise ? previous.object : seen.object;
  const object: UntypedObject = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } };
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
