import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';

describe('a restart of the server', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it("client-node's informer follows a thousand changes across a kill -9 without a miss", async () => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const seen = new Map<string, string>();
    const informer = makeInformer<V1ConfigMap>(config, '/api/v1/namespaces/default/configmaps', () => core.listNamespacedConfigMap({ namespace: 'default' }));
    const note = (object: V1ConfigMap): void => void seen.set(object.metadata!.name!, object.data?.['value'] ?? '');
    informer.on('add', note);
    informer.on('update', note);
    informer.on('delete', (object: V1ConfigMap) => seen.delete(object.metadata!.name!));
    // Its own reconnect is the caller's duty after an error, as its README shows.
    let isOver = false;
    informer.on('error', () => setTimeout(() => void (isOver ? undefined : informer.start().catch(() => {})), 200));
    await informer.start();
    const expected = new Map<string, string>();
    const write = async (index: number): Promise<void> => {
      const name = `change-${index % 50}`;
      const body: V1ConfigMap = { metadata: { name }, data: { value: String(index) } };
      for (let tries = 0; ; tries++) {
        try {
          if (expected.has(name)) await core.replaceNamespacedConfigMap({ namespace: 'default', name, body });
          else await core.createNamespacedConfigMap({ namespace: 'default', body });
          break;
        } catch (error) {
          // While the server is away writes fail; one that was cut off may have been done.
          if ((error as { code?: number }).code === 409) break;
          if (tries > 300) throw error;
          await sleep(100);
        }
      }
      expected.set(name, String(index));
    };
    for (let index = 0; index < 1_000; index++) {
      if (index === 500) {
        await cluster.killHard();
        await cluster.start();
      }
      await write(index);
    }
    await eventually(() => assert.deepEqual(new Map([...seen].filter(([name]) => name.startsWith('change-')).sort()), new Map([...expected].sort())));
    isOver = true;
    await informer.stop();
  });

  it('what was acknowledged before a kill -9 is there afterwards', async () => {
    for (let round = 0; round < 3; round++) {
      const acknowledged: string[] = [];
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let index = 0; index < 10_000; index++) {
          const name = `durable-${round}-${writer}-${index}`;
          const { code } = await cluster.kubectl(['create', 'configmap', name]);
          if (code !== 0) break;
          acknowledged.push(name);
        }
      });
      await eventually(() => assert.ok(acknowledged.length >= 4, `${acknowledged.length} writes were acknowledged`));
      await sleep(Math.random() * 500);
      await cluster.killHard();
      await Promise.all(writers);
      await cluster.start();
      const present = new Set(
        (await cluster.mustKubectl(['get', 'configmaps', '-o', 'name']))
          .trim()
          .split('\n')
          .map((line) => line.replace('configmap/', '')),
      );
      assert.deepEqual(
        acknowledged.filter((name) => !present.has(name)),
        [],
      );
    }
  });
});

describe('a restart of the node agent', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  for (const how of ['kill -9', 'down --keep-containers']) {
    it(`after ${how} running containers keep running and are adopted`, async () => {
      const name = `kept-${how.length}`;
      await cluster.mustKubectl(['run', name, '--image=busybox', '--image-pull-policy=IfNotPresent', '--', 'sh', '-c', 'echo started; sleep 1000']);
      await cluster.mustKubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
      const before = await cluster.mustKubectl(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].containerID} {.status.podIP}']);
      if (how === 'kill -9') await cluster.killHard();
      else await cluster.stop('--keep-containers');
      await cluster.start();
      await cluster.mustKubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
      await sleep(2_000); // long enough for a wrong restart to show
      const after = await cluster.mustKubectl(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].containerID} {.status.podIP}']);
      assert.equal(after, before);
      assert.equal(await cluster.mustKubectl(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}']), '0');
      await eventually(async () => assert.equal(await cluster.mustKubectl(['logs', name]), 'started\n'));
      await cluster.mustKubectl(['delete', 'pod', name, '--grace-period=1']);
    });
  }
});
