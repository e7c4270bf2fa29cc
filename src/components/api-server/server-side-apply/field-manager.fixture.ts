import { configmaps, deployments, pods, services } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Schema } from '../../../api/schema.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { statusSubresource } from '../../../extension-points/resources/subresources.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { Machinery, RequestContext, Target } from '../operations/context.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import { ServedResource } from '../resource-index.ts';
import { applyOver } from './apply.ts';
import { readConfiguration } from './configuration.ts';
import { entriesOf } from './managers.ts';
import { emptyObject, trackWrite } from './track-write.ts';

const served = new Map(
  [deployments, configmaps, services, pods].map((type) => {
    const definition = defineBuiltIn(type as typeof pods);
    return [definition.kind, new ServedResource(definition, definition.versions[0]!, false)];
  }),
);

const text: Schema = { type: 'string' };
const number: Schema = { type: 'integer' };
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });

/** A custom kind with lists and maps of every sort. */
const gearSpec = object({
  size: number,
  nul: { ...text, nullable: true },
  tags: { type: 'array', items: text, listType: 'set' },
  nums: { type: 'array', items: number, listType: 'set' },
  ports: {
    type: 'array',
    listType: 'map',
    listMapKeys: ['port', 'protocol'],
    items: { ...object({ port: number, protocol: { ...text, default: 'TCP' }, name: text, deep: object({ a: text, b: text }) }), required: ['port'] },
  },
  atom: { type: 'array', items: object({ a: text }) },
  sel: { type: 'object', mapType: 'atomic', additionalProperties: text },
  free: { type: 'object', additionalProperties: object({ a: text, b: number }) },
  any: { ...object({ known: object({ a: text }) }), preserveUnknownFields: true },
  ios: { intOrString: true },
});
const gearStatus = object({
  n: number,
  conditions: { type: 'array', listType: 'map', listMapKeys: ['type'], items: object({ type: text, ok: { type: 'boolean' } }) },
});
const gearVersion = { name: 'v1', served: true, schema: object({ apiVersion: text, kind: text, spec: gearSpec, status: gearStatus }) };
const gears: ResourceDefinition = {
  group: 'example.com',
  resource: 'gears',
  singular: 'gear',
  kind: 'Gear',
  namespaced: true,
  versions: [gearVersion],
  storageVersion: 'v1',
  schemas: new Map(),
  subresources: { status: statusSubresource() },
};
served.set(gears.kind, new ServedResource(gears, gearVersion, true));

/** One object and its field managers, without a server around: no defaults, no admission, no store, and a clock that stands still. */
export class FieldManager {
  readonly #served: ServedResource;
  readonly #machinery: Machinery;
  live: UntypedObject = emptyObject;

  constructor(kind: string) {
    const found = served.get(kind);
    if (!found) throw new Error(`the fixture knows no ${kind}`);
    this.#served = found;
    this.#machinery = { clock: new ManualClock(), log: silentLog, resources: { find: () => undefined } } as unknown as Machinery;
  }

  async apply(config: Record<string, unknown>, fieldManager: string, how: { force?: boolean; subresource?: string } = {}): Promise<void> {
    const { live } = this;
    const configuration = readConfiguration(this.#served, { value: config, strict: [] });
    const target = this.#target(how.subresource);
    const options = { ...usual, fieldManager, force: how.force ?? false };
    const applied = await applyOver(this.#machinery, target, { live, config: configuration, options });
    const draft = this.#decoded(applied.object);
    const entries = entriesOf(applied.managers);
    delete draft.metadata.managedFields;
    if (entries) draft.metadata.managedFields = entries;
    this.live = draft;
  }

  async update(object: Record<string, unknown>, fieldManager: string, subresource = ''): Promise<void> {
    const draft = this.#decoded(object);
    const old = this.live === emptyObject ? {} : { old: this.live };
    await trackWrite(this.#machinery, context, this.#target(subresource), { draft, ...old, options: { ...usual, fieldManager } });
    this.live = draft;
  }

  #target(subresource = ''): Target {
    return { served: this.#served, namespace: 'default', name: 'x', subresource };
  }

  #decoded(object: Record<string, unknown>): UntypedObject {
    const draft = mutableCopy(object) as UntypedObject;
    const { schema } = this.#served.shape;
    if (schema && !this.#served.isCustom) {
      const how = { prune: true, applyDefaults: false, dialect: 'built-in' } as const;
      const { decodeError } = compileSchema(schema, this.#served.definition.schemas).process(draft, how);
      if (decodeError !== undefined) throw new Error(decodeError);
    }
    return draft;
  }
}

const usual = { dryRun: false, fieldManager: '', fieldValidation: 'Ignore', force: false } as const;
const context: RequestContext = { user: { name: '', groups: [] }, requestId: '', signal: new AbortController().signal, warn: () => {} };
