import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, workbenchOf, writing } from '../fixtures/workload.ts';

const mounted = { volumeMounts: [{ name: 'v', mountPath: '/data' }] };
const claimed: Partial<PodSpec> = { restartPolicy: 'Never', volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };

describe('the volume of a claim', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('keeps what a pod wrote for the next one, and for whoever has the volume afterwards', async () => {
    const path = join(cluster.directory, 'disk');
    mkdirSync(path);
    const hostname = (await bench.kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.labels.kubernetes\\.io/hostname}')).trim();
    const term = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] };
    const common = { accessModes: ['ReadWriteOnce'], storageClassName: 'local' };
    await bench.create(
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'local' },
        provisioner: 'kubernetes.io/no-provisioner',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'disk' },
        spec: { ...common, capacity: { storage: '1Gi' }, local: { path }, nodeAffinity: { required: { nodeSelectorTerms: [term] } } },
      },
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { ...common, resources: { requests: { storage: '1Gi' } } } },
    );
    await bench.create(podOf('writer', [shell('echo written > /data/file', mounted)], claimed));
    await bench.podInPhase('writer', 'Succeeded');
    await bench.kubectl('delete', 'pod', 'writer');
    await bench.create(podOf('reader', [writing('cat /data/file', mounted)], claimed));
    assert.equal(await bench.written('reader'), 'written\n');

    await bench.kubectl('delete', 'pod', 'reader');
    await bench.kubectl('delete', 'pvc', 'data');
    await eventually(async () => assert.match(await bench.kubectl('get', 'pv', 'disk', '--no-headers'), / Released /));
    assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'written\n');
  });
});
