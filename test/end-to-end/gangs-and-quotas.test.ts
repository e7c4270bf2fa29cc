import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';

const folderOf = (plugin: string): string => join(import.meta.dirname, '../../src/extensions/scheduling', plugin);

const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
  - schedulerName: default-scheduler
    plugins:
      multiPoint: { enabled: [{ name: Coscheduling }, { name: CapacityScheduling }] }
      queueSort: { enabled: [{ name: Coscheduling }], disabled: [{ name: "*" }] }
      postFilter: { enabled: [{ name: CapacityScheduling }, { name: Coscheduling }], disabled: [{ name: "*" }] }
    pluginConfig:
      - { name: Coscheduling, args: { permitWaitingTimeSeconds: 300 } }
`;

const pod = (name: string, cpu: string, metadata: object = {}, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }], terminationGracePeriodSeconds: 0, ...spec },
});
const list = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

describe('coscheduling and capacity scheduling, switched on by a configuration', () => {
  let directory: string;
  let cluster: TestCluster;
  const get = async <T>(...args: string[]): Promise<T> => JSON.parse(await cluster.mustKubectl(['get', ...args, '-o', 'json'])) as T;
  const running = async (namespace: string): Promise<string[]> => {
    const { items } = await get<{ items: Pod[] }>('pods', '-n', namespace);
    return items.flatMap(({ metadata, status }) => (status?.phase === 'Running' && !metadata.deletionTimestamp ? [metadata.name!] : [])).sort();
  };
  const whyNot = async (name: string, namespace: string): Promise<string> => {
    const { status } = await get<Pod>('pod', name, '-n', namespace);
    return status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
  };
  const apply = (input: string): Promise<string> => cluster.mustKubectl(['create', '-f', '-'], { input });

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wt-'));
    const file = join(directory, 'scheduler.yaml');
    writeFileSync(file, configuration);
    cluster = await startTestCluster({ simulate: true, flags: ['--scheduler-config', file] });
  });
  after(async () => {
    await cluster[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  it('schedules as ever before their kinds are defined', async () => {
    await apply(list(pod('plain', '100m')));
    await eventually(async () => assert.deepEqual(await running('default'), ['plain']));
  });

  it('serves the kinds once they are defined, with short names and columns', async () => {
    for (const plugin of ['coscheduling', 'capacity-scheduling']) await cluster.mustKubectl(['apply', '-f', join(folderOf(plugin), 'definition.yaml')]);
    await apply(list({ apiVersion: 'scheduling.x-k8s.io/v1alpha1', kind: 'PodGroup', metadata: { name: 'training' }, spec: { minMember: 3 } }));
    assert.match(await cluster.mustKubectl(['get', 'pg']), /^NAME +PHASE +MINMEMBER +RUNNING +SUCCEEDED +FAILED +AGE\n/);
    const { stderr } = await cluster.kubectl(['create', '-f', '-'], {
      input: list({ apiVersion: 'scheduling.x-k8s.io/v1alpha1', kind: 'PodGroup', metadata: { name: 'none' }, spec: { minMember: 0 } }),
    });
    assert.match(stderr, /spec\.minMember: Invalid value: 0: spec\.minMember in body should be greater than or equal to 1/);
  });

  it('runs a group when it is whole, and says where it is on its way', async () => {
    const member = (name: string): object => pod(name, '100m', { labels: { 'scheduling.x-k8s.io/pod-group': 'training' } });
    await apply(list(member('one'), member('two')));
    await eventually(async () =>
      assert.match(await whyNot('two', 'default'), /cannot find enough sibling pods, current pods number: 2, minMember of group: 3/),
    );
    assert.deepEqual(await running('default'), ['plain']);
    await apply(list(member('three')));
    await eventually(async () => assert.deepEqual(await running('default'), ['one', 'plain', 'three', 'two']));
    await eventually(async () => {
      const { status } = await get<{ status: object }>('pg', 'training');
      assert.deepEqual(status, { phase: 'Running', running: 3, succeeded: 0, failed: 0 });
    });
  });

  it('lends what a namespace leaves, and takes it back when it is needed', async () => {
    for (const namespace of ['lender', 'borrower']) await cluster.mustKubectl(['create', 'namespace', namespace]);
    const quota = (namespace: string, min: string): object => ({
      apiVersion: 'scheduling.x-k8s.io/v1alpha1',
      kind: 'ElasticQuota',
      metadata: { name: 'quota', namespace },
      spec: { min: { cpu: min }, max: { cpu: '400m' } },
    });
    await apply(list(quota('lender', '300m'), quota('borrower', '100m')));
    const names = ['b1', 'b2', 'b3', 'b4'];
    await apply(list(...names.map((name) => pod(name, '100m', { namespace: 'borrower' }))));
    await eventually(async () => assert.deepEqual(await running('borrower'), names));
    await eventually(async () => assert.deepEqual((await get<{ status: object }>('eq', 'quota', '-n', 'borrower')).status, { used: { cpu: '400m' } }));
    await apply(list(pod('more', '100m', { namespace: 'borrower' })));
    await eventually(async () =>
      assert.match(await whyNot('more', 'borrower'), /Pod borrower\/more is rejected in PreFilter because ElasticQuota borrower is more than Max/),
    );
    await cluster.mustKubectl(['delete', 'pod', 'more', '-n', 'borrower']);
    await apply(list(pod('owner', '100m', { namespace: 'lender' })));
    await eventually(async () => assert.deepEqual(await running('lender'), ['owner']));
    assert.equal((await running('borrower')).length, 3);
  });
});
