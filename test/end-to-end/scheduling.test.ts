import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { assertSome, conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const nodes = ['node-1', 'node-2', 'node-3'];
const container = (resources: Container['resources'] = {}, rest: Partial<Container> = {}): Container => ({ name: 'main', image: 'app', resources, ...rest });
const withCpu = (cpu: number): Container => container({ requests: { cpu: String(cpu) } });

describe('pods are placed', () => {
  let cluster: TestCluster;
  let cpuOfNode: number;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
    cpuOfNode = Number(await bench.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.allocatable.cpu}'));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await bench.kubectl('delete', 'pods', '--all', '--force', '--grace-period=0');
    for (const node of nodes) await bench.kubectl('uncordon', node);
  });

  const nodeOf = async (name: string): Promise<string | undefined> => (await bench.podReady(name)).spec.nodeName;
  const refused = async (name: string, message: RegExp): Promise<void> => {
    const pod = await bench.podWhen(name, (current) => assert.equal(conditionOf(current, 'PodScheduled').reason, 'Unschedulable'));
    assert.equal(pod.status?.phase, 'Pending');
    assert.match(conditionOf(pod, 'PodScheduled').message ?? '', message);
    await eventually(async () => assertSome(await bench.events(name), new RegExp(`^Warning FailedScheduling ${message.source.replace(/^\^/, '')}`)));
    assert.equal((await bench.row('pod', name))[2], 'Pending');
  };

  const impossible: { name: string; spec: Partial<PodSpec>; containers?: Container[]; message: RegExp }[] = [
    { name: 'too-much-cpu', spec: {}, containers: [withCpu(100_000)], message: /^0\/3 nodes are available: 3 Insufficient cpu\./ },
    {
      name: 'too-much-of-two',
      spec: {},
      containers: [container({ requests: { cpu: '100k', memory: '100Pi' } })],
      message: /^0\/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory\./,
    },
    {
      name: 'unknown-resource',
      spec: {},
      containers: [container({ limits: { 'example.com/rare': '1' } })],
      message: /^0\/3 nodes are available: 3 Insufficient example\.com\/rare\./,
    },
    {
      name: 'no-such-label',
      spec: { nodeSelector: { colour: 'red' } },
      message: /^0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector\./,
    },
    {
      name: 'no-such-name',
      message: /^0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector\./,
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: nodes }] }],
            },
          },
        },
      },
    },
  ];
  for (const { name, spec, containers = [container()], message } of impossible) {
    it(`nowhere: ${name.replaceAll('-', ' ')}`, async () => {
      await bench.create(podOf(name, containers, spec));
      await refused(name, message);
    });
  }

  it('where a label is, as soon as it is there', async () => {
    await bench.create(podOf('selective', [container()], { nodeSelector: { disk: 'fast' } }));
    await refused('selective', /^0\/3 nodes are available: 3 node\(s\) didn't match/);
    await bench.kubectl('label', 'node', 'node-2', 'disk=fast');
    assert.equal(await nodeOf('selective'), 'node-2');
    await bench.told('selective', 'Normal Scheduled Successfully assigned default/selective to node-2');
    await bench.kubectl('label', 'node', 'node-2', 'disk-');
  });

  it('where they would rather be', async () => {
    const preferred = (value: string): Partial<PodSpec> => ({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [value] }] } },
          ],
        },
      },
    });
    for (const node of nodes) {
      await bench.create(podOf(`rather-${node}`, [container()], preferred(node)));
      assert.equal(await nodeOf(`rather-${node}`), node);
    }
  });

  it('where room is left, and elsewhere when room is made', async () => {
    const most = Math.floor(cpuOfNode * 0.75);
    for (const number of [1, 2, 3]) await bench.create(podOf(`large-${number}`, [withCpu(most)]));
    const used = await Promise.all([1, 2, 3].map((number) => nodeOf(`large-${number}`)));
    assert.deepEqual([...used].sort(), nodes);
    await bench.create(podOf('one-too-many', [withCpu(most)]));
    await refused('one-too-many', /^0\/3 nodes are available: 3 Insufficient cpu\./);
    await bench.kubectl('delete', 'pod', 'large-2', '--force', '--grace-period=0');
    assert.equal(await nodeOf('one-too-many'), used[1]);
  });

  it('not where a taint is, unless they tolerate it', async () => {
    try {
      for (const node of nodes) await bench.kubectl('taint', 'node', node, 'dedicated=batch:NoSchedule');
      await bench.create(
        podOf('intolerant', [container()]),
        podOf('tolerant', [container()], { tolerations: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }] }),
      );
      await refused('intolerant', /^0\/3 nodes are available: 3 node\(s\) had untolerated taint/);
      await bench.podReady('tolerant');
      await bench.kubectl('taint', 'node', 'node-3', 'dedicated-');
      assert.equal(await nodeOf('intolerant'), 'node-3');
    } finally {
      for (const node of nodes) await bench.attempt('taint', 'node', node, 'dedicated-');
    }
  });

  it('and evicted when a taint says so, at once or later', async () => {
    await bench.create(
      podOf('leaving', [container()], { nodeName: 'node-1' }),
      podOf('lingering', [container()], {
        nodeName: 'node-1',
        tolerations: [{ key: 'broken', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }],
      }),
      podOf('staying', [container()], { nodeName: 'node-1', tolerations: [{ key: 'broken', operator: 'Exists', effect: 'NoExecute' }] }),
    );
    for (const name of ['leaving', 'lingering', 'staying']) await bench.podReady(name);
    await bench.kubectl('taint', 'node', 'node-1', 'broken=yes:NoExecute');
    try {
      await bench.podGone('leaving');
      await bench.told('leaving', /^Normal TaintManagerEviction Marking for deletion Pod default\/leaving$/);
      await bench.podGone('lingering');
      assert.equal((await bench.pod('staying')).metadata.deletionTimestamp, undefined);
    } finally {
      await bench.kubectl('taint', 'node', 'node-1', 'broken-');
    }
  });

  it('not on nodes that are cordoned', async () => {
    for (const node of nodes) assert.equal(await bench.kubectl('cordon', node), `node/${node} cordoned\n`);
    assert.equal((await bench.row('node', 'node-1'))[1], 'Ready,SchedulingDisabled');
    await bench.create(podOf('kept-out', [container()]));
    await refused('kept-out', /^0\/3 nodes are available: 3 node\(s\) were unschedulable\./);
    assert.equal(await bench.kubectl('uncordon', 'node-2'), 'node/node-2 uncordoned\n');
    assert.equal(await nodeOf('kept-out'), 'node-2');
  });

  it('anew when their node is drained', async () => {
    await bench.kubectl('create', 'deployment', 'moved', '--image=app', '--replicas=3');
    await bench.kubectl('rollout', 'status', 'deployment/moved', '--timeout=120s');
    await bench.create(podOf('bare', [container()], { nodeName: 'node-1' }));
    await bench.podReady('bare');
    const refusal = await bench.attempt('drain', 'node-1');
    assert.equal(refusal.code, 1);
    assert.match(refusal.stderr, /cannot delete Pods that declare no controller \(use --force to override\): default\/bare/);
    assert.match(
      await bench.kubectl('drain', 'node-1', '--force', '--ignore-daemonsets', '--timeout=120s'),
      /node\/node-1 (already )?cordoned\n[^]*evicting pod default\/bare\n[^]*pod\/bare evicted\n[^]*node\/node-1 drained\n$/,
    );
    await bench.podGone('bare');
    await bench.kubectl('rollout', 'status', 'deployment/moved', '--timeout=120s');
    const places = (await bench.kubectl('get', 'pods', '-l', 'app=moved', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ');
    assert.equal(places.length, 3);
    assert.ok(!places.includes('node-1'), places.join());
    await bench.kubectl('delete', 'deployment', 'moved', '--cascade=foreground');
  });

  it('never two with the same port of the host on one node', async () => {
    const serving = (name: string, port: Container['ports']): object => podOf(name, [container({}, { ports: port! })]);
    const port = [{ containerPort: 80, hostPort: 8080 }];
    await bench.create(serving('port-1', port), serving('port-2', port), serving('port-3', port));
    const used = await Promise.all(['port-1', 'port-2', 'port-3'].map(nodeOf));
    assert.deepEqual([...used].sort(), nodes);
    await bench.create(serving('port-4', port), serving('other-protocol', [{ ...port[0]!, protocol: 'UDP' }]));
    await refused('port-4', /^0\/3 nodes are available: 3 node\(s\) didn't have free ports for the requested pod ports\./);
    await bench.podReady('other-protocol');
  });

  it('when their gates are open', async () => {
    await bench.create(podOf('gated', [container()], { schedulingGates: [{ name: 'example.com/first' }, { name: 'example.com/second' }] }));
    const pod = await bench.podWhen('gated', (current) => assert.ok(conditionOf(current, 'PodScheduled').reason));
    assert.deepEqual(conditionOf(pod, 'PodScheduled'), {
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    });
    assert.equal((await bench.row('pod', 'gated'))[2], 'SchedulingGated');
    const more = await bench.attempt(
      'patch',
      'pod',
      'gated',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/spec/schedulingGates/-","value":{"name":"example.com/third"}}]',
    );
    assert.equal(more.code, 1);
    assert.match(more.stderr, /only deletion is allowed, but found new scheduling gate 'example\.com\/third'/);
    await bench.kubectl('patch', 'pod', 'gated', '--type=json', '-p', '[{"op":"remove","path":"/spec/schedulingGates/0"}]');
    assert.equal((await bench.row('pod', 'gated'))[2], 'SchedulingGated');
    await bench.kubectl('patch', 'pod', 'gated', '--type=json', '-p', '[{"op":"remove","path":"/spec/schedulingGates"}]');
    await bench.podReady('gated');
  });

  it('in the order of their priority', async () => {
    const priorityClass = (name: string, value: number, rest: object = {}): object => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      ...rest,
    });
    await bench.create(priorityClass('urgent', 1000), priorityClass('usual', 10, { globalDefault: true }));
    for (const node of nodes) await bench.kubectl('cordon', node);
    const most = withCpu(Math.floor(cpuOfNode * 0.75));
    await bench.create(podOf('first-come', [most]), podOf('then-urgent', [most], { priorityClassName: 'urgent' }));
    assert.deepEqual([(await bench.pod('first-come')).spec.priority, (await bench.pod('then-urgent')).spec.priority], [10, 1000]);
    for (const name of ['first-come', 'then-urgent']) await refused(name, /^0\/3 nodes are available: 3 node\(s\) were unschedulable\./);
    await sleep(10_000); // whoever was refused is not looked at for a second, or up to ten when something happened to the nodes meanwhile
    await bench.kubectl('uncordon', 'node-3');
    assert.equal(await nodeOf('then-urgent'), 'node-3');
    assert.equal((await bench.pod('first-come')).spec.nodeName, undefined);
    const unknown = await cluster.kubectl(['create', '-f', '-'], {
      input: JSON.stringify(podOf('unknown-class', [container()], { priorityClassName: 'none' })),
    });
    assert.match(unknown.stderr, /pods "unknown-class" is forbidden: no PriorityClass with name none was found/);
    await bench.kubectl('delete', 'priorityclass', 'urgent', 'usual');
  });

  it('by themselves when they name their node', async () => {
    await bench.create(podOf('settled', [container()], { nodeName: 'node-2' }));
    assert.equal(await nodeOf('settled'), 'node-2');
  });

  it('by their own scheduler only', async () => {
    await bench.create(podOf('foreign', [container()], { schedulerName: 'somebody-else' }), podOf('ours', [container()]));
    await bench.podReady('ours');
    const pod = await bench.pod('foreign');
    assert.deepEqual([pod.spec.nodeName, pod.status?.conditions, await bench.events('foreign')], [undefined, undefined, []]);
  });
});
