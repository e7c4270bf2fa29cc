import { builtInSchemas, kindSchema } from '../../api/built-in-schemas.ts';
import type { Status } from '../../api/generated/meta-v1.ts';
import { applyJsonPatch } from '../../api/json-patch.ts';
import { parseLabelSelector } from '../../api/label-selector.ts';
import { applyMergePatch } from '../../api/merge-patch.ts';
import { type KubernetesList, type KubernetesObject, keyOf, keyText, type ObjectKey, type UntypedObject } from '../../api/object.ts';
import { groupResource, groupVersion, type ResourceType } from '../../api/resource-type.ts';
import { alreadyExists, badRequest, conflict, modified, notFound, unsupportedMediaType } from '../../api/status.ts';
import { applyStrategicMergePatch } from '../../api/strategic-merge-patch.ts';
import { type Clock, timeText } from '../../kernel/clock.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { Client, CreateOptions, DeleteOptions, GetOptions, ListOptions, Patch, WatchEvent, WatchOptions, WriteOptions } from '../client.ts';
import { FakeStore } from './fake-store.ts';
import { fakeWatch } from './fake-watch.ts';

export type FakeVerb = 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'apply' | 'delete' | 'deletecollection';

/** One call that reached the fake. */
export interface FakeCall {
  readonly verb: FakeVerb;
  readonly resource: string;
  readonly key: string;
  readonly subresource: string;
}

export interface FakeClientOptions {
  readonly clock?: Clock;
  /** Called before each call is served; throwing refuses it. */
  readonly intercept?: (call: FakeCall) => void | Promise<void>;
  /** As clients over the network do. */
  readonly streamsLists?: boolean;
}

/**
 * An API in memory, good enough to test controllers: resource versions, generations, finalizers, graceful deletion of bound pods, namespaces that end through `finalize`,
 * propagation policies, status kept apart from the rest, the three patch formats, watches with bookmarks and 410. No defaulting, validation, admission or authorization.
 */
export class FakeClient implements Client {
  readonly store = new FakeStore();
  readonly streamsLists: boolean;
  /** Every call except get, list and watch, in order. */
  readonly writes: FakeCall[] = [];
  readonly #clock: Clock;
  readonly #intercept: NonNullable<FakeClientOptions['intercept']>;
  readonly #streams = new Set<AbortController>();
  #serial = 0;

  constructor(options: FakeClientOptions = {}) {
    this.streamsLists = options.streamsLists ?? false;
    this.#clock = options.clock ?? new ManualClock();
    this.#intercept = options.intercept ?? (() => undefined);
  }

  /** Ends every watch now, as a server that restarts does. */
  disconnect(): void {
    for (const stream of this.#streams) stream.abort();
  }

  async get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options: GetOptions = {}): Promise<T> {
    await this.#called('get', type, key, options.subresource);
    return this.#existing(type, key) as unknown as T;
  }

  async list<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<KubernetesList<T>> {
    await this.#called('list', type, { name: '' });
    const matches = selectorOf(options);
    const after = options.continue ?? '';
    const found = this.store.list(type).filter((object) => keyText(keyOf(object)) > after && matches(object));
    const items = options.limit ? found.slice(0, options.limit) : found;
    const last = items.at(-1);
    const next = last && items.length < found.length ? { continue: keyText(keyOf(last)), remainingItemCount: found.length - items.length } : {};
    return {
      apiVersion: groupVersion(type),
      kind: `${type.kind}List`,
      metadata: { resourceVersion: String(this.store.revision), ...next },
      items: items as unknown as T[],
    };
  }

