import { usualVerbs } from '../../api/catalogue.ts';
import type { UntypedObject } from '../../api/object.ts';
import { groupResource, groupVersion, type ResourceType } from '../../api/resource-type.ts';
import type { Schema } from '../../api/schema.ts';
import { compileSchema } from '../../api/schema-processor.ts';
import type { ResourceDefinition, ResourceVersion, Subresource } from '../../extension-points/resources/contract.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Stored } from './store/contract.ts';

let made = 0;

/** One version of one resource, as requests find it. */
export class ServedResource implements ResourceType {
  readonly definition: ResourceDefinition;
  readonly version: string;
  readonly shape: ResourceVersion;
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly apiVersion: string;
  /** Custom resources follow other rules in places: no strategic merge patch, no unconditional update. */
  readonly isCustom: boolean;
  /** The store's collection. */
  readonly prefix: string;
  /** Tells it from all others of this process; from 1 on. */
  readonly number: number;
  readonly verbs: ReadonlySet<string>;
  readonly subresources: Readonly<Record<string, Subresource>>;
  /** Whether `metadata.generation` is kept, and by which top-level fields it rises. */
  readonly generationFields: readonly string[];
  /** Up to this revision objects may have been shaped by an earlier definition. */
  readonly #writtenByOthers: number;
  readonly #hasOneVersion: boolean;
  #storage: ServedResource | undefined;
  #head: Buffer | undefined;

  constructor(definition: ResourceDefinition, shape: ResourceVersion, isCustom: boolean) {
    this.definition = definition;
    this.shape = shape;
    this.version = shape.name;
    this.group = definition.group;
    this.resource = definition.resource;
    this.kind = definition.kind;
    this.listKind = definition.listKind ?? `${definition.kind}List`;
    this.namespaced = definition.namespaced;
    this.apiVersion = groupVersion({ group: definition.group, version: shape.name });
    this.isCustom = isCustom;
    this.prefix = groupResource(definition.storedAs ?? definition);
    this.number = ++made;
    this.verbs = new Set(definition.verbs ?? (definition.review ? ['create'] : usualVerbs));
    this.subresources = shape.subresources ?? definition.subresources ?? {};
    this.#writtenByOthers = definition.shapedSince === undefined ? -1 : definition.shapedSince + writesUnderWay;
    this.#hasOneVersion = definition.versions.length === 1;
    this.generationFields = definition.generationFields ?? (hasSpec(definition, shape.schema) ? ['spec'] : []);
  }

  /** The form objects are stored in: another version, or another resource that shares the storage. */
  get storage(): ServedResource {
    return this.#storage ?? this;
  }

  /** Called once by the index. */
  storedIn(storage: ServedResource): void {
    this.#storage = storage === this ? undefined : storage;
  }

  /** From the stored form to this one. Takes a draft and may change it. */
  fromStorage(draft: UntypedObject): UntypedObject | Promise<UntypedObject> {
    if (this.isCustom) return fromStoredForm(this, draft);
    return this.#storage ? convertTo(this, draft) : draft;
  }

