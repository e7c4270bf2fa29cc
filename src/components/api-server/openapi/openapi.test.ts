import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../../../api/schema.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { catalogueDefinitions } from '../discovery/definitions-for-tests.ts';
import { createOpenApi, openApiV2Form } from './openapi.ts';

interface Json {
  readonly [name: string]: Json | undefined;
}
const read = (body: Buffer): Json => JSON.parse(body.toString()) as Json;
const widget = (schema: Schema): ResourceDefinition => ({
  group: 'stable.example.com',
  resource: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  namespaced: true,
  storageVersion: 'v1',
  schemas: { get: () => undefined },
  versions: [{ name: 'v1', served: true, schema }],
});
const openApi = createOpenApi(catalogueDefinitions());

describe('OpenAPI version 3', () => {
  it('lists a document for every group-version, addressed by a hash of what it shows', async () => {
    const { paths } = read(openApi.v3Index().body);
    const url = String(paths!['apis/apps/v1']!.serverRelativeURL);
    const hash = /^\/openapi\/v3\/apis\/apps\/v1\?hash=([0-9A-F]{128})$/.exec(url)?.[1];
    assert.ok(hash, url);
    assert.equal((await openApi.v3('apis/apps/v1'))!.etag, `"${hash}"`);
    assert.ok(paths!['api/v1']);
    assert.equal(await openApi.v3('apis/apps/v9'), undefined);
  });
  it('changes the hash with a schema', () => {
    const address = (schema: Schema): unknown => read(createOpenApi([widget(schema)]).v3Index().body).paths!['apis/stable.example.com/v1']!.serverRelativeURL;
    assert.notEqual(address({ type: 'object' }), address({ type: 'object', description: 'x' }));
  });
  it('holds every schema that it refers to', async () => {
    for (const path of Object.keys(read(openApi.v3Index().body).paths!)) {
      const { body } = (await openApi.v3(path))!;
      const { schemas } = read(body).components!;
      for (const [, id] of body.toString().matchAll(/"#\/components\/schemas\/([^"]+)"/g)) assert.ok(schemas![id!], `${path}: ${id}`);
    }
  });
  it('describes operations so that clients find kind, dry runs and field validation', async () => {
    const { paths } = read((await openApi.v3('apis/apps/v1'))!.body);
    const patch = paths!['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!.patch!;
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' });
    assert.deepEqual(
      (patch.parameters as unknown as { name: string }[]).map(({ name }) => name),
      ['dryRun', 'fieldManager', 'fieldValidation', 'force'],
    );
    assert.equal(String(patch.operationId), 'patchAppsV1NamespacedDeployment');
    assert.deepEqual(paths!['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']!.get!['x-kubernetes-group-version-kind'], {
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
    });
  });
  it('has unique operation ids', async () => {
    for (const path of Object.keys(read(openApi.v3Index().body).paths!)) {
      const ids = [...(await openApi.v3(path))!.body.toString().matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
      assert.equal(new Set(ids).size, ids.length, path);
    }
  });
  it('writes what stands beside a reference as upstream does', async () => {
    const { schemas } = read((await openApi.v3('apis/apps/v1'))!.body).components!;
    assert.deepEqual(schemas!['io.k8s.api.apps.v1.DeploymentSpec']!.properties!.strategy, {
      'x-kubernetes-patch-strategy': 'retainKeys',
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
    });
    assert.deepEqual(schemas!['io.k8s.apimachinery.pkg.util.intstr.IntOrString']!.oneOf, [{ type: 'integer' }, { type: 'string' }]);
  });
});

describe('OpenAPI version 2', () => {
  it('refers only to what it holds', async () => {
    const document = await openApi.v2('json');
    const { definitions, parameters } = read(document.body);
    for (const [, section, id] of document.body.toString().matchAll(/"#\/(definitions|parameters)\/([^"]+)"/g))
      assert.ok((section === 'definitions' ? definitions : parameters)![id!], `${section} ${id}`);
    assert.deepEqual(definitions!['io.k8s.api.core.v1.Pod']!['x-kubernetes-group-version-kind'], [{ group: '', version: 'v1', kind: 'Pod' }]);
    assert.deepEqual(definitions!['io.k8s.apimachinery.pkg.util.intstr.IntOrString']!.type, 'string');
    assert.equal(JSON.stringify(definitions!['io.k8s.api.core.v1.PodSpec']!.properties!.containers!['x-kubernetes-patch-merge-key']), '"name"');
  });
  it('hides from old clients what they misread', async () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        a: { type: 'string', nullable: true },
        b: { type: 'object', preserveUnknownFields: true, properties: { c: { type: 'string' } } },
        d: { type: 'string', anyOf: [{ minLength: 1 }] },
      },
    };
    const { definitions } = read((await createOpenApi([widget(schema)]).v2('json')).body);
    const { properties } = definitions!['com.example.stable.v1.Widget']!;
    assert.deepEqual([properties!.a, properties!.b, properties!.d], [{}, { 'x-kubernetes-preserve-unknown-fields': true }, { type: 'string' }]);
    assert.equal(properties!.metadata!.$ref, '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    assert.ok(definitions!['com.example.stable.v1.WidgetList']);
  });
  it('is read in the form a client asks for', async () => {
    assert.equal(openApiV2Form('application/com.github.proto-openapi.spec.v2@v1.0+protobuf'), 'protobuf');
    assert.equal(openApiV2Form('application/com.github.proto-openapi.spec.v2.v1.0+protobuf,application/json'), 'protobuf');
    assert.equal(openApiV2Form('application/json'), 'json');
    assert.equal(openApiV2Form(undefined), 'json');
    const { body, contentType } = await openApi.v2('protobuf');
    assert.equal(contentType, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    // Field 1, `swagger`, comes first.
    assert.equal(body.subarray(0, 5).toString('latin1'), '\n\x032.0');
  });
});
