import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import { callApi } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, stay, workbenchOf } from '../fixtures/workload.ts';

const dongle = 'example.com/dongle';

describe('a resource that a cluster is told of', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  let nodeName: string;
  const bench = workbenchOf(() => cluster);
  const amounts = async (): Promise<unknown[]> => {
    const { capacity, allocatable } = (await bench.read<Node>(`/api/v1/nodes/${nodeName}`)).status!;
    return [capacity?.[dongle], allocatable?.[dongle]];
  };
  const hasAmounts = (...want: unknown[]): Promise<void> => eventually(async () => assert.deepEqual(await amounts(), want));
  const patch = (operation: string, value?: string): object[] => [{ op: operation, path: '/status/capacity/example.com~1dongle', ...(value ? { value } : {}) }];
  const asking = (name: string, limits: string, requests = limits): Pod =>
    podOf(name, [shell(stay, { resources: { limits: { [dongle]: limits }, requests: { [dongle]: requests } } })]);

  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
    nodeName = (await bench.read<{ items: Node[] }>('/api/v1/nodes')).items[0]!.metadata.name!;
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('by a patch over HTTP is there, and can be asked for', async () => {
    const { code } = await callApi(cluster, `/api/v1/nodes/${nodeName}/status`, {
      method: 'PATCH',
      contentType: 'application/json-patch+json',
      body: patch('add', '4'),
    });
    assert.equal(code, 200);
    await hasAmounts('4', '4');
    const described = await bench.kubectl('describe', 'node', nodeName);
    assert.match(described, /Capacity:[^]*example\.com\/dongle: +4[^]*Allocatable:[^]*example\.com\/dongle: +4/);
  });

  it('is given to pods until there is none left', async () => {
    await bench.create(asking('first', '3'));
    await bench.podReady('first');
    await bench.create(asking('second', '2'));
    await bench.told('second', /FailedScheduling 0\/1 nodes are available: 1 Insufficient example\.com\/dongle/);
    await bench.kubectl('delete', 'pod', 'first');
    await bench.podReady('second');
    await bench.kubectl('delete', 'pod', 'second');
  });

  const refused: { name: string; pod: Pod; error: string }[] = [
    {
      name: 'parts of it',
      pod: asking('broken', '1500m'),
      error: `[spec.containers[0].resources.limits[${dongle}]: Invalid value: "1500m": must be an integer, spec.containers[0].resources.requests[${dongle}]: Invalid value: "1500m": must be an integer]`,
    },
    {
      name: 'less of it than allowed',
      pod: asking('less', '2', '1'),
      error: `spec.containers[0].resources.requests: Invalid value: "1": must be equal to ${dongle} limit of 2`,
    },
  ];
  for (const { name, pod, error } of refused)
    it(`is not for pods that ask for ${name}`, async () => {
      const { code, body } = await callApi<{ message: string }>(cluster, '/api/v1/namespaces/default/pods', {
        method: 'POST',
        body: pod,
      });
      assert.deepEqual([code, body.message], [422, `Pod "${pod.metadata.name}" is invalid: ${error}`]);
    });

  for (const version of kubectlVersions().keys()) {
    if (version !== '1.27' && version !== '1.33' && version !== 'any') continue;
    it(`by kubectl ${version} holds, is a whole number, and goes when it is taken away`, async () => {
      const change = (operations: object[]) =>
        cluster.kubectl(['patch', 'node', nodeName, '--subresource=status', '--type=json', '-p', JSON.stringify(operations)], { version });
      const { code, stderr } = await change(patch('add', '500m'));
      assert.deepEqual([code, stderr], [1, `The Node "${nodeName}" is invalid: status.capacity.${dongle}: Invalid value: "500m": must be an integer\n`]);
      assert.equal((await change(patch('add', '2'))).code, 0);
      await hasAmounts('2', '2');
      assert.equal((await change(patch('remove'))).code, 0);
      await hasAmounts(undefined, undefined);
    });
  }
});
