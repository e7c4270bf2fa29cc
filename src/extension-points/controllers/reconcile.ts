import { type KubernetesObject, keyOf, keyText, type ObjectKey, parseKey } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { isConflict } from '../../api/status.ts';
import type { InformerHandler, InformerOptions } from '../../client/informer.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { type WorkOutcome, WorkQueue } from '../../kernel/work-queue.ts';
import type { Controller, ControllerDeps } from './contract.ts';
import { controllerOf, isReferenceTo } from './owner-references.ts';
import type { Predicate } from './predicates.ts';

/** A controller that knows the name it is registered and acts under. */
export interface NamedController extends Controller {
  readonly name: string;
}

/** Reads the world, acts, and may ask to come back. Never sees an event. A throw has the key retried with back-off. */
export type Reconcile = (key: ObjectKey, deps: ControllerDeps, signal: AbortSignal) => Promise<WorkOutcome | void>;

/** Keys to reconcile when an object of another resource changes. */
export interface WatchRule {
  readonly type: ResourceType;
  readonly keysOf: (object: KubernetesObject, deps: ControllerDeps) => Iterable<ObjectKey>;
  /** Watch only some of them, so that the rest need not be held. */
  readonly selection?: Selection;
  /** Which of their changes matter. Default: all. */
  readonly predicate?: Predicate<never>;
}

export type Selection = InformerOptions;

/** What a reconciler with state of its own is given once per start. */
export interface ReconcilerHost extends ControllerDeps {
  enqueue(key: ObjectKey): void;
  enqueueAfter(key: ObjectKey, delayMs: number): void;
  /** Listens to a shared informer until the controller stops, which waits for the informer's first list. */
  listen<T extends KubernetesObject>(type: ResourceType<T>, handler: InformerHandler<T>, selection?: Selection): void;
}

export interface ReconcilerDefinition<T extends KubernetesObject> {
  readonly name: string;
  /** Every change of one of these has its own key reconciled. */
  readonly primary: ResourceType<T>;
  /** Watch only some of them, so that the rest need not be held. */
  readonly selection?: Selection;
  /** Which changes of primary objects matter. Default: all. */
  readonly predicate?: Predicate<T>;
  /** A change of one of these has its controlling owner reconciled, when that is a primary object. */
  readonly owns?: readonly ResourceType[];
  readonly watches?: readonly WatchRule[];
  /** How many keys at once. Default 5, as upstream's controllers. */
  readonly workers?: number;
  /** Back-off of failed keys. Default 5 ms doubling to 1,000 s. */
  readonly initialDelayMs?: number;
  readonly maximumDelayMs?: number;
}

/** Builds a controller from a function of a key. */
export function defineReconciler<T extends KubernetesObject>(definition: ReconcilerDefinition<T> & { readonly reconcile: Reconcile }): NamedController {
  return defineStatefulReconciler(definition, () => definition.reconcile);
}

/** The same for reconcilers that keep state between keys: `prepare` runs once per start and answers the function. */
export function defineStatefulReconciler<T extends KubernetesObject>(
  definition: ReconcilerDefinition<T>,
  prepare: (host: ReconcilerHost) => Reconcile,
): NamedController {
  return { name: definition.name, start: (deps) => startReconciler(definition, prepare, deps) };
}

/** A `WatchRule` whose function is typed by the resource it watches. */
export const watching = <T extends KubernetesObject>(
  type: ResourceType<T>,
  keysOf: (object: T, deps: ControllerDeps) => Iterable<ObjectKey>,
  { predicate, ...selection }: Selection & { readonly predicate?: Predicate<T> } = {},
): WatchRule => ({ type, keysOf: keysOf as WatchRule['keysOf'], selection, ...(predicate ? { predicate } : {}) });

