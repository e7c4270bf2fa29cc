import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ObjectMeta } from '../../src/api/generated/meta-v1.ts';
import { callApi } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { assertSome, workbenchOf } from '../fixtures/workload.ts';

interface Listed {
  readonly items: readonly { readonly metadata: ObjectMeta }[];
}

describe('what nobody owns any more', { concurrency: 3 }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  /** A namespace with a Deployment of two in it. */
  const deployment = async (namespace: string): Promise<void> => {
    await bench.kubectl('create', 'namespace', namespace);
    await bench.kubectl('-n', namespace, 'create', 'deployment', 'web', '--image=app', '--replicas=2');
    await bench.kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=120s');
  };
  const list = async (namespace: string, resource: 'deployments' | 'replicasets' | 'pods'): Promise<ObjectMeta[]> => {
    const group = resource === 'pods' ? '/api/v1' : '/apis/apps/v1';
    return (await bench.read<Listed>(`${group}/namespaces/${namespace}/${resource}`)).items.map(({ metadata }) => metadata);
  };
  const counts = async (namespace: string): Promise<number[]> =>
    Promise.all((['deployments', 'replicasets', 'pods'] as const).map(async (resource) => (await list(namespace, resource)).length));
  const config = (name: string, namespace: string, owners: object[] = []): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(owners.length > 0 ? { ownerReferences: owners } : {}) },
  });
  const configMap = async (name: string, namespace: string): Promise<ObjectMeta | undefined> => {
    const { code, body } = await callApi<{ metadata: ObjectMeta }>(cluster, `/api/v1/namespaces/${namespace}/configmaps/${name}`);
    return code === 200 ? body.metadata : undefined;
  };
  const owner = (name: string, uid: string, rest: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...rest });

  it('is deleted after its owner (background)', async () => {
    await deployment('background');
    await bench.kubectl('-n', 'background', 'delete', 'deployment', 'web', '--cascade=background');
    await eventually(async () => assert.deepEqual(await counts('background'), [0, 0, 0]));
  });

  it('is deleted before its owner (foreground)', async () => {
    await deployment('foreground');
    const [pod] = await list('foreground', 'pods');
    await bench.kubectl('-n', 'foreground', 'patch', 'pod', pod!.name!, '-p', '{"metadata":{"finalizers":["example.com/hold"]}}');
    await bench.kubectl('-n', 'foreground', 'delete', 'deployment', 'web', '--cascade=foreground', '--wait=false');
    await eventually(async () => assert.deepEqual(await counts('foreground'), [1, 1, 1]));
    for (const resource of ['deployments', 'replicasets'] as const) {
      const [held] = await list('foreground', resource);
      assert.deepEqual([held?.deletionTimestamp !== undefined, held?.finalizers], [true, ['foregroundDeletion']]);
    }
    await bench.kubectl('-n', 'foreground', 'patch', 'pod', pod!.name!, '-p', '{"metadata":{"finalizers":null}}');
    await eventually(async () => assert.deepEqual(await counts('foreground'), [0, 0, 0]));
  });

  it('is left alone (orphan), and taken in by who looks for the like', async () => {
    await deployment('orphans');
    const before = await list('orphans', 'pods');
    await bench.kubectl('-n', 'orphans', 'delete', 'deployment', 'web', '--cascade=orphan');
    await eventually(async () => {
      const [replicaSet] = await list('orphans', 'replicasets');
      assert.deepEqual([replicaSet?.ownerReferences, replicaSet?.finalizers], [undefined, undefined]);
    });
    assert.deepEqual(await counts('orphans'), [0, 1, 2]);
    await bench.kubectl('-n', 'orphans', 'create', 'deployment', 'web', '--image=app', '--replicas=2');
    await eventually(async () => {
      const [[found], [taken]] = await Promise.all([list('orphans', 'deployments'), list('orphans', 'replicasets')]);
      assert.deepEqual(
        taken?.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
        [[found?.uid, true]],
      );
    });
    assert.deepEqual((await list('orphans', 'pods')).map(({ uid }) => uid).sort(), before.map(({ uid }) => uid).sort());
  });

  describe('by references', () => {
    before(async () => {
      for (const name of ['owned', 'elsewhere']) await bench.kubectl('create', 'namespace', name);
    });

    it('goes with its last owner', async () => {
      await bench.create(config('left', 'owned'), config('right', 'owned'));
      const [left, right] = [(await configMap('left', 'owned'))!.uid!, (await configMap('right', 'owned'))!.uid!];
      await bench.create(config('of-one', 'owned', [owner('left', left)]), config('of-both', 'owned', [owner('left', left), owner('right', right)]));
      await bench.kubectl('-n', 'owned', 'delete', 'configmap', 'left');
      await eventually(async () => assert.equal(await configMap('of-one', 'owned'), undefined));
      await eventually(async () =>
        assert.deepEqual(
          (await configMap('of-both', 'owned'))?.ownerReferences?.map(({ name }) => name),
          ['right'],
        ),
      );
      await bench.kubectl('-n', 'owned', 'delete', 'configmap', 'right');
      await eventually(async () => assert.equal(await configMap('of-both', 'owned'), undefined));
    });

    it('goes when its owner never was', async () => {
      await bench.create(config('of-nobody', 'owned', [owner('nobody', '00000000-0000-0000-0000-000000000000')]));
      await eventually(async () => assert.equal(await configMap('of-nobody', 'owned'), undefined));
    });

    it('goes when its owner is another one of the same name', async () => {
      await bench.create(config('named', 'owned'), config('of-former', 'owned', [owner('named', '11111111-1111-1111-1111-111111111111')]));
      await eventually(async () => assert.equal(await configMap('of-former', 'owned'), undefined));
      assert.ok(await configMap('named', 'owned'));
    });

    it('goes, with a warning, when its owner is in another namespace', async () => {
      await bench.create(config('far', 'elsewhere'));
      const { uid } = (await configMap('far', 'elsewhere'))!;
      await bench.create(config('of-far', 'owned', [owner('far', uid!)]));
      await eventually(async () => assert.equal(await configMap('of-far', 'owned'), undefined));
      await eventually(async () =>
        assertSome(
          await bench.events('of-far', 'owned'),
          `Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: owned, name: far, uid: ${uid}] does not exist in namespace "owned"`,
        ),
      );
      assert.ok(await configMap('far', 'elsewhere'));
    });

    it('holds its owner where it says so', async () => {
      await bench.create(config('blocked', 'owned'));
      const { uid } = (await configMap('blocked', 'owned'))!;
      const metadata = {
        name: 'blocking',
        namespace: 'owned',
        finalizers: ['example.com/hold'],
        ownerReferences: [owner('blocked', uid!, { blockOwnerDeletion: true })],
      };
      await bench.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
      await bench.kubectl('-n', 'owned', 'delete', 'configmap', 'blocked', '--cascade=foreground', '--wait=false');
      await eventually(async () => assert.ok((await configMap('blocking', 'owned'))?.deletionTimestamp));
      assert.ok(await configMap('blocked', 'owned'));
      await bench.kubectl('-n', 'owned', 'patch', 'configmap', 'blocking', '-p', '{"metadata":{"finalizers":null}}');
      await eventually(async () => assert.deepEqual([await configMap('blocking', 'owned'), await configMap('blocked', 'owned')], [undefined, undefined]));
    });

    it('is not made to go round in circles', async () => {
      await bench.create(config('hen', 'owned'), config('egg', 'owned'));
      const [hen, egg] = [(await configMap('hen', 'owned'))!.uid!, (await configMap('egg', 'owned'))!.uid!];
      const own = (uid: string, name: string): string => JSON.stringify({ metadata: { ownerReferences: [owner(name, uid, { blockOwnerDeletion: true })] } });
      await bench.kubectl('-n', 'owned', 'patch', 'configmap', 'hen', '-p', own(egg, 'egg'));
      await bench.kubectl('-n', 'owned', 'patch', 'configmap', 'egg', '-p', own(hen, 'hen'));
      await bench.kubectl('-n', 'owned', 'delete', 'configmap', 'hen', '--cascade=foreground', '--timeout=120s');
      await eventually(async () => assert.equal(await configMap('egg', 'owned'), undefined));
    });
  });

  describe('of a namespace', () => {
    it('goes with it, but what holds on is waited for and told of', async () => {
      await deployment('closing');
      await bench.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'clinging', namespace: 'closing', finalizers: ['example.com/hold'] } });
      await bench.kubectl('delete', 'namespace', 'closing', '--wait=false');
      assert.equal((await bench.row('namespace', 'closing'))[1], 'Terminating');
      const refused = await bench.attempt('-n', 'closing', 'create', 'configmap', 'new');
      assert.equal(
        refused.stderr,
        'error: failed to create configmap: configmaps "new" is forbidden: unable to create new content in namespace closing because it is being terminated\n',
      );
      await eventually(async () => {
        const { status } = await bench.read<{ status: { conditions?: { type: string; status: string; reason: string; message: string }[] } }>(
          '/api/v1/namespaces/closing',
        );
        const told = Object.fromEntries((status.conditions ?? []).map(({ type, status: value, reason, message }) => [type, `${value} ${reason}: ${message}`]));
        assert.equal(told['NamespaceContentRemaining'], 'True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances');
        assert.equal(
          told['NamespaceFinalizersRemaining'],
          'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
        );
        assert.match(told['NamespaceDeletionDiscoveryFailure'] ?? '', /^False ResourcesDiscovered: All resources successfully discovered$/);
      });
      assert.deepEqual(await counts('closing'), [0, 0, 0]);
      await bench.kubectl('-n', 'closing', 'patch', 'configmap', 'clinging', '-p', '{"metadata":{"finalizers":null}}');
      await eventually(async () => assert.equal((await callApi(cluster, '/api/v1/namespaces/closing')).code, 404));
    });

    it('cannot be taken from those that every cluster has', async () => {
      for (const name of ['default', 'kube-system', 'kube-public']) {
        const { code, stderr } = await bench.attempt('delete', 'namespace', name);
        assert.deepEqual(
          { code, stderr },
          { code: 1, stderr: `Error from server (Forbidden): namespaces "${name}" is forbidden: this namespace may not be deleted\n` },
        );
      }
    });

    it('is made again: the account and the certificate that pods need', async () => {
      await bench.kubectl('create', 'namespace', 'mended');
      await eventually(() => bench.kubectl('-n', 'mended', 'get', 'serviceaccount/default', 'configmap/kube-root-ca.crt'));
      await bench.kubectl('-n', 'mended', 'delete', 'serviceaccount/default', 'configmap/kube-root-ca.crt');
      await eventually(() => bench.kubectl('-n', 'mended', 'get', 'serviceaccount/default', 'configmap/kube-root-ca.crt'));
    });
  });
});
