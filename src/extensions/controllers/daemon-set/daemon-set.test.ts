import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ControllerRevision, DaemonSet } from '../../../api/generated/apps-v1.ts';
import type { Node, NodeSpec, Pod } from '../../../api/generated/core-v1.ts';
import { controllerrevisions, daemonsets, nodes, pods } from '../../../api/generated/resource-types.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { runPods } from '../../../extension-points/controllers/testing/pod-actors.ts';
import { nodeOf } from './daemon-pods.ts';
import { daemonSetController } from './daemon-set.ts';

const key = { namespace: 'a', name: 'agent' };
const daemonSet = (more: Partial<DaemonSet['spec']> = {}, image = 'one'): DaemonSet => ({
  metadata: { ...key },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image }] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 10,
    ...more,
  },
});
const node = (name: string, spec: NodeSpec = {}, labels: Record<string, string> = {}): Node => ({ metadata: { name, labels }, spec });
const read = (world: ControllerWorld): DaemonSet => world.find(daemonsets, key) ?? assert.fail('the daemon set is gone');
const places = (world: ControllerWorld): (string | undefined)[] => world.list(pods).map(nodeOf).sort();
const images = (world: ControllerWorld): (string | undefined)[] => world.list(pods).map(({ spec }) => spec.containers[0]?.image);
const setImage = (world: ControllerWorld, image: string) =>
  world.client.patch(daemonsets, key, { type: 'merge', body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } } });
const addNodes = async (world: ControllerWorld, ...names: string[]): Promise<void> => {
  for (const name of names) await world.client.create(nodes, node(name));
};
const setPhase = (world: ControllerWorld, pod: Pod, phase: 'Failed' | 'Succeeded'): void =>
  void world.client.store.put(pods, { ...pod, status: { ...pod.status, phase } });

controllerConformance('daemon-set', () => ({
  controller: daemonSetController(),
  async arrange(client) {
    for (const name of ['n1', 'n2']) await client.create(nodes, node(name));
    await client.create(daemonsets, daemonSet());
  },
  isDone: (client) => client.store.list(pods).length === 2 && (client.store.get(daemonsets, key) as unknown as DaemonSet).status?.currentNumberScheduled === 2,
}));

