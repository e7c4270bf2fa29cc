import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { assertSome, conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const nodes = ['node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6'];
const container = (resources: Container['resources'] = {}): Container => ({ name: 'main', image: 'app', resources });

function deployment(name: string, replicas: number, spec: Partial<PodSpec>): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container()], ...spec } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } };
}

describe('pods are placed with regard to each other', () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: nodes.length });
    for (const [index, node] of nodes.entries()) await bench.kubectl('label', 'node', node, `topology.kubernetes.io/zone=zone-${(index % 3) + 1}`);
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const podsOf = async (app: string): Promise<Pod[]> =>
    (await bench.read<{ items: Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`)).items.filter(
      ({ metadata }) => !metadata.deletionTimestamp,
    );
  const placed = async (app: string, count: number): Promise<{ running: Pod[]; waiting: Pod[] }> =>
    eventually(async () => {
      const all = await podsOf(app);
      const running = all.filter(({ spec }) => spec?.nodeName);
      assert.equal(running.length, count, `${running.length} of ${all.length} pods of ${app} have a node`);
      return { running, waiting: all.filter(({ spec }) => !spec?.nodeName) };
    });
  const countBy = (values: readonly string[]): number[] => Object.values(Object.groupBy(values, (value) => value)).map((group) => group!.length);
  const zoneOf = (node: string): string => `zone-${(nodes.indexOf(node) % 3) + 1}`;

  it('never two on one node when they shun each other', async () => {
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'apart' } } };
    await bench.create(deployment('apart', 7, { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }));
    const { running } = await placed('apart', 6);
    assert.deepEqual(running.map(({ spec }) => spec!.nodeName!).sort(), nodes);
    const [waiting] = await eventually(async () => {
      const found = (await podsOf('apart')).filter((pod) => !pod.spec?.nodeName && conditionOf(pod, 'PodScheduled').reason === 'Unschedulable');
      assert.equal(found.length, 1);
      return found;
    });
    const message =
      "0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.";
    assert.equal(conditionOf(waiting!, 'PodScheduled').message, message);
    const name = waiting!.metadata.name!;
    await eventually(async () => assertSome(await bench.events(name), `Warning FailedScheduling ${message}`));
    assert.match(await bench.kubectl('describe', 'pod', name), /FailedScheduling .*6 node\(s\) didn't match pod anti-affinity rules\./);
    assert.equal((await bench.row('pod', name))[2], 'Pending');

    const freed = running[0]!;
    await bench.kubectl('delete', 'pod', freed.metadata.name!, '--force', '--grace-period=0');
    await bench.podWhen(name, (pod) => assert.equal(pod.spec?.nodeName, freed.spec!.nodeName));
    await bench.kubectl('delete', 'deployment', 'apart', '--cascade=foreground');
  });

  it('evenly over zones', async () => {
    const constraint = {
      topologyKey: 'topology.kubernetes.io/zone',
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule' as const,
      labelSelector: { matchLabels: { app: 'even' } },
    };
    await bench.create(deployment('even', 6, { topologySpreadConstraints: [constraint] }));
    const { running } = await placed('even', 6);
    assert.deepEqual(countBy(running.map(({ spec }) => zoneOf(spec!.nodeName!))), [2, 2, 2]);

    // With one zone closed the others may only be one pod ahead of it.
    for (const node of ['node-1', 'node-4']) await bench.kubectl('cordon', node);
    await bench.kubectl('scale', 'deployment', 'even', '--replicas=9');
    await placed('even', 8);
    const waiting = await eventually(async () => (await placed('even', 8)).waiting[0] ?? assert.fail('the ninth pod is not there yet'));
    await bench.podWhen(waiting.metadata.name!, (pod) =>
      assert.match(
        conditionOf(pod, 'PodScheduled').message ?? '',
        /^0\/6 nodes are available: 2 node\(s\) were unschedulable, 4 node\(s\) didn't match pod topology spread constraints\. no new claims to deallocate, preemption: 0\/6 nodes are available: 2 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pod\.$/,
      ),
    );
    await bench.kubectl('uncordon', 'node-1');
    const { running: all } = await placed('even', 9);
    assert.deepEqual(countBy(all.map(({ spec }) => zoneOf(spec!.nodeName!))), [3, 3, 3]);
    await bench.kubectl('uncordon', 'node-4');
    await bench.kubectl('delete', 'deployment', 'even', '--cascade=foreground');
  });

  it('near those that they want, also when those come later', async () => {
    const term = { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'leader' } } };
    await bench.create(deployment('follower', 3, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }));
    const [first] = await eventually(async () => {
      const found = await podsOf('follower');
      assert.equal(found.length, 3);
      return found;
    });
    await bench.podWhen(first!.metadata.name!, (pod) =>
      assert.equal(
        conditionOf(pod, 'PodScheduled').message,
        "0/6 nodes are available: 6 node(s) didn't match pod affinity rules. no new claims to deallocate, preemption: 0/6 nodes are available: 6 Preemption is not helpful for scheduling.",
      ),
    );
    await bench.create(podOf('leader', [container()], { nodeName: 'node-2' }, { labels: { app: 'leader' } }));
    const { running } = await placed('follower', 3);
    assert.deepEqual(new Set(running.map(({ spec }) => zoneOf(spec!.nodeName!))), new Set(['zone-2']));
    await bench.kubectl('delete', 'deployment', 'follower', '--cascade=foreground');
    await bench.kubectl('delete', 'pod', 'leader', '--force', '--grace-period=0');
  });

  it('in the room of less important ones', async () => {
    const priorityClass = (name: string, value: number, rest: object = {}): object => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      ...rest,
    });
    await bench.create(priorityClass('high', 1000), priorityClass('patient', 1000, { preemptionPolicy: 'Never' }));
    for (const node of nodes.slice(1)) await bench.kubectl('cordon', node);
    const cpus = Number(await bench.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.allocatable.cpu}'));
    const large = container({ requests: { cpu: String(cpus * 0.6) } });
    await bench.create(podOf('low', [large], {}, { finalizers: ['example.com/look'] }), podOf('bystander', [container()]));
    for (const name of ['low', 'bystander']) await bench.podReady(name);

    await bench.create(podOf('patient', [large], { priorityClassName: 'patient' }));
    await bench.podWhen('patient', (pod) =>
      assert.equal(
        conditionOf(pod, 'PodScheduled').message,
        '0/6 nodes are available: 1 Insufficient cpu, 5 node(s) were unschedulable. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
      ),
    );
    await bench.kubectl('delete', 'pod', 'patient', '--force', '--grace-period=0');

    await bench.create(podOf('high', [large], { priorityClassName: 'high' }));
    const victim = await bench.podWhen('low', (pod) => assert.ok(pod.metadata.deletionTimestamp));
    assert.deepEqual(conditionOf(victim, 'DisruptionTarget'), {
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    });
    const { metadata } = await bench.pod('high');
    await eventually(async () => assertSome(await bench.events('low'), `Normal Preempted Preempted by pod ${metadata.uid} on node node-1`));
    await bench.kubectl('patch', 'pod', 'low', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]');
    assert.equal((await bench.podReady('high')).spec.nodeName, 'node-1');
    await bench.podGone('low');
    await bench.podReady('bystander');
    await bench.told('high', 'Warning FailedScheduling 0/6 nodes are available: 1 Insufficient cpu, 5 node(s) were unschedulable.');
  });
});
