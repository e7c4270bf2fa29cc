import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition } from '../../../api/generated/apiextensions-v1.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { customResource } from '../../../extension-points/resources/custom-resource-definition/custom-resource.ts';
import { cronTabs, type Json, versionNamed } from '../custom-resources/custom-resources.fixture.ts';
import { catalogueDefinitions } from '../discovery/definitions-for-tests.ts';
import { createOpenApi, OpenApiMemory } from './openapi.ts';

const resolveService = (): never => {
  throw new Error('no services here');
};
const definitionOf = (spec: Json): ResourceDefinition => customResource(cronTabs(spec) as CustomResourceDefinition, { resolveService }).definition;
const withSchema = (schema: Json, more: Json = {}): ResourceDefinition =>
  definitionOf({
    versions: [
      versionNamed('v1', {
        schema: { openAPIV3Schema: schema },
        subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        ...more,
      }),
    ],
  });
const read = (body: Buffer): Json => JSON.parse(body.toString()) as Json;
const id = 'com.example.stable.v1.CronTab';
const published = async (schema: Json): Promise<{ v2: Json; v3: Json }> => {
  const openApi = createOpenApi([...catalogueDefinitions(), withSchema(schema)]);
  return {
    v2: read((await openApi.v2('json')).body)['definitions'][id],
    v3: read((await openApi.v3('apis/stable.example.com/v1'))!.body)['components'].schemas[id],
  };
};

const kinds = [{ group: 'stable.example.com', version: 'v1', kind: 'CronTab' }];