describe('daemonSetController', () => {
  it('runs one pod on every node, bound by its affinity, and counts them', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    await addNodes(world, 'n1', 'n2', 'n3');
    await world.client.create(daemonsets, daemonSet());
    await world.start(daemonSetController());
    await world.until(() => read(world).status?.numberAvailable === 3, 'three pods');
    assert.deepEqual(places(world), ['n1', 'n2', 'n3']);
    assert.deepEqual(read(world).status, {
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
    });
    const [pod] = world.list(pods);
    const [revision] = world.list(controllerrevisions);
    const hash = revision?.metadata.labels?.['controller-revision-hash'];
    assert.equal(revision?.metadata.name, `agent-${hash}`);
    assert.equal(pod?.metadata.labels?.['controller-revision-hash'], hash);
    assert.deepEqual(
      pod?.spec.tolerations?.map(({ key: taint, effect }) => `${taint}:${effect}`),
      [
        'node.kubernetes.io/not-ready:NoExecute',
        'node.kubernetes.io/unreachable:NoExecute',
        'node.kubernetes.io/disk-pressure:NoSchedule',
        'node.kubernetes.io/memory-pressure:NoSchedule',
        'node.kubernetes.io/pid-pressure:NoSchedule',
        'node.kubernetes.io/unschedulable:NoSchedule',
      ],
    );
  });

  const nodeCases: { name: string; node: Node; spec?: Partial<DaemonSet['spec']['template']['spec']>; want: boolean }[] = [
    { name: 'a node with the labels it selects', node: node('n', {}, { gpu: 'true' }), spec: { nodeSelector: { gpu: 'true' } }, want: true },
    { name: 'no node without them', node: node('n'), spec: { nodeSelector: { gpu: 'true' } }, want: false },
    { name: 'no node with a taint it does not tolerate', node: node('n', { taints: [{ key: 'x', effect: 'NoSchedule' }] }), want: false },
    {
      name: 'a tainted node that it tolerates',
      node: node('n', { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
      spec: { tolerations: [{ operator: 'Exists' }] },
      want: true,
    },
    { name: 'a node that is not ready', node: node('n', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] }), want: true },
    {
      name: 'a cordoned node',
      node: node('n', { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }),
      want: true,
    },
    { name: 'no node without a network', node: node('n', { taints: [{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }] }), want: false },
    {
      name: 'a node without a network when it brings it',
      node: node('n', { taints: [{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }] }),
      spec: { hostNetwork: true },
      want: true,
    },
    { name: 'no node but the one it names', node: node('n'), spec: { nodeName: 'other' }, want: false },
  ];
  for (const { name, node: subject, spec, want } of nodeCases) {
    it(`runs on ${name}`, async () => {
      await using world = new ControllerWorld();
      await world.client.create(nodes, subject);
      const set = daemonSet();
      await world.client.create(daemonsets, {
        ...set,
        spec: { ...set.spec, template: { ...set.spec.template, spec: { ...set.spec.template.spec!, ...spec } } },
      });
      await world.start(daemonSetController());
      await world.until(() => read(world).status?.observedGeneration === 1, 'the first look');
      await settle();
      assert.deepEqual([places(world), read(world).status?.desiredNumberScheduled], want ? [['n'], 1] : [[], 0]);
    });
  }

  it('follows nodes: new ones get a pod, those that no longer fit lose it, and a later NoSchedule taint drives nobody out', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    const set = daemonSet();
    set.spec.template.spec!.nodeSelector = { role: 'edge' };
    for (const name of ['n1', 'n2']) await world.client.create(nodes, node(name, {}, { role: 'edge' }));
    await world.client.create(daemonsets, set);
    await world.start(daemonSetController());
    await world.until(() => read(world).status?.numberReady === 2, 'two pods');
    await world.client.create(nodes, node('n3', {}, { role: 'edge' }));
    await world.until(() => places(world).includes('n3'), 'a pod on the new node');
    await world.client.patch(nodes, { name: 'n1' }, { type: 'merge', body: { metadata: { labels: { role: null } } } });
    await world.until(() => !places(world).includes('n1'), 'the pod gone');
    await world.client.patch(nodes, { name: 'n2' }, { type: 'merge', body: { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } } });
    await world.until(() => read(world).status?.numberMisscheduled === 1, 'the count');
    assert.deepEqual(places(world), ['n2', 'n3']);
    await world.client.patch(nodes, { name: 'n2' }, { type: 'merge', body: { spec: { taints: [{ key: 'x', effect: 'NoExecute' }] } } });
    await world.until(() => places(world).length === 1, 'the pod driven out');
  });

  it('replaces pods a few at a time when the template changes, and remembers the templates', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    await addNodes(world, 'n1', 'n2', 'n3', 'n4');
    await world.client.create(daemonsets, daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%', maxSurge: 0 } } }));
    await world.start(daemonSetController());
    await world.until(() => read(world).status?.numberAvailable === 4, 'four pods');
    let fewest = 4;
    using _watch = world.informers
      .informer(pods)
      .onChange({ deleted: () => (fewest = Math.min(fewest, world.list(pods).filter(({ metadata }) => !metadata.deletionTimestamp).length)) });
    await setImage(world, 'two');
    await world.until(
      () => images(world).length === 4 && images(world).every((image) => image === 'two') && read(world).status?.numberAvailable === 4,
      'four new pods',
    );
    assert.ok(fewest >= 2, `${fewest} were left`);
    assert.equal(read(world).status?.updatedNumberScheduled, 4);
    const revisions = (): (readonly [number, unknown])[] =>
      world
        .list(controllerrevisions)
        .map(({ revision, data }: ControllerRevision) => [revision, (data as DaemonSet).spec.template.spec?.containers[0]?.image] as const)
        .sort(([left], [right]) => left - right);
    assert.deepEqual(revisions(), [
      [1, 'one'],
      [2, 'two'],
    ]);
    // Back to the first template: the same revision, with a new number.
    await setImage(world, 'one');
    await world.until(() => images(world).every((image) => image === 'one') && images(world).length === 4, 'the first ones again');
    await world.until(() => revisions().length === 2 && revisions()[1]![0] === 3, 'its number');
    assert.deepEqual(revisions(), [
      [2, 'two'],
      [3, 'one'],
    ]);
  });

  it('with surge has the new pod ready before the old one goes', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    await addNodes(world, 'n1', 'n2');
    await world.client.create(daemonsets, daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }));
    await world.start(daemonSetController());
    await world.until(() => read(world).status?.numberAvailable === 2, 'two pods');
    let fewestReady = 2;
    using _watch = world.informers.informer(pods).onChange({
      updated: (pod) => {
        if (pod.metadata.deletionTimestamp)
          fewestReady = Math.min(
            fewestReady,
            world
              .list(pods)
              .filter(
                ({ metadata, status }) =>
                  !metadata.deletionTimestamp && status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
              ).length,
          );
      },
    });
    await setImage(world, 'two');
    await world.until(() => images(world).length === 2 && images(world).every((image) => image === 'two'), 'two new pods');
    assert.equal(fewestReady, 2);
  });

  it('leaves old pods alone with OnDelete, and makes new ones of the current template', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    await addNodes(world, 'n1', 'n2');
    await world.client.create(daemonsets, daemonSet({ updateStrategy: { type: 'OnDelete' } }));
    await world.start(daemonSetController());
    await world.until(() => read(world).status?.numberAvailable === 2, 'two pods');
    await setImage(world, 'two');
    await world.until(() => read(world).status?.observedGeneration === 2, 'the second look');
    await settle();
    assert.deepEqual(images(world), ['one', 'one']);
    await world.client.delete(pods, { namespace: 'a', name: world.list(pods)[0]!.metadata.name! });
    await world.until(() => images(world).includes('two') && images(world).length === 2, 'one of each');
    assert.equal(read(world).status?.updatedNumberScheduled, 1);
  });

  it('replaces pods that have ended: failed ones with a back-off', async () => {
    await using world = new ControllerWorld();
    await addNodes(world, 'n1');
    await world.client.create(daemonsets, daemonSet());
    await world.start(daemonSetController());
    await world.until(() => world.list(pods).length === 1, 'a pod');
    const first = world.list(pods)[0]!;
    setPhase(world, first, 'Failed');
    await world.until(() => world.list(pods).some(({ metadata }) => metadata.uid !== first.metadata.uid), 'another pod');
    const second = world.list(pods).find(({ metadata }) => metadata.uid !== first.metadata.uid)!;
    setPhase(world, second, 'Failed');
    await settle();
    await settle();
    assert.equal(world.list(pods).filter(({ metadata }) => metadata.uid === second.metadata.uid && !metadata.deletionTimestamp).length, 1);
    await world.clock.advance(1_100);
    await world.until(() => !world.list(pods).some(({ metadata }) => metadata.uid === second.metadata.uid && !metadata.deletionTimestamp), 'the second gone');
    assert.deepEqual(
      world.events().filter((line) => line.startsWith('FailedDaemonPod')),
      [first, second].map(({ metadata }) => `FailedDaemonPod: Found failed daemon pod a/${metadata.name} on node n1, will try to kill it`),
    );
  });

  it('keeps as many old templates as it is told to', async () => {
    await using world = new ControllerWorld();
    using _ = runPods(world, { nodeOf });
    await addNodes(world, 'n1');
    await world.client.create(daemonsets, daemonSet({ revisionHistoryLimit: 1 }));
    await world.start(daemonSetController());
    for (const image of ['two', 'three', 'four']) {
      await world.until(() => read(world).status?.numberAvailable === 1 && read(world).status?.updatedNumberScheduled === 1, 'the pod');
      await setImage(world, image);
      await world.until(() => images(world).length === 1 && images(world)[0] === image, image);
    }
    await world.until(() => world.list(controllerrevisions).length === 2, 'two revisions');
    assert.deepEqual(
      world
        .list(controllerrevisions)
        .map(({ revision }) => revision)
        .sort(),
      [3, 4],
    );
  });
});
