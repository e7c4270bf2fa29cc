import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemaIds, builtInSchemas, builtInSchemasWithDescriptions, kindSchema } from './built-in-schemas.ts';
import { catalogue } from './catalogue.ts';
import type { Schema } from './schema.ts';

describe('schemas of built-in kinds', () => {
  it('has one for every kind of the catalogue, with type, metadata and kinds', () => {
    for (const { group, version, kind } of catalogue) {
      const reference = kindSchema({ group, version, kind });
      assert.ok(reference?.ref, `${group}/${version} ${kind}`);
      const schema = builtInSchemas.get(reference.ref)!;
      assert.deepEqual(schema.kinds, [{ group, version, kind }]);
      for (const name of ['apiVersion', 'kind', 'metadata']) assert.ok(schema.properties?.[name], `${kind}.${name}`);
    }
  });
  it('knows lists, scales and options', () => {
    assert.deepEqual(kindSchema({ group: 'apps', version: 'v1', kind: 'DeploymentList' }), { ref: 'io.k8s.api.apps.v1.DeploymentList' });
    assert.deepEqual(kindSchema({ group: 'autoscaling', version: 'v1', kind: 'Scale' }), { ref: 'io.k8s.api.autoscaling.v1.Scale' });
    assert.deepEqual(kindSchema({ group: 'policy', version: 'v1', kind: 'Eviction' }), { ref: 'io.k8s.api.policy.v1.Eviction' });
    assert.deepEqual(kindSchema({ group: 'apps', version: 'v1', kind: 'DeleteOptions' }), { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' });
    assert.equal(kindSchema({ group: 'example.com', version: 'v1', kind: 'Pod' }), undefined);
  });
  it('refers only to schemas it has', () => {
    const check = (schema: Schema, at: string): void => {
      if (schema.ref !== undefined) assert.ok(builtInSchemas.get(schema.ref), `${at} -> ${schema.ref}`);
      for (const [name, property] of Object.entries(schema.properties ?? {})) check(property, `${at}.${name}`);
      if (schema.items) check(schema.items, `${at}[]`);
      if (typeof schema.additionalProperties === 'object') check(schema.additionalProperties, `${at}{}`);
    };
    for (const id of builtInSchemaIds()) check(builtInSchemas.get(id)!, id);
  });
  it('holds what the facts say of a field', () => {
    const { properties } = builtInSchemas.get('io.k8s.api.core.v1.PodSpec')!;
    assert.deepEqual(properties?.containers, {
      type: 'array',
      items: { ref: 'io.k8s.api.core.v1.Container' },
      patchStrategy: 'merge',
      patchMergeKey: 'name',
      listType: 'map',
      listMapKeys: ['name'],
    });
    assert.deepEqual(properties?.restartPolicy, { type: 'string', goType: 'v1.RestartPolicy', enum: ['Always', 'Never', 'OnFailure'] });
    assert.deepEqual(builtInSchemas.get('io.k8s.api.core.v1.PodSpec')!.required, ['containers']);
    assert.equal(builtInSchemas.get('io.k8s.api.core.v1.ContainerPort')!.properties?.protocol?.default, 'TCP');
    assert.equal(builtInSchemas.get('io.k8s.api.core.v1.AzureDiskVolumeSource')!.properties?.cachingMode?.default, 'ReadWrite');
  });
  it('adds descriptions when asked', async () => {
    const described = await builtInSchemasWithDescriptions();
    assert.match(described.get('io.k8s.api.core.v1.Pod')!.description!, /^Pod is a collection of containers/);
    assert.match(described.get('io.k8s.api.core.v1.PodSpec')!.properties!.containers!.description!, /^List of containers belonging to the pod/);
    assert.equal(builtInSchemas.get('io.k8s.api.core.v1.Pod')!.description, undefined);
  });
});
