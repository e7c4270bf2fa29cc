import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { callApi } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

/** Both kinds of mirror carry it, and nothing else does. */
const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

describe('static pods', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let node: string;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
    [node] = (await bench.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ') as [string];
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const file = (name: string): string => join(cluster.dataDirectory, 'manifests', name);
  const manifest = (word: string, name = 'fixed'): string => JSON.stringify(podOf(name, [shell(`echo ${word}; ${stay}`)], {}, { labels: { tier: 'node' } }));

  it('come from files, and are shown by mirrors', async () => {
    writeFileSync(file('fixed.json'), manifest('first'));
    const name = `fixed-${node}`;
    const pod = await eventually(() => bench.podReady(name));
    assert.ok(isMirror(pod));
    const { annotations, labels, ownerReferences } = pod.metadata;
    assert.deepEqual(
      [annotations?.['kubernetes.io/config.source'], annotations?.['kubernetes.io/config.hash'], labels],
      ['file', annotations?.['kubernetes.io/config.mirror'], { tier: 'node' }],
    );
    assert.deepEqual(
      ownerReferences?.map(({ kind, name: owner, controller }) => [kind, owner, controller]),
      [['Node', node, true]],
    );
    assert.deepEqual(
      [pod.spec.nodeName, pod.spec.tolerations?.some((toleration) => toleration.operator === 'Exists' && toleration.effect === 'NoExecute')],
      [node, true],
    );
    await eventually(async () => assert.equal(await bench.kubectl('logs', name), 'first\n'));
    assert.equal(await bench.exec(name, 'echo reached'), 'reached\n');
  });

  it('come back as mirrors, running on, when their mirror is deleted', async () => {
    const name = `fixed-${node}`;
    const before = await bench.pod(name);
    await bench.kubectl('delete', 'pod', name, '--wait=false');
    const after = await eventually(async () => {
      const pod = await bench.pod(name);
      assert.notEqual(pod.metadata.uid, before.metadata.uid);
      assert.equal(statusOf(pod).containerID, statusOf(before).containerID);
      return pod;
    });
    assert.equal(statusOf(after).restartCount, 0);
  });

  it('are replaced when their file changes', async () => {
    writeFileSync(file('fixed.json'), manifest('second'));
    const name = `fixed-${node}`;
    await eventually(async () => assert.equal(await bench.kubectl('logs', name), 'second\n'));
    await bench.podReady(name);
  });

  it('are no reason to read a file that is none', async () => {
    writeFileSync(file('broken.yaml'), 'kind: Pod\nmetadata: [');
    writeFileSync(file('account.yaml'), JSON.stringify(podOf('account', [shell(stay)], { serviceAccountName: 'default' })));
    writeFileSync(
      file('good.yaml'),
      'apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {hostNetwork: true, containers: [{name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [sleep, "1000"]}], terminationGracePeriodSeconds: 1}\n',
    );
    await eventually(() => bench.podReady(`good-${node}`));
    assert.equal((await callApi(cluster, `/api/v1/namespaces/default/pods/account-${node}`)).code, 404);
    for (const name of ['broken.yaml', 'account.yaml', 'good.yaml']) rmSync(file(name));
    await bench.podGone(`good-${node}`);
  });

  it('run on through a restart of the server', async () => {
    const name = `fixed-${node}`;
    const before = await bench.pod(name);
    await cluster.killHard();
    await cluster.start();
    const after = await bench.podReady(name);
    assert.equal(statusOf(after).containerID, statusOf(before).containerID);
  });

  it('end with their file', async () => {
    rmSync(file('fixed.json'));
    await bench.podGone(`fixed-${node}`);
    assert.equal(await bench.kubectl('get', 'pods', '-A', '-o', 'name'), '');
  });
});