async function startReconciler<T extends KubernetesObject>(
  definition: ReconcilerDefinition<T>,
  prepare: (host: ReconcilerHost) => Reconcile,
  deps: ControllerDeps,
): Promise<AsyncDisposable> {
  const stack = new DisposalStack();
  const syncs: Promise<void>[] = [];
  let reconcile: Reconcile = async () => {};
  const queue = stack.use(createQueue(definition, deps, (key, signal) => reconcile(parseKey(key), deps, signal)));
  const host: ReconcilerHost = {
    ...deps,
    enqueue: (key) => queue.add(keyText(key)),
    enqueueAfter: (key, delayMs) => queue.addAfter(keyText(key), delayMs),
    listen(type, handler, selection) {
      const informer = deps.informers.informer(type, selection);
      stack.use(informer.onChange(handler));
      syncs.push(informer.synced());
    },
  };
  try {
    reconcile = prepare(host); // first, so that its indexes and expectations see every event before a key is worked on
    listenFor(definition, host);
    await Promise.all(syncs);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  queue.start();
  return stack;
}

function createQueue<T extends KubernetesObject>(
  definition: ReconcilerDefinition<T>,
  { clock, log }: ControllerDeps,
  handle: (key: string, signal: AbortSignal) => Promise<WorkOutcome | void>,
): WorkQueue {
  const { workers = 5, initialDelayMs, maximumDelayMs } = definition;
  const onError = (key: string, error: unknown): void => {
    // Somebody else wrote first: the retry sees the newer object. Not worth a person's attention.
    if (isConflict(error)) log.debug('reconciling again after a conflict', { key, error });
    else log.warn('reconciling failed and will be retried', { key, error });
  };
  return new WorkQueue({ clock, workers, onError, ...(initialDelayMs ? { initialDelayMs } : {}), ...(maximumDelayMs ? { maximumDelayMs } : {}) }, handle);
}

function listenFor<T extends KubernetesObject>(definition: ReconcilerDefinition<T>, host: ReconcilerHost): void {
  const enqueue = (object: KubernetesObject): void => host.enqueue(keyOf(object));
  host.listen(definition.primary, filtered<T>({ added: enqueue, updated: enqueue, deleted: enqueue }, definition.predicate), definition.selection);
  for (const type of definition.owns ?? []) {
    const ownerOf = (object: KubernetesObject): ObjectKey | undefined => ownerKey(object, definition.primary);
    host.listen(
      type,
      everyChange((object) => [ownerOf(object)], host),
    );
  }
  for (const { type, keysOf, selection, predicate } of definition.watches ?? []) {
    const handler = everyChange((object) => keysOf(object, host), host);
    host.listen(type, filtered(handler, predicate as Predicate | undefined), selection);
  }
}

/** Passes on the changes that matter. */
function filtered<T extends KubernetesObject>(handler: InformerHandler<T>, predicate: Predicate<T> | undefined): InformerHandler<T> {
  if (!predicate) return handler;
  return {
    added: (object, isInInitialList) => ((predicate.added?.(object) ?? true) ? handler.added?.(object, isInInitialList) : undefined),
    updated: (object, old) => ((predicate.updated?.(object, old) ?? true) ? handler.updated?.(object, old) : undefined),
    deleted: (object) => ((predicate.deleted?.(object) ?? true) ? handler.deleted?.(object) : undefined),
  };
}

/** The key of the primary object that controls an object. */
export function ownerKey(object: KubernetesObject, primary: ResourceType): ObjectKey | undefined {
  const owner = controllerOf(object);
  if (!owner || !isReferenceTo(owner, primary)) return undefined;
  const { namespace } = object.metadata;
  return primary.namespaced && namespace ? { namespace, name: owner.name } : { name: owner.name };
}

/** An update concerns the keys of both states: a label or an owner may have changed hands. */
function everyChange(keysOf: (object: KubernetesObject) => Iterable<ObjectKey | undefined>, host: ReconcilerHost): InformerHandler<KubernetesObject> {
  const enqueue = (object: KubernetesObject): void => {
    for (const key of keysOf(object)) if (key) host.enqueue(key);
  };
  return { added: enqueue, deleted: enqueue, updated: (object, old) => (enqueue(old), enqueue(object)) };
}