describe('OpenAPI of custom resources', () => {
  it('shows fields, extensions and what every object has', async () => {
    const validations = [{ rule: 'self.a == self.b' }];
    const { v2, v3 } = await published({
      type: 'object',
      description: 'A tab',
      required: ['spec'],
      properties: {
        metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 10 } } },
        spec: {
          type: 'object',
          'x-kubernetes-validations': validations,
          properties: {
            list: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['a'],
              items: { type: 'object', properties: { a: { type: 'string' } } },
            },
            port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
            size: { type: 'integer', minimum: 1, default: 2 },
          },
        },
      },
    });
    for (const schema of [v2, v3]) {
      assert.deepEqual(schema['x-kubernetes-group-version-kind'], kinds);
      assert.deepEqual(Object.keys(schema['properties']).sort(), ['apiVersion', 'kind', 'metadata', 'spec']);
      assert.deepEqual([schema['description'], schema['required']], ['A tab', ['spec']]);
      const { spec } = schema['properties'];
      assert.deepEqual(spec['x-kubernetes-validations'], validations);
      assert.deepEqual([spec.properties.list['x-kubernetes-list-type'], spec.properties.list['x-kubernetes-list-map-keys']], ['map', ['a']]);
      assert.deepEqual([spec.properties.size.minimum, spec.properties.size.default], [1, schema === v3 ? 2 : undefined]);
    }
    assert.deepEqual(v3['properties'].metadata.allOf, [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }]);
    assert.equal(v2['properties'].metadata.$ref, '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    assert.deepEqual(v3['properties'].spec.properties.port, { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] });
    assert.deepEqual(v2['properties'].spec.properties.port, { 'x-kubernetes-int-or-string': true });
  });

  it('leaves out of version 2 what old clients misread', async () => {
    const { v2, v3 } = await published({
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          required: ['maybe', 'sure'],
          properties: {
            maybe: { type: 'object', nullable: true, properties: { a: { type: 'string' } } },
            sure: { type: 'string', oneOf: [{ pattern: 'a' }, { pattern: 'b' }] },
            loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description: 'Anything', properties: { a: { type: 'string' } } },
          },
        },
      },
    });
    const [old, now] = [v2['properties'].spec, v3['properties'].spec];
    assert.deepEqual([old.required, now.required], [['sure'], ['maybe', 'sure']]);
    assert.deepEqual(old.properties.maybe, {});
    assert.deepEqual(now.properties.maybe, { type: 'object', nullable: true, properties: { a: { type: 'string' } } });
    assert.equal(old.properties.sure.oneOf, undefined);
    assert.equal(now.properties.sure.oneOf.length, 2);
    assert.deepEqual(old.properties.loose, { description: 'Anything', 'x-kubernetes-preserve-unknown-fields': true });
    assert.deepEqual(now.properties.loose.properties, { a: { type: 'string' } });
  });

  it('is a bare object in version 2 when all fields are kept', async () => {
    const { v2, v3 } = await published({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'x',
      properties: { spec: { type: 'object' } },
    });
    assert.deepEqual(v2, { type: 'object', 'x-kubernetes-group-version-kind': kinds });
    assert.equal(v3['x-kubernetes-preserve-unknown-fields'], true);
    assert.ok(v3['properties'].spec);
  });

  it('gives embedded resources the fields of objects', async () => {
    const { v2, v3 } = await published({
      type: 'object',
      properties: { pod: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } } },
    });
    for (const schema of [v2, v3]) {
      const { pod } = schema['properties'];
      assert.deepEqual(Object.keys(pod.properties).sort(), ['apiVersion', 'kind', 'metadata', 'spec']);
      assert.deepEqual(pod.required, ['kind', 'apiVersion']);
      assert.equal(pod['x-kubernetes-embedded-resource'], true);
    }
  });

  it('offers every operation, but no strategic merge patch', async () => {
    const openApi = createOpenApi([...catalogueDefinitions(), withSchema({ type: 'object' })]);
    const v3 = read((await openApi.v3('apis/stable.example.com/v1'))!.body);
    const base = '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs';
    assert.deepEqual(
      Object.keys(v3['paths']).sort(),
      [`${base}`, `${base}/{name}`, `${base}/{name}/scale`, `${base}/{name}/status`, '/apis/stable.example.com/v1/crontabs'].sort(),
    );
    const { patch, delete: remove, put, get } = v3['paths'][`${base}/{name}`];
    assert.ok(remove && put && get);
    assert.deepEqual(Object.keys(patch.requestBody.content), ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json']);
    assert.deepEqual(v3['components'].schemas['com.example.stable.v1.CronTabList'].required, ['items']);
    const v2 = read((await openApi.v2('json')).body);
    assert.ok(!v2['paths'][`${base}/{name}`].patch.consumes.includes('application/strategic-merge-patch+json'));
  });

  it('writes only what changed when a definition comes, changes or goes', async () => {
    const memory = new OpenApiMemory();
    const builtIn = catalogueDefinitions();
    const before = createOpenApi(builtIn, memory);
    const [apps, whole] = [await before.v3('apis/apps/v1'), await before.v2('json')];
    const plain = withSchema({ type: 'object' });
    const after = createOpenApi([...builtIn, plain], memory);
    assert.equal((await after.v3('apis/apps/v1'))!.body, apps!.body, 'the same bytes');
    const added = await after.v2('json');
    assert.notEqual(added.etag, whole.etag);
    assert.deepEqual(read(added.body), read((await createOpenApi([...builtIn, plain]).v2('json')).body));
    assert.deepEqual((await after.v2('protobuf')).body, (await createOpenApi([...builtIn, plain]).v2('protobuf')).body);
    const changed = createOpenApi([...builtIn, withSchema({ type: 'object', description: 'other' })], memory);
    assert.equal(read((await changed.v2('json')).body)['definitions'][id].description, 'other');
    assert.notEqual((await changed.v3('apis/stable.example.com/v1'))!.etag, (await after.v3('apis/stable.example.com/v1'))!.etag);
    const gone = createOpenApi(builtIn, memory);
    assert.equal((await gone.v2('json')).etag, whole.etag);
    assert.equal(await gone.v3('apis/stable.example.com/v1'), undefined);
  });
});
