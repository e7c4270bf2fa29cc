import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

type Amounts = Record<string, string>;

/** Quotas and limit ranges as stock kubectl sees them; the rows of Kubernetes' conformance tests of ResourceQuota and LimitRange. */
describe('quotas', () => {
  let cluster: TestCluster;
  before(async () => void (cluster = await startTestCluster({ simulate: true })));
  after(() => cluster[Symbol.asyncDispose]());

  const apply = (namespace: string, object: object) => cluster.kubectl(['create', '-n', namespace, '-f', '-'], { input: JSON.stringify(object) });
  async function make(namespace: string, object: object): Promise<void> {
    const { code, stderr } = await apply(namespace, object);
    assert.equal(code, 0, stderr);
  }
  async function refused(namespace: string, object: object): Promise<string> {
    const { code, stderr } = await apply(namespace, object);
    assert.equal(code, 1, 'it was allowed');
    return stderr.trim().replace('error when creating "STDIN": ', '');
  }
  const newNamespace = async (name: string): Promise<string> => (await cluster.mustKubectl(['create', 'namespace', name]), name);
  const quota = (name: string, hard: Amounts, more: object = {}) => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...more } });
  const pod = (name: string, resources: object = {}, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'pause', image: 'pause', resources }], ...spec },
  });
  const status = async (namespace: string, name: string): Promise<{ hard?: Amounts; used?: Amounts }> =>
    (JSON.parse(await cluster.mustKubectl(['get', 'resourcequota', name, '-n', namespace, '-o', 'json'])) as { status: object }).status;

  /** Waits until a quota shows these amounts among what is used. */
  async function usedIs(namespace: string, name: string, amounts: Amounts): Promise<void> {
    let used: Amounts | undefined;
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
      ({ used } = await status(namespace, name));
      if (Object.entries(amounts).every(([resource, amount]) => used?.[resource] === amount)) return;
    }
    assert.deepEqual(used, amounts);
  }

  it('capture the life of a pod', async () => {
    const namespace = await newNamespace('life-of-a-pod');
    const hard = { pods: '5', cpu: '1', memory: '500Mi', 'ephemeral-storage': '50Gi', 'requests.example.com/dongle': '3', 'count/pods': '9' };
    await make(namespace, quota('q', hard));
    const none = { pods: '0', cpu: '0', memory: '0', 'ephemeral-storage': '0', 'requests.example.com/dongle': '0', 'count/pods': '0' };
    await usedIs(namespace, 'q', none);
    assert.deepEqual((await status(namespace, 'q')).hard, hard);
    const fits = pod('fits', { requests: { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi' }, limits: { 'example.com/dongle': '2' } });
    const used = { pods: '1', cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'requests.example.com/dongle': '2', 'count/pods': '1' };
    await make(namespace, { ...fits, spec: { ...fits.spec, schedulingGates: [{ name: 'example.com/later' }] } });
    assert.deepEqual((await status(namespace, 'q')).used, used);
    assert.equal(
      await refused(namespace, pod('much', { requests: { cpu: '600m', memory: '100Mi' } })),
      'Error from server (Forbidden): pods "much" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
    );
    assert.equal(
      await refused(namespace, pod('many', { requests: { cpu: '100m', memory: '100Mi' }, limits: { 'example.com/dongle': '2' } })),
      'Error from server (Forbidden): pods "many" is forbidden: exceeded quota: q, requested: requests.example.com/dongle=2, used: requests.example.com/dongle=2, limited: requests.example.com/dongle=3',
    );
    assert.equal(
      await refused(namespace, pod('silent')),
      'Error from server (Forbidden): pods "silent" is forbidden: failed quota: q: must specify cpu for: pause; memory for: pause',
    );
    const change = await cluster.kubectl([
      'patch',
      'pod',
      'fits',
      '-n',
      namespace,
      '-p',
      '{"spec":{"containers":[{"name":"pause","resources":{"requests":{"cpu":"100m"}}}]}}',
    ]);
    assert.match(change.stderr, /The Pod "fits" is invalid/);
    const rehearsal = await cluster.kubectl(['create', '-n', namespace, '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(pod('dry', { requests: { cpu: '1m', memory: '1Mi' } })),
    });
    assert.equal(rehearsal.code, 0, rehearsal.stderr);
    assert.deepEqual((await status(namespace, 'q')).used, used);
    await cluster.mustKubectl(['delete', 'pod', 'fits', '-n', namespace, '--grace-period=0', '--force']);
    await usedIs(namespace, 'q', none);
  });

  it('hold for huge pages and show themselves as kubectl describes them', async () => {
    const namespace = await newNamespace('huge-pages');
    await make(namespace, quota('pages', { 'hugepages-2Mi': '100Mi', 'requests.hugepages-1Gi': '2Gi', 'limits.memory': '1Gi' }));
    await usedIs(namespace, 'pages', { 'hugepages-2Mi': '0' });
    const pages = (name: string, amount: string) => pod(name, { limits: { 'hugepages-2Mi': amount, memory: '100Mi' } });
    await make(namespace, pages('a', '60Mi'));
    assert.equal(
      await refused(namespace, pages('b', '60Mi')),
      'Error from server (Forbidden): pods "b" is forbidden: exceeded quota: pages, requested: hugepages-2Mi=60Mi, used: hugepages-2Mi=60Mi, limited: hugepages-2Mi=100Mi',
    );
    const table = (text: string): string[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll(/ {2,}/g, '|'));
    assert.deepEqual(table(await cluster.mustKubectl(['describe', 'quota', 'pages', '-n', namespace])), [
      'Name:|pages',
      `Namespace:|${namespace}`,
      'Resource|Used|Hard',
      '--------|----|----',
      'hugepages-2Mi|60Mi|100Mi',
      'limits.memory|100Mi|1Gi',
      'requests.hugepages-1Gi|0|2Gi',
    ]);
    const [titles, row] = table(await cluster.mustKubectl(['get', 'quota', '-n', namespace]));
    assert.equal(titles, 'NAME|REQUEST|LIMIT|AGE');
    assert.match(row!, /^pages\|hugepages-2Mi: 60Mi\/100Mi, requests\.hugepages-1Gi: 0\/2Gi\|limits\.memory: 100Mi\/1Gi\|\d+s$/);
  });

  const lives: { name: string; key: string; object: object; hard: Amounts; used: Amounts; kind: string }[] = [
    {
      name: 'service',
      key: 'services',
      kind: 'services',
      object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
      hard: { services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' },
      used: { services: '1', 'services.nodeports': '1', 'services.loadbalancers': '0' },
    },
    {
      name: 'config map',
      key: 'configmaps',
      kind: 'configmaps',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
      // One is the cluster's own: its certificate.
      hard: { configmaps: '2' },
      used: { configmaps: '2' },
    },
    {
      name: 'secret',
      key: 'secrets',
      kind: 'secrets',
      object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
      hard: { secrets: '1' },
      used: { secrets: '1' },
    },
    {
      name: 'replication controller',
      key: 'replicationcontrollers',
      kind: 'replicationcontrollers',
      object: {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'x' },
        spec: { replicas: 0, selector: { a: 'b' }, template: { metadata: { labels: { a: 'b' } }, spec: pod('t').spec } },
      },
      hard: { replicationcontrollers: '1' },
      used: { replicationcontrollers: '1' },
    },
    {
      name: 'replica set',
      key: 'count/replicasets.apps',
      kind: 'replicasets.apps',
      object: {
        ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'x' } },
        spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod('t').spec } },
      },
      hard: { 'count/replicasets.apps': '1' },
      used: { 'count/replicasets.apps': '1' },
    },
    {
      name: 'volume claim',
      key: 'requests.storage',
      kind: 'persistentvolumeclaims',
      object: {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'x' } },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } },
      },
      hard: { persistentvolumeclaims: '1', 'requests.storage': '1Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '2Gi' },
      used: { persistentvolumeclaims: '1', 'requests.storage': '1Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' },
    },
  ];
  for (const { name, key, object, hard, used, kind } of lives)
    it(`capture the life of a ${name}`, async () => {
      const namespace = await newNamespace(`life-${kind.split('.')[0]}`);
      await usedAtFirst(namespace, hard, key);
      await make(namespace, object);
      await usedIs(namespace, 'q', used);
      const named = { ...object, metadata: { name: 'y' } };
      assert.ok((await refused(namespace, named)).startsWith(`Error from server (Forbidden): ${kind} "y" is forbidden: exceeded quota: q, requested: `));
      await cluster.mustKubectl(['delete', kind, 'x', '-n', namespace]);
      await usedIs(namespace, 'q', { [key]: key === 'configmaps' ? '1' : '0' });
    });

  async function usedAtFirst(namespace: string, hard: Amounts, key: string): Promise<void> {
    await make(namespace, quota('q', hard));
    await usedIs(namespace, 'q', { [key]: key === 'configmaps' ? '1' : '0' });
  }

  it('capture the life of a custom resource', async () => {
    const namespace = await newNamespace('life-of-a-widget');
    await make(namespace, quota('q', { 'count/widgets.quota.example.com': '1' }));
    const schema = { openAPIV3Schema: { type: 'object' } };
    await cluster.mustKubectl(['create', '-f', '-'], {
      input: JSON.stringify({
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.quota.example.com' } },
        spec: {
          group: 'quota.example.com',
          scope: 'Namespaced',
          names: { plural: 'widgets', kind: 'Widget' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      }),
    });
    await usedIs(namespace, 'q', { 'count/widgets.quota.example.com': '0' });
    const widget = (name: string) => ({ apiVersion: 'quota.example.com/v1', kind: 'Widget', metadata: { name } });
    await make(namespace, widget('x'));
    await usedIs(namespace, 'q', { 'count/widgets.quota.example.com': '1' });
    assert.match(await refused(namespace, widget('y')), /exceeded quota: q, requested: count\/widgets\.quota\.example\.com=1, used: .*=1, limited: .*=1$/);
    await cluster.mustKubectl(['delete', 'widgets.quota.example.com', 'x', '-n', namespace]);
    await usedIs(namespace, 'q', { 'count/widgets.quota.example.com': '0' });
    await cluster.mustKubectl(['delete', 'crd', 'widgets.quota.example.com']);
  });

  it('tell pods apart by what they ask for', async () => {
    const namespace = await newNamespace('best-effort');
    await make(namespace, quota('best-effort', { pods: '5' }, { scopes: ['BestEffort'] }));
    await make(namespace, quota('not-best-effort', { pods: '5' }, { scopes: ['NotBestEffort'] }));
    for (const name of ['best-effort', 'not-best-effort']) await usedIs(namespace, name, { pods: '0' });
    await make(namespace, pod('idle'));
    await usedIs(namespace, 'best-effort', { pods: '1' });
    assert.deepEqual((await status(namespace, 'not-best-effort')).used, { pods: '0' });
    await cluster.mustKubectl(['delete', 'pod', 'idle', '-n', namespace, '--grace-period=0', '--force']);
    await make(namespace, pod('busy', { requests: { cpu: '500m', memory: '200Mi' } }));
    await usedIs(namespace, 'not-best-effort', { pods: '1' });
    await usedIs(namespace, 'best-effort', { pods: '0' });
  });

  it('tell pods apart that end by themselves, and follow one that comes to', async () => {
    const namespace = await newNamespace('terminating');
    const hard = { pods: '5', 'requests.cpu': '1' };
    await make(namespace, quota('terminating', hard, { scopes: ['Terminating'] }));
    await make(namespace, quota('not-terminating', hard, { scopeSelector: { matchExpressions: [{ scopeName: 'NotTerminating', operator: 'Exists' }] } }));
    for (const name of ['terminating', 'not-terminating']) await usedIs(namespace, name, { pods: '0' });
    await make(namespace, pod('long', { requests: { cpu: '500m' } }));
    await usedIs(namespace, 'not-terminating', { pods: '1', 'requests.cpu': '500m' });
    assert.deepEqual((await status(namespace, 'terminating')).used, { pods: '0', 'requests.cpu': '0' });
    await cluster.mustKubectl(['patch', 'pod', 'long', '-n', namespace, '-p', '{"spec":{"activeDeadlineSeconds":3600}}']);
    await usedIs(namespace, 'terminating', { pods: '1', 'requests.cpu': '500m' });
    await usedIs(namespace, 'not-terminating', { pods: '0', 'requests.cpu': '0' });
  });

  it('are updated, deleted, and have their status written', async () => {
    const namespace = await newNamespace('lifecycle');
    await make(namespace, quota('q', { cpu: '1', memory: '500Mi' }));
    await usedIs(namespace, 'q', { cpu: '0', memory: '0' });
    await cluster.mustKubectl(['label', 'quota', 'q', '-n', namespace, 'e2e=yes']);
    await cluster.mustKubectl(['patch', 'quota', 'q', '-n', namespace, '-p', '{"spec":{"hard":{"memory":"750Mi"}}}']);
    for (const end = Date.now() + 60_000; (await status(namespace, 'q')).hard?.['memory'] !== '750Mi'; await sleep(100))
      assert.ok(Date.now() < end, 'the new limit is not enforced');
    await cluster.mustKubectl(['patch', 'quota', 'q', '-n', namespace, '--subresource=status', '-p', '{"status":{"hard":{"cpu":"5"}}}']);
    assert.deepEqual((await status(namespace, 'q')).hard, { cpu: '5', memory: '750Mi' });
    const change = await cluster.kubectl(['patch', 'quota', 'q', '-n', namespace, '-p', '{"spec":{"scopes":["BestEffort"]}}']);
    assert.match(change.stderr, /spec\.scopes: Invalid value: \["BestEffort"\]: field is immutable/);
    await cluster.mustKubectl(['delete', 'quota', '-n', namespace, '-l', 'e2e=yes']);
    await make(namespace, pod('free'));
  });

  it('are never exceeded by creates that come at once', async () => {
    const namespace = await newNamespace('at-once');
    await make(namespace, quota('q', { pods: '7' }));
    await usedIs(namespace, 'q', { pods: '0' });
    const replicas = { replicas: 40, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod('t').spec } };
    await make(namespace, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'x' }, spec: replicas });
    await usedIs(namespace, 'q', { pods: '7' });
    const condition = 'jsonpath={.status.conditions[0].type} {.status.conditions[0].reason} {.status.replicas}';
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const told = await cluster.mustKubectl(['get', 'rs', 'x', '-n', namespace, '-o', condition]);
      if (told === 'ReplicaFailure FailedCreate 7') break;
      assert.ok(Date.now() < end, told);
    }
    await cluster.mustKubectl(['delete', 'rs', 'x', '-n', namespace]);
    await usedIs(namespace, 'q', { pods: '0' });
  });
});
