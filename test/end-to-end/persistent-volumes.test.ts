import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { assertSome, conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const container = { name: 'main', image: 'app' };
const withClaims = (name: string, claims: readonly string[], spec: Partial<PodSpec> = {}): object =>
  podOf(name, [container], { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })), ...spec });
const claim = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const volume = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' }, ...spec },
});
const local = (node: string, storageClassName: string): object => ({
  local: { path: '/tmp' },
  storageClassName,
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] } },
});
const storageClass = (name: string, rest: object = {}, annotations: object = {}): object => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, annotations },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
  ...rest,
});

describe('claims get their volumes', () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
    await bench.create(storageClass('local'), storageClass('quick', { provisioner: 'disks.example.com', volumeBindingMode: 'Immediate' }));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const claimNamed = (name: string): Promise<PersistentVolumeClaim> => bench.read(`/api/v1/namespaces/default/persistentvolumeclaims/${name}`);
  const volumeNamed = (name: string): Promise<PersistentVolume> => bench.read(`/api/v1/persistentvolumes/${name}`);
  const bound = (name: string): Promise<PersistentVolumeClaim> =>
    eventually(async () => {
      const found = await claimNamed(name);
      assert.equal(found.status?.phase, 'Bound');
      return found;
    });
  const scheduled = (name: string, node: string): Promise<unknown> => bench.podWhen(name, ({ spec }) => assert.equal(spec?.nodeName, node));
  const unschedulable = (name: string, message: string): Promise<unknown> =>
    bench.podWhen(name, (pod) => assert.deepEqual(conditionOf(pod, 'PodScheduled'), { status: 'False', reason: 'Unschedulable', message }));
  const said = (kind: string, name: string, line: string): Promise<void> =>
    eventually(async () => {
      const events = await bench.kubectl(
        'get',
        'events',
        `--field-selector=involvedObject.kind=${kind},involvedObject.name=${name}`,
        '-o',
        'jsonpath={range .items[*]}{.type} {.reason} {.message}{"\\n"}{end}',
      );
      assert.ok(events.split('\n').includes(line), events);
    });

  it('with the pod, on the node where the volume is', async () => {
    await bench.create(volume('on-node-2', local('node-2', 'local')), claim('data', { storageClassName: 'local' }));
    await said('PersistentVolumeClaim', 'data', 'Normal WaitForFirstConsumer waiting for first consumer to be created before binding');
    assert.match(await bench.kubectl('get', 'pvc', 'data', '--no-headers'), /^data +Pending +local /);
    await eventually(async () =>
      assert.match(await bench.kubectl('get', 'pv', 'on-node-2', '--no-headers'), /^on-node-2 +2Gi +RWO +Retain +Available +local /),
    );

    await bench.create(withClaims('reader', ['data']));
    await scheduled('reader', 'node-2');
    const { metadata, spec, status } = await bound('data');
    assert.equal(spec.volumeName, 'on-node-2');
    assert.deepEqual([status?.capacity, status?.accessModes], [{ storage: '2Gi' }, ['ReadWriteOnce']]);
    assert.deepEqual(
      [metadata.annotations, metadata.finalizers],
      [{ 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' }, ['kubernetes.io/pvc-protection']],
    );
    const { metadata: ofVolume, spec: volumeSpec, status: volumeStatus } = await volumeNamed('on-node-2');
    assert.equal(volumeStatus?.phase, 'Bound');
    assert.deepEqual([volumeSpec.claimRef?.namespace, volumeSpec.claimRef?.name, volumeSpec.claimRef?.uid], ['default', 'data', metadata.uid]);
    assert.deepEqual([ofVolume.annotations, ofVolume.finalizers], [{ 'pv.kubernetes.io/bound-by-controller': 'yes' }, ['kubernetes.io/pv-protection']]);
    assert.match(await bench.kubectl('get', 'pvc', 'data', '--no-headers'), /^data +Bound +on-node-2 +2Gi +RWO +local /);
    assert.match(await bench.kubectl('describe', 'pvc', 'data'), /Used By: +reader/);
  });

  it('for other pods, which are kept where the volume is', async () => {
    await bench.create(withClaims('elsewhere', ['data'], { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }));
    await unschedulable(
      'elsewhere',
      "0/3 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    );
    await bench.kubectl('delete', 'pod', 'elsewhere', '--wait=false');
  });

  it('and keep them until their pods are gone', async () => {
    await bench.kubectl('delete', 'pvc', 'data', '--wait=false');
    assert.match(await bench.kubectl('get', 'pvc', 'data', '--no-headers'), /^data +Terminating /);
    await bench.kubectl('delete', 'pod', 'reader');
    await eventually(async () => assert.equal((await bench.attempt('get', 'pvc', 'data')).code, 1));
    await eventually(async () => assert.equal((await volumeNamed('on-node-2')).status?.phase, 'Released'));
    await bench.kubectl('delete', 'pv', 'on-node-2');
  });

  it('only where there is one for each', async () => {
    await bench.create(...['a', 'b'].map((name) => claim(name, { storageClassName: 'local' })));
    await bench.create(volume('one', local('node-1', 'local')), volume('two', local('node-3', 'local')));
    await bench.create(withClaims('both', ['a', 'b']));
    await unschedulable(
      'both',
      "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    );
    await said('PersistentVolumeClaim', 'a', 'Normal WaitForPodScheduled waiting for pod both to be scheduled');
    await bench.create(volume('three', local('node-3', 'local')));
    await scheduled('both', 'node-3');
    assert.deepEqual([(await bound('a')).spec.volumeName, (await bound('b')).spec.volumeName].sort(), ['three', 'two']);
  });

  it('before the pod when they do not wait for it, which wakes the pod', async () => {
    await bench.create(claim('soon', { storageClassName: '' }), withClaims('patient', ['soon']));
    const message = '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found';
    await unschedulable('patient', message);
    await eventually(async () => assertSome(await bench.events('patient'), `Warning FailedScheduling ${message}`));
    await said('PersistentVolumeClaim', 'soon', 'Normal FailedBinding no persistent volumes available for this claim and no storage class is set');
    await bench.create(volume('late', { hostPath: { path: '/tmp' } }));
    assert.equal((await bound('soon')).spec.volumeName, 'late');
    await bench.podWhen('patient', ({ spec }) => assert.ok(spec?.nodeName));
  });

  it('from a provisioner that is asked for them', async () => {
    await bench.create(claim('made', { storageClassName: 'quick' }));
    await said(
      'PersistentVolumeClaim',
      'made',
      "Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'disks.example.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    );
    const { metadata } = await claimNamed('made');
    assert.equal(metadata.annotations?.['volume.kubernetes.io/storage-provisioner'], 'disks.example.com');
    assert.equal(metadata.annotations?.['volume.beta.kubernetes.io/storage-provisioner'], 'disks.example.com');
    // What an external provisioner does.
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'made', uid: metadata.uid };
    const csi = { driver: 'disks.example.com', volumeHandle: 'h' };
    await bench.create(volume('provisioned', { csi, claimRef, storageClassName: 'quick', persistentVolumeReclaimPolicy: 'Delete' }));
    assert.equal((await bound('made')).spec.volumeName, 'provisioned');
    assert.equal((await volumeNamed('provisioned')).status?.phase, 'Bound');
    await bench.kubectl('delete', 'pvc', 'made');
    await eventually(async () => assert.equal((await volumeNamed('provisioned')).status?.phase, 'Released'));
  });

  it('of the default class, be it there before the claim or after', async () => {
    await bench.create(claim('early'));
    await said('PersistentVolumeClaim', 'early', 'Normal FailedBinding no persistent volumes available for this claim and no storage class is set');
    await bench.create(storageClass('usual', {}, { 'storageclass.kubernetes.io/is-default-class': 'true' }));
    await eventually(async () => assert.equal((await claimNamed('early')).spec.storageClassName, 'usual'));
    await bench.create(claim('late'));
    assert.equal((await claimNamed('late')).spec.storageClassName, 'usual');
  });

  it('that are made and removed with their pod', async () => {
    await bench.create(volume('scratch-volume', local('node-1', 'local')));
    const template = { spec: { accessModes: ['ReadWriteOnce' as const], storageClassName: 'local', resources: { requests: { storage: '1Gi' } } } };
    // One volume of the class is left on node-1, and the new one.
    await bench.create(podOf('scratch', [container], { volumes: [{ name: 'work', ephemeral: { volumeClaimTemplate: template } }] }));
    await scheduled('scratch', 'node-1');
    assert.equal((await bound('scratch-work')).metadata.ownerReferences?.[0]?.name, 'scratch');
    await bench.kubectl('delete', 'pod', 'scratch');
    await eventually(async () => assert.equal((await bench.attempt('get', 'pvc', 'scratch-work')).code, 1));
  });
});
