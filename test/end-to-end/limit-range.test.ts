import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

describe('limit ranges', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    await cluster.mustKubectl(['create', 'namespace', 'limited']);
  });
  after(() => cluster[Symbol.asyncDispose]());

  const create = (object: object) => cluster.kubectl(['create', '-n', 'limited', '-f', '-'], { input: JSON.stringify(object) });
  const pod = (name: string, resources: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'pause', image: 'pause', resources }] },
  });
  const resourcesOf = async (name: string): Promise<unknown> =>
    JSON.parse(await cluster.mustKubectl(['get', 'pod', name, '-n', 'limited', '-o', 'jsonpath={.spec.containers[0].resources}'])) as unknown;

  it('give new pods their defaults and hold them to their bounds', async () => {
    const item = {
      type: 'Container',
      min: { cpu: '50m', memory: '100Mi', 'ephemeral-storage': '100Gi' },
      max: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi', 'hugepages-2Mi': '4Mi' },
      default: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi', 'hugepages-2Mi': '2Mi' },
      defaultRequest: { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' },
    };
    const made = await create({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits', labels: { e2e: 'yes' } }, spec: { limits: [item] } });
    assert.equal(made.code, 0, made.stderr);
    assert.equal((await create(pod('silent', {}))).code, 0);
    assert.deepEqual(await resourcesOf('silent'), {
      limits: { cpu: '500m', 'ephemeral-storage': '500Gi', 'hugepages-2Mi': '2Mi', memory: '500Mi' },
      requests: { cpu: '100m', 'ephemeral-storage': '200Gi', 'hugepages-2Mi': '2Mi', memory: '200Mi' },
    });
    assert.equal(
      await cluster.mustKubectl(['get', 'pod', 'silent', '-n', 'limited', '-o', 'jsonpath={.metadata.annotations.kubernetes\\.io/limit-ranger}']),
      'LimitRanger plugin set: cpu, ephemeral-storage, hugepages-2Mi, memory request for container pause; cpu, ephemeral-storage, hugepages-2Mi, memory limit for container pause',
    );
    const some = { requests: { cpu: '300m', memory: '250Mi' }, limits: { cpu: '300m', memory: '500Mi' } };
    assert.equal((await create(pod('talking', some))).code, 0);
    assert.deepEqual(await resourcesOf('talking'), {
      limits: { ...some.limits, 'ephemeral-storage': '500Gi', 'hugepages-2Mi': '2Mi' },
      requests: { ...some.requests, 'ephemeral-storage': '200Gi', 'hugepages-2Mi': '2Mi' },
    });
    const small = await create(pod('small', { requests: { cpu: '10m' } }));
    assert.match(small.stderr, /pods "small" is forbidden: minimum cpu usage per Container is 50m, but request is 10m/);
    const large = await create(pod('large', { limits: { cpu: '600m', 'hugepages-2Mi': '6Mi' } }));
    assert.match(
      large.stderr,
      /pods "large" is forbidden: \[maximum cpu usage per Container is 500m, but limit is 600m, maximum hugepages-2Mi usage per Container is 4Mi, but limit is 6Mi\]/,
    );
  });

  it('are described, patched and deleted together', async () => {
    const described = await cluster.mustKubectl(['describe', 'limitrange', 'limits', '-n', 'limited']);
    assert.match(described, /Container +cpu +50m +500m +100m +500m +-/);
    await cluster.mustKubectl([
      'patch',
      'limitrange',
      'limits',
      '-n',
      'limited',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/limits/0/min/cpu","value":"5m"}]',
    ]);
    assert.equal((await create(pod('small', { requests: { cpu: '10m' } }))).code, 0);
    await cluster.mustKubectl(['delete', 'limitrange', '-n', 'limited', '-l', 'e2e=yes']);
    assert.equal((await create(pod('free', {}))).code, 0);
    assert.deepEqual(await cluster.mustKubectl(['get', 'pod', 'free', '-n', 'limited', '-o', 'jsonpath={.spec.containers[0].resources}']), '{}');
  });
});
