import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  makeInformer,
  PatchStrategy,
} from '@kubernetes/client-node';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';

const definitionFile = join(import.meta.dirname, '../../examples/cron-tab/definition.yaml');
const about = { group: 'stable.example.com', version: 'v1', namespace: 'default', plural: 'crontabs' };

interface CronTab extends KubernetesObject {
  spec: { cronSpec: string; image: string; replicas?: number };
  status?: { active?: number };
}

describe('@kubernetes/client-node with custom resources', () => {
  let cluster: TestCluster;
  let config: KubeConfig;
  let custom: CustomObjectsApi;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    custom = config.makeApiClient(CustomObjectsApi);
    const objects = KubernetesObjectApi.makeApiClient(config);
    for (const object of loadAllYaml(readFileSync(definitionFile, 'utf8')) as KubernetesObject[]) await objects.create(object);
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const cronTab = (name: string): CronTab => ({
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name },
    spec: { cronSpec: '@hourly', image: 'busybox' },
  });

  it('finds the kind established as soon as it is created', async () => {
    const { status } = await config.makeApiClient(ApiextensionsV1Api).readCustomResourceDefinition({ name: 'crontabs.stable.example.com' });
    assert.deepEqual(status?.conditions?.map(({ type, status: is }) => `${type}=${is}`).sort(), ['Established=True', 'NamesAccepted=True']);
    const created = (await custom.createNamespacedCustomObject({ ...about, body: cronTab('first') })) as CronTab;
    assert.equal(created.spec.replicas, 1);
  });

  it('follows every change with its informer', async () => {
    const seen: string[] = [];
    const list = async (): Promise<never> => (await custom.listNamespacedCustomObject(about)) as never;
    const informer = makeInformer<CronTab>(config, '/apis/stable.example.com/v1/namespaces/default/crontabs', list);
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata, spec, status }) => void seen.push(`${verb} ${metadata?.name} ${spec.replicas} ${status?.active ?? '-'}`));
    await informer.start();
    try {
      await custom.createNamespacedCustomObject({ ...about, body: cronTab('second') });
      await custom.patchNamespacedCustomObject({ ...about, name: 'second', body: [{ op: 'replace', path: '/spec/replicas', value: 3 }] });
      const objects = KubernetesObjectApi.makeApiClient(config);
      const merge = { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'second', namespace: 'default' }, spec: { replicas: 4 } };
      await objects.patch(merge, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
      await custom.patchNamespacedCustomObjectStatus({ ...about, name: 'second', body: [{ op: 'add', path: '/status', value: { active: 2 } }] });
      await custom.deleteNamespacedCustomObject({ ...about, name: 'second' });
      await eventually(async () => assert.ok(seen.at(-1)?.startsWith('delete')));
      assert.deepEqual(seen, ['add first 1 -', 'add second 1 -', 'update second 3 -', 'update second 4 -', 'update second 4 2', 'delete second 4 2']);
    } finally {
      await informer.stop();
    }
  });

  it('applies on the server, and is told of a conflict', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const body = { ...cronTab('applied'), metadata: { name: 'applied', namespace: 'default' } };
    const applied = (await objects.patch(body, undefined, undefined, 'one', false, PatchStrategy.ServerSideApply)) as CronTab;
    assert.deepEqual(
      applied.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`),
      ['one Apply'],
    );
    const other = { ...body, spec: { ...body.spec, image: 'nginx' } };
    await assert.rejects(
      objects.patch(other, undefined, undefined, 'two', false, PatchStrategy.ServerSideApply),
      (error: { code?: number; body?: unknown }) => {
        assert.equal(error.code, 409);
        assert.match(
          JSON.stringify(error.body),
          /Apply failed with 1 conflict: conflict with ..one..: \.spec\.image|conflict with .*one.* using stable\.example\.com\/v1: \.spec\.image|\.spec\.image/,
        );
        return true;
      },
    );
    const forced = (await objects.patch(other, undefined, undefined, 'two', true, PatchStrategy.ServerSideApply)) as CronTab;
    assert.equal(forced.spec.image, 'nginx');
  });

  it('is refused what the schema does not allow, field by field', async () => {
    const bad = { ...cronTab('bad'), spec: { cronSpec: 'soon', image: '', replicas: 11 } };
    await assert.rejects(custom.createNamespacedCustomObject({ ...about, body: bad }), (error: { code?: number; body?: string }) => {
      assert.equal(error.code, 422);
      const { details } = JSON.parse(error.body ?? '{}') as { details: { causes: { field: string }[] } };
      assert.deepEqual(details.causes.map(({ field }) => field).sort(), ['spec.cronSpec', 'spec.image', 'spec.replicas']);
      return true;
    });
  });
});