  async *watch<T extends KubernetesObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    await this.#called('watch', type, { name: '' });
    const stream = new AbortController();
    const signal = AbortSignal.any([options.signal, stream.signal]);
    this.#streams.add(stream);
    try {
      yield* fakeWatch<T>({ store: this.store, type, options, matches: selectorOf(options), signal });
    } finally {
      this.#streams.delete(stream);
    }
  }

  async create<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: CreateOptions = {}): Promise<T> {
    const draft = untyped(structuredClone(object));
    const namespace = type.namespaced ? (options.namespace ?? draft.metadata.namespace) : undefined;
    const name = draft.metadata.name ?? `${draft.metadata.generateName ?? ''}${(++this.#serial).toString(36).padStart(5, '0')}`;
    const key = namespace ? { namespace, name } : { name };
    await this.#called('create', type, key);
    if (type.namespaced && !namespace) throw badRequest('the namespace is missing');
    if (this.store.get(type, key)) throw alreadyExists(type, name);
    const metadata = {
      ...draft.metadata,
      ...key,
      uid: `uid-${++this.#serial}`,
      creationTimestamp: timeText(this.#clock.now()),
      ...('spec' in draft ? { generation: 1 } : {}),
    };
    delete metadata.deletionTimestamp;
    const isNamespace = groupResource(type) === 'namespaces';
    const created = {
      ...draft,
      apiVersion: groupVersion(type),
      kind: type.kind,
      metadata,
      ...(isNamespace ? { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } : {}),
    };
    return (options.dryRun ? created : this.store.put(type, created)) as unknown as T;
  }

  async replace<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: WriteOptions & { subresource?: string } = {}): Promise<T> {
    await this.#called('replace', type, keyOf(object), options.subresource);
    return this.#write(type, keyOf(object), () => untyped(structuredClone(object)), options.subresource) as unknown as T;
  }

  async patch<T extends KubernetesObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions & { subresource?: string } = {},
  ): Promise<T> {
    await this.#called('patch', type, key, options.subresource);
    return this.#write(type, key, (current) => applyPatch(type, current, patch), options.subresource) as unknown as T;
  }

  async apply<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: WriteOptions & { subresource?: string } = {}): Promise<T> {
    await this.#called('apply', type, keyOf(object), options.subresource);
    if (!this.store.get(type, keyOf(object))) return this.create(type, object);
    return this.#write(type, keyOf(object), (current) => applyMergePatch(current, structuredClone(object)), options.subresource) as unknown as T;
  }

  async delete<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options: DeleteOptions = {}): Promise<T | Status> {
    await this.#called('delete', type, key);
    const current = this.#existing(type, key);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== current.metadata.uid)
      throw conflict(type, key.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`);
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) throw modified(type, key.name);
    return this.#beginDelete(type, current, options) as unknown as T;
  }

  async deleteCollection<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions & DeleteOptions = {}): Promise<void> {
    await this.#called('deletecollection', type, { name: options.namespace ?? '' });
    const matches = selectorOf(options);
    for (const object of this.store.list(type).filter(matches)) this.#beginDelete(type, object, options);
  }

  async createSubresource<Answer>(type: ResourceType, key: ObjectKey, subresource: string): Promise<Answer> {
    await this.#called('create', type, key, subresource);
    throw badRequest(`the fake client does not know ${type.resource}/${subresource}`);
  }

  async #called(verb: FakeVerb, type: ResourceType, key: ObjectKey, subresource = ''): Promise<void> {
    const call: FakeCall = { verb, resource: groupResource(type), key: keyText(key), subresource };
    if (verb !== 'get' && verb !== 'list' && verb !== 'watch') this.writes.push(call);
    await this.#intercept(call);
  }

  #existing(type: ResourceType, key: ObjectKey): UntypedObject {
    const found = this.store.get(type, key);
    if (!found) throw notFound(type, key.name);
    return found;
  }

  #write(type: ResourceType, key: ObjectKey, change: (current: UntypedObject) => UntypedObject, subresource = ''): UntypedObject {
    const current = this.#existing(type, key);
    const wanted = change(current);
    if (wanted.metadata.resourceVersion && wanted.metadata.resourceVersion !== current.metadata.resourceVersion) throw modified(type, key.name);
    if (wanted.metadata.uid && wanted.metadata.uid !== current.metadata.uid) throw conflict(type, key.name, 'Precondition failed: UID differs');
    const next = this.#merged(current, wanted, subresource);
    if (JSON.stringify(next) === JSON.stringify(current)) return current;
    return isFinished(next) ? (this.store.put(type, next), this.store.remove(type, key) ?? next) : this.store.put(type, next);
  }

  /** What a write to the main resource, `status` or `finalize` may change. */
  #merged(current: UntypedObject, wanted: UntypedObject, subresource: string): UntypedObject {
    if (subresource === 'status') return { ...current, status: wanted['status'] };
    if (subresource === 'finalize') return { ...current, spec: wanted['spec'] };
    const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation = 1, resourceVersion } = current.metadata;
    const isSpecChanged = JSON.stringify(current['spec']) !== JSON.stringify(wanted['spec']);
    const server = {
      uid,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      resourceVersion,
      ...('spec' in current ? { generation: generation + (isSpecChanged ? 1 : 0) } : {}),
    };
    const metadata = Object.fromEntries(Object.entries({ ...wanted.metadata, ...server }).filter(([, value]) => value !== undefined));
    return {
      ...wanted,
      apiVersion: current.apiVersion ?? '',
      kind: current.kind ?? '',
      metadata,
      ...('status' in current ? { status: current['status'] } : {}),
    };
  }

  #beginDelete(type: ResourceType, current: UntypedObject, options: DeleteOptions): UntypedObject {
    const finalizers = new Set(current.metadata.finalizers);
    const { propagationPolicy } = options;
    if (propagationPolicy) for (const name of ['orphan', 'foregroundDeletion']) finalizers.delete(name);
    if (propagationPolicy === 'Orphan') finalizers.add('orphan');
    if (propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
    const grace = gracePeriodSeconds(type, current, options);
    const isNamespace = groupResource(type) === 'namespaces';
    const deletionTimestamp = current.metadata.deletionTimestamp ?? timeText(this.#clock.now() + grace * 1000);
    const draft: UntypedObject = {
      ...current,
      metadata: {
        ...current.metadata,
        deletionTimestamp,
        deletionGracePeriodSeconds: Math.min(grace, current.metadata.deletionGracePeriodSeconds ?? grace),
        finalizers: [...finalizers],
      },
      ...(isNamespace ? { status: { ...(current['status'] as object), phase: 'Terminating' } } : {}),
    };
    if (isFinished(draft)) return this.store.remove(type, keyOf(current)) ?? current;
    return JSON.stringify(draft) === JSON.stringify(current) ? current : this.store.put(type, draft);
  }
}

/** Nothing holds an object that is being deleted: no grace, no finalizers of its own, none of a namespace's. */
function isFinished(object: UntypedObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const specFinalizers = object.kind === 'Namespace' ? ((object['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? []) : [];
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0 && specFinalizers.length === 0;
}

function gracePeriodSeconds(type: ResourceType, object: UntypedObject, options: DeleteOptions): number {
  if (groupResource(type) !== 'pods') return 0;
  const spec = object['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  return options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}

/** As the API does: lists of built-in kinds merge by their keys, custom resources have no strategic patches. */
function applyPatch(type: ResourceType, current: UntypedObject, patch: Patch): UntypedObject {
  const body: unknown = structuredClone(patch.body);
  switch (patch.type) {
    case 'merge':
      return applyMergePatch(current, body);
    case 'json':
      return applyJsonPatch(current, body);
    case 'strategic': {
      const schema = kindSchema(type);
      if (!schema) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']);
      return applyStrategicMergePatch(current, body, schema, builtInSchemas);
    }
  }
}

const untyped = (object: KubernetesObject): UntypedObject => object as UntypedObject;

function selectorOf(options: { namespace?: string; labelSelector?: string; fieldSelector?: string }): (object: UntypedObject) => boolean {
  const labels = parseLabelSelector(options.labelSelector ?? '');
  const fields = (options.fieldSelector ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => part.split(/(!?)==?/));
  return (object) =>
    (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
    labels.matches(object.metadata.labels) &&
    fields.every(([path = '', negation, value = '']) => (fieldText(object, path) === value) === (negation === ''));
}

const fieldText = (object: unknown, path: string): string =>
  String(
    path
      .split('.')
      .reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined), object) ?? '',
  );