  toStorage(draft: UntypedObject): UntypedObject | Promise<UntypedObject> {
    if (!this.#storage) return draft;
    return this.isCustom ? convertCustom(this.#storage, draft) : convertTo(this.#storage, draft);
  }

  /** Whether an object is known to be stored just as this version shows it, so that its stored bytes may be sent. */
  isStoredForm(stored: Stored): boolean {
    if (this.#storage) return false;
    return !this.isCustom || this.#isCurrent(stored);
  }

  /** Whether all of them are. Quick: lists ask it of each of their items. */
  areStoredForms(items: readonly Stored[]): boolean {
    if (this.#storage) return false;
    if (!this.isCustom) return true;
    for (const stored of items) if (!this.#isCurrent(stored)) return false;
    return true;
  }

  /**
   * Custom resources may be stored in versions and shapes of earlier definitions. What is newer than the definition was written by it; what is deleted is newer
   * too, so the version is told by the first bytes: no object need be parsed for this.
   */
  #isCurrent(stored: Stored): boolean {
    if (stored.revision <= this.#writtenByOthers) return stored.shownBy === this.number;
    return this.#hasOneVersion || this.#isOfVersion(stored);
  }

  #isOfVersion(stored: Stored): boolean {
    const head = (this.#head ??= headOf(this));
    const { bytes } = stored;
    return bytes.length > head.length && bytes.compare(head, 0, head.length, 0, head.length) === 0;
  }
}

/** Writes that were under way when a definition changed may come after it and still have been shaped by the one before; there are never more of them at once. */
const writesUnderWay = 256;

const headOf = ({ kind, apiVersion }: ServedResource): Buffer => Buffer.from(`{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`);

/** Pruned and defaulted as its stored version wants it, then converted, then pruned as the served version wants it: upstream's order. */
function fromStoredForm(target: ServedResource, draft: UntypedObject): UntypedObject | Promise<UntypedObject> {
  const { definition } = target;
  const stored = definition.versions.find(({ name }) => `${target.group}/${name}` === draft.apiVersion);
  if (stored?.schema) compileSchema(stored.schema, definition.schemas).process(draft, { prune: true, applyDefaults: true, dialect: 'custom', only: 'shape' });
  return draft.apiVersion === target.apiVersion ? draft : convertCustom(target, draft);
}

function convertCustom(target: ServedResource, draft: UntypedObject): UntypedObject | Promise<UntypedObject> {
  const prune = (converted: UntypedObject): UntypedObject => {
    const { schema } = target.shape;
    if (schema) compileSchema(schema, target.definition.schemas).process(converted, { prune: true, applyDefaults: false, dialect: 'custom', only: 'shape' });
    return converted;
  };
  const converted = convertTo(target, draft);
  return converted instanceof Promise ? converted.then(prune) : prune(converted);
}

function convertTo(target: ServedResource, draft: UntypedObject): UntypedObject | Promise<UntypedObject> {
  const stamp = (converted: UntypedObject): UntypedObject => {
    converted.apiVersion = target.apiVersion;
    converted.kind = target.kind;
    return converted;
  };
  const converted = target.definition.convert?.(draft, target.version) ?? draft;
  return converted instanceof Promise ? converted.then(stamp) : stamp(converted);
}

function hasSpec(definition: ResourceDefinition, schema: Schema | undefined): boolean {
  if (!schema) return true;
  const resolved = schema.ref === undefined ? schema : definition.schemas.get(schema.ref);
  return resolved?.preserveUnknownFields === true || resolved?.properties?.['spec'] !== undefined;
}

/** Finds resources by group, version and name; follows the roster of the extension point. */
export class ResourceIndex {
  readonly #point: ExtensionPoint<ResourceDefinition>;
  #generation = -1;
  #entries = new Map<string, ServedResource>();
  #served = new Map<string, ServedResource>();
  #definitions = new Map<string, ServedResource>();

  constructor(point: ExtensionPoint<ResourceDefinition>) {
    this.#point = point;
  }

  get generation(): number {
    return this.#point.generation;
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    this.#refresh();
    return this.#served.get(`${group}/${version}/${resource}`);
  }

  /** The stored form of a resource, whatever versions are served. */
  storageOf(type: { group: string; resource: string }): ServedResource | undefined {
    this.#refresh();
    return this.#definitions.get(`${type.group}/${type.resource}`);
  }

  definitions(): ResourceDefinition[] {
    return [...this.#point].map((extension) => extension.implementation);
  }

  #refresh(): void {
    if (this.#generation === this.#point.generation) return;
    this.#generation = this.#point.generation;
    const before = this.#entries;
    this.#entries = new Map();
    this.#served = new Map();
    this.#definitions = new Map();
    const entries: ServedResource[] = [];
    for (const extension of this.#point) {
      const definition = extension.implementation;
      for (const version of definition.versions) entries.push(this.#entry(before, definition, version, extension.origin !== 'built-in'));
    }
    for (const entry of entries) {
      const { definition } = entry;
      if (entry.version === definition.storageVersion) this.#definitions.set(`${entry.group}/${entry.resource}`, entry);
      this.#entries.set(`${entry.group}/${entry.version}/${entry.resource}`, entry);
      if (entry.shape.served) this.#served.set(`${entry.group}/${entry.version}/${entry.resource}`, entry);
    }
    for (const entry of entries) {
      const shared = entry.definition.storedAs ?? entry.definition;
      const storage = this.#definitions.get(`${shared.group}/${shared.resource}`);
      if (storage) entry.storedIn(storage);
    }
  }

  /** Keeps the entry of an unchanged definition, with what is cached for it. */
  #entry(before: Map<string, ServedResource>, definition: ResourceDefinition, version: ResourceVersion, isCustom: boolean): ServedResource {
    const old = before.get(`${definition.group}/${version.name}/${definition.resource}`);
    return old?.definition === definition && old.shape === version ? old : new ServedResource(definition, version, isCustom);
  }
}
