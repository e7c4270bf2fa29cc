import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectKey, UntypedObject } from '../../api/object.ts';
import { groupResource, groupVersion } from '../../api/resource-type.ts';
import type { AdmissionOperation } from '../admission/contract.ts';
import type { ResourceDefinition, WriteContext } from './contract.ts';

/** Registers the tests that every resource definition must pass. `makeDefinition` is asked anew for each test; `example` is a good object in the first version, if there is one. */
export function testResourceDefinition(makeDefinition: () => ResourceDefinition, example?: UntypedObject): void {
  const name = groupResource(makeDefinition());
  describe(`resource definition ${name}`, () => {
    it('has consistent names', () => checkNames(makeDefinition()));
    it('has a schema for every version it serves, or none on purpose', () => checkSchemas(makeDefinition()));
    it('names its columns once and answers them for an empty object', () => checkColumns(makeDefinition()));
    it('selects by exactly the fields it announces', () => checkSelectableFields(makeDefinition()));
    it('defaults an object the same way twice', () => checkDefaults(makeDefinition(), example));
    it('prepares an object for creation the same way twice', () => checkPreparation(makeDefinition(), example));
    if (example) it('accepts a good object and its unchanged update', () => checkAcceptance(makeDefinition(), example));
  });
}

function checkNames(definition: ResourceDefinition): void {
  assert.match(definition.resource, /^[a-z][a-z0-9]*$/);
  assert.match(definition.kind, /^[A-Z][A-Za-z0-9]*$/);
  assert.equal(definition.singular, definition.kind.toLowerCase());
  assert.ok(definition.versions.length > 0, 'has no version');
  assert.ok(
    definition.versions.some((version) => version.name === definition.storageVersion),
    'the storage version is not one of its versions',
  );
  assert.equal(new Set(definition.versions.map((version) => version.name)).size, definition.versions.length, 'a version is there twice');
}

function checkSchemas({ versions, schemas }: ResourceDefinition): void {
  for (const { schema } of versions) if (schema?.ref !== undefined) assert.ok(schemas.get(schema.ref), `nothing is called ${schema.ref}`);
}

function checkColumns(definition: ResourceDefinition): void {
  for (const version of definition.versions) {
    const names = (version.columns ?? []).map((column) => column.name);
    assert.equal(new Set(names).size, names.length, `columns of ${version.name} repeat a name`);
    for (const column of version.columns ?? []) assert.notEqual(column.cell(emptyObject(definition, version.name), 0), undefined, `${column.name} has no cell`);
  }
}

function checkSelectableFields(definition: ResourceDefinition): void {
  for (const { name, selectableFieldNames } of definition.versions) {
    const selected = definition.selectableFields?.(emptyObject(definition, name)) ?? {};
    assert.deepEqual(Object.keys(selected).sort(), [...(selectableFieldNames ?? definition.selectableFieldNames ?? [])].sort());
  }
}

function checkDefaults(definition: ResourceDefinition, example: UntypedObject | undefined): void {
  for (const { name } of definition.versions) {
    const draft = example ? structuredClone(example) : emptyObject(definition, name);
    definition.applyDefaults?.(draft, name);
    const once = structuredClone(draft);
    definition.applyDefaults?.(draft, name);
    assert.deepEqual(draft, once);
    if (example) return;
  }
}

function checkPreparation(definition: ResourceDefinition, example: UntypedObject | undefined): void {
  const context = writeContext(definition, 'CREATE');
  const draft = completed(definition, example ?? emptyObject(definition, definition.versions[0]?.name ?? ''));
  definition.prepareForCreate?.(draft, context);
  const once = structuredClone(draft);
  definition.prepareForCreate?.(draft, context);
  assert.deepEqual(draft, once);
}

function checkAcceptance(definition: ResourceDefinition, example: UntypedObject): void {
  const draft = completed(definition, example);
  const create = writeContext(definition, 'CREATE');
  definition.prepareForCreate?.(draft, create);
  assert.deepEqual(definition.validate?.(draft, create) ?? [], []);
  const old = structuredClone(draft);
  const update = writeContext(definition, 'UPDATE');
  definition.prepareForUpdate?.(draft, old, update);
  assert.deepEqual(draft, old, 'an update without changes changes the object');
  assert.deepEqual([...(definition.validate?.(draft, update) ?? []), ...(definition.validateUpdate?.(draft, old, update) ?? [])], []);
}

function completed(definition: ResourceDefinition, object: UntypedObject): UntypedObject {
  const draft = structuredClone(object);
  definition.applyDefaults?.(draft, definition.versions[0]?.name ?? '');
  return draft;
}

const emptyObject = (definition: ResourceDefinition, version: string): UntypedObject => ({
  apiVersion: groupVersion({ group: definition.group, version }),
  kind: definition.kind,
  metadata: {},
});

function writeContext(definition: ResourceDefinition, operation: AdmissionOperation): WriteContext {
  const key: ObjectKey = definition.namespaced ? { namespace: 'default', name: 'example' } : { name: 'example' };
  return { operation, user: { name: 'tester', groups: [] }, nowMs: 0, dryRun: false, version: definition.versions[0]?.name ?? '', subresource: '', key };
}
