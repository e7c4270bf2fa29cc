import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../../api/generated/policy-v1.ts';
import * as resourceTypes from '../../../api/generated/resource-types.ts';
import type { EventRecorder } from '../../../client/events.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import type { FakeCall } from '../../../client/testing/fake-client.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { settle, until } from '../../../client/testing/settle.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { NodeInfo, PostFilterResult, SchedulingPlugin, Status, WaitingPod } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../../extension-points/scheduling/run.ts';
import type { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, testInformers, testNode } from '../../../extension-points/scheduling/testing.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import defaultPreemption from './default-preemption.ts';

const silent: EventRecorder = { record: () => undefined, as: () => silent, flush: async () => undefined };
schedulingConformance('DefaultPreemption', () =>
  defaultPreemption(undefined, new AttachableHandle({ client: new FakeClient(), informers: testInformers(), events: silent, clock: new ManualClock() })),
);

/** Every node has room for what its label `room` says; a pod takes what its label `size` says, 1 by default. */
const sizeOf = ({ metadata }: Pod): number => Number(metadata.labels?.['size'] ?? 1);
const room: SchedulingPlugin = {
  filter(_state, pod, { node, pods }) {
    const used = pods.reduce((sum, other) => sum + sizeOf(other), 0);
    const total = Number(node.metadata.labels!['room']);
    if (sizeOf(pod) > total) return unresolvable('node(s) too small');
    return used + sizeOf(pod) <= total ? success : unschedulable('node(s) full');
  },
};

const running = new Set<DisposalStack>();
afterEach(async () => {
  for (const stack of running) await stack[Symbol.asyncDispose]();
  running.clear();
});

interface PodParts extends Partial<PodSpec> {
  readonly size?: number;
  readonly startedAt?: string;
  readonly nominated?: string;
  readonly labels?: Record<string, string>;
}

class Scene {
  readonly clock = new ManualClock();
  readonly calls: FakeCall[] = [];
  refuse: (call: FakeCall) => void = () => undefined;
  readonly client = new FakeClient({ clock: this.clock, intercept: (call) => (this.calls.push(call), this.refuse(call)) });
  readonly said: string[] = [];
  readonly activated: string[] = [];
  readonly waiting: WaitingPod[] = [];
  readonly nominated: Pod[] = [];
  readonly #nodes = new Map<string, { room: number; pods: Pod[] }>();
  #plugin: SchedulingPlugin | undefined;
  #framework: SchedulingFramework | undefined;

  async start(args?: unknown): Promise<void> {
    const stack = new DisposalStack();
    running.add(stack);
    const { client, clock } = this;
    const informers = stack.use(createInformers({ client, clock, log: silentLog }));
    const events: EventRecorder = {
      ...silent,
      record: (object, type, reason, message) => void this.said.push(`${object.metadata.name} ${type} ${reason} ${message}`),
    };
    const handle = new AttachableHandle({ client, informers, events, clock });
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    point.add({ name: 'room', origin: 'test', implementation: room });
    const framework = new SchedulingFramework(point);
    this.#framework = framework;
    stack.use(
      handle.attach({
        snapshot: () => this.nodes(),
        nodeInfo: (name) => this.nodes().find((node) => node.name === name),
        observe: () => ({ [Symbol.dispose]: () => undefined }),
        filterWithNominatedPods: (state, pod, node) => framework.filter(state as SchedulingState, pod, node),
        addPod: () => undefined,
        removePod: () => undefined,
        nominatedPods: () => this.nominated,
        waitingPods: () => this.waiting,
        activate: (pods) => void this.activated.push(...pods.map(({ metadata }) => metadata.name!)),
      }),
    );
    this.#plugin = defaultPreemption(args, handle, () => 0);
    informers.informer(resourceTypes.pods);
    await informers.synced();
  }

  node(name: string, roomThere: number): void {
    this.#nodes.set(name, { room: roomThere, pods: [] });
  }

  async pod(name: string, { size = 1, startedAt, nominated, labels, ...spec }: PodParts = {}): Promise<Pod> {
    const made = await this.client.create<Pod>(resourceTypes.pods, {
      metadata: { name, namespace: 'default', labels: { ...labels, size: String(size) } },
      spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
      status: { ...(startedAt ? { startTime: startedAt } : {}), ...(nominated ? { nominatedNodeName: nominated } : {}) },
    } as Pod);
    const stored = startedAt || nominated ? await this.#setStatus(made, { startTime: startedAt, nominatedNodeName: nominated }) : made;
    if (spec.nodeName) this.#nodes.get(spec.nodeName)!.pods.push(stored);
    return stored;
  }

  #setStatus(pod: Pod, status: object): Promise<Pod> {
    const key = { namespace: 'default', name: pod.metadata.name! };
    return this.client.patch<Pod>(resourceTypes.pods, key, { type: 'merge', body: { status } }, { subresource: 'status' });
  }

  nodes(): NodeInfo[] {
    return [...this.#nodes].map(([name, { room: roomThere, pods }]) => nodeWith(testNode(name, { labels: { room: String(roomThere) } }), ...pods));
  }

  async preempt(pod: Pod, failures = this.#failuresOf(pod)): Promise<PostFilterResult> {
    const state = this.#framework!.newState();
    return this.#plugin!.postFilter!(state, pod, failures, new AbortController().signal);
  }

  #failuresOf(pod: Pod): Map<string, Status> {
    const failures = new Map<string, Status>();
    for (const node of this.nodes()) {
      const status = this.#framework!.filter(this.#framework!.newState(), pod, node);
      if (status.code !== 'success') failures.set(node.name, status);
    }
    return failures;
  }

  gate(pod: Pod): string {
    return this.#plugin!.preEnqueue!(pod).reasons.join();
  }

  /** The pods of all nodes that were not deleted; deletions of pods on nodes are graceful. */
  get left(): string[] {
    const isLeft = ({ metadata: { name } }: Pod): boolean => {
      const stored = this.client.store.get(resourceTypes.pods, { namespace: 'default', name: name! });
      return stored !== undefined && !stored.metadata.deletionTimestamp;
    };
    return [...this.#nodes.values()].flatMap(({ pods }) => pods.filter(isLeft).map(({ metadata }) => metadata.name!));
  }

  async budget(name: string, labels: Record<string, string>, disruptionsAllowed = 0): Promise<void> {
    const made = { metadata: { name, namespace: 'default' }, spec: { selector: { matchLabels: labels } }, status: { disruptionsAllowed } };
    await this.client.create<PodDisruptionBudget>(resourceTypes.poddisruptionbudgets, made);
    await this.client.patch(
      resourceTypes.poddisruptionbudgets,
      { namespace: 'default', name },
      { type: 'merge', body: { status: { disruptionsAllowed } } },
      { subresource: 'status' },
    );
  }
}

describe('preemption', () => {
  it('deletes just enough less important pods, and sets the node aside', async () => {
    const scene = new Scene();
    scene.node('a', 3);
    await scene.pod('lowest', { nodeName: 'a', priority: 0 });
    await scene.pod('low', { nodeName: 'a', priority: 1 });
    await scene.pod('same', { nodeName: 'a', priority: 10 });
    await scene.start();
    const pod = await scene.pod('p', { priority: 10, schedulerName: 'mine' });
    await settle();
    const victims = [{ namespace: 'default', name: 'lowest', uid: 'uid-1', priority: 0 }];
    assert.deepEqual(await scene.preempt(pod), {
      status: success,
      nominatedNodeName: 'a',
      preemption: {
        plugin: 'DefaultPreemption',
        nodeName: 'a',
        candidateCount: 1,
        candidates: [{ nodeName: 'a', victimCount: 1, budgetViolations: 0, victims }],
      },
    });
    await until(() => scene.said.length > 0);
    assert.deepEqual(scene.left, ['low', 'same']);
    assert.deepEqual(scene.said, [`lowest Normal Preempted Preempted by pod ${pod.metadata.uid} on node a`]);
  });

  it('says on the victim why it goes, before it goes', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    await scene.pod('low', { nodeName: 'a' });
    await scene.start();
    let condition: unknown;
    scene.refuse = ({ verb }) => {
      if (verb !== 'delete') return;
      const pod = scene.client.store.get(resourceTypes.pods, { namespace: 'default', name: 'low' }) as Pod | undefined;
      condition = pod?.status?.conditions?.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
    };
    await scene.preempt(await scene.pod('p', { priority: 1, schedulerName: 'mine' }));
    await until(() => scene.said.length > 0);
    assert.deepEqual(condition, [
      { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'mine: preempting to accommodate a higher priority pod' },
    ]);
  });

  it('lets pods back in by importance, those that would break a budget first', async () => {
    const scene = new Scene();
    scene.node('a', 3);
    await scene.pod('old', { nodeName: 'a', startedAt: '2020-01-01T00:00:00Z' });
    await scene.pod('new', { nodeName: 'a', startedAt: '2021-01-01T00:00:00Z' });
    await scene.pod('guarded', { nodeName: 'a', startedAt: '2022-01-01T00:00:00Z', labels: { app: 'guarded' } });
    await scene.budget('budget', { app: 'guarded' });
    await scene.start();
    await scene.preempt(await scene.pod('p', { priority: 1, size: 2 }));
    await until(() => scene.said.length === 2);
    assert.deepEqual(scene.left, ['guarded']);
  });

  it('takes the node where it breaks no budget', async () => {
    const scene = new Scene();
    for (const name of ['a', 'b']) scene.node(name, 1);
    await scene.pod('guarded', { nodeName: 'a', labels: { app: 'guarded' } });
    await scene.pod('more-important', { nodeName: 'b', priority: 5 });
    await scene.budget('budget', { app: 'guarded' });
    await scene.start();
    assert.equal((await scene.preempt(await scene.pod('p', { priority: 9 }))).nominatedNodeName, 'b');
  });

  it('breaks a budget when nothing else helps', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    await scene.pod('guarded', { nodeName: 'a', labels: { app: 'guarded' } });
    await scene.budget('budget', { app: 'guarded' });
    await scene.start();
    assert.equal((await scene.preempt(await scene.pod('p', { priority: 9 }))).nominatedNodeName, 'a');
  });

  it('says why it does not help, node by node', async () => {
    const scene = new Scene();
    scene.node('small', 1);
    scene.node('important', 2);
    scene.node('not-enough', 2);
    await scene.pod('x', { nodeName: 'important', priority: 9, size: 2 });
    await scene.pod('y', { nodeName: 'not-enough', priority: 9 });
    await scene.pod('z', { nodeName: 'not-enough', priority: 0 });
    await scene.start();
    assert.deepEqual(await scene.preempt(await scene.pod('p', { priority: 9, size: 2 })), {
      status: unschedulable(
        'preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling, 1 node(s) full.',
      ),
      nominatedNodeName: '',
    });
    assert.deepEqual(scene.left, ['x', 'y', 'z']);
  });

  it('deletes nobody when there is room by now', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    scene.node('b', 1);
    for (const name of ['a', 'b']) await scene.pod(`low-${name}`, { nodeName: name });
    await scene.start();
    const pod = await scene.pod('p', { priority: 9 });
    const [full, roomy] = [scene.nodes(), [...scene.nodes().slice(0, 1), nodeWith(testNode('b', { labels: { room: '2' } }), ...scene.nodes()[1]!.pods)]];
    // The cycle saw both nodes full; one of them has grown since.
    const failures = new Map(full.map(({ name }) => [name, unschedulable('node(s) full')]));
    scene.nodes = () => roomy;
    const { status, nominatedNodeName } = await scene.preempt(pod, failures);
    assert.equal(status.code, 'unschedulable');
    assert.match(status.reasons.join(), /1 node\(s\) have room by now/);
    await settle();
    assert.deepEqual([scene.left, nominatedNodeName], [['low-a', 'low-b'], '']);
  });

  it('is not for pods that must not', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    await scene.pod('low', { nodeName: 'a' });
    await scene.start();
    assert.deepEqual(await scene.preempt(await scene.pod('p', { priority: 9, preemptionPolicy: 'Never' })), {
      status: unschedulable('preemption: not eligible due to preemptionPolicy=Never.'),
    });
  });

  it('waits while the pods that it deleted are on their way out', async () => {
    const scene = new Scene();
    for (const name of ['a', 'b']) scene.node(name, 1);
    await scene.pod('low', { nodeName: 'b' });
    await scene.start();
    const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }];
    const leaving = { ...(await scene.pod('leaving', { priority: 0 })), status: { conditions } } as Pod;
    const leavingNode = nodeWith(testNode('a', { labels: { room: '1' } }), { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: 'now' } });
    const nodes = scene.nodes();
    scene.nodes = () => [leavingNode, nodes[1]!];
    const pod = await scene.pod('p', { priority: 9, nominated: 'a' });
    await settle();
    assert.deepEqual(await scene.preempt(pod), { status: unschedulable('preemption: not eligible due to a terminating pod on the nominated node.') });
  });

  it('keeps the pod from being tried until the last victim goes', async () => {
    const scene = new Scene();
    scene.node('a', 2);
    for (const name of ['one', 'two']) await scene.pod(name, { nodeName: 'a' });
    await scene.start();
    const pod = await scene.pod('p', { priority: 9, size: 2 });
    await settle();
    const gates: string[] = [];
    scene.refuse = ({ verb }) => void (verb === 'delete' && gates.push(scene.gate(pod)));
    await scene.preempt(pod);
    await until(() => scene.said.length === 2);
    assert.deepEqual(gates, Array(2).fill('waiting for the preemption for this pod to be finished'));
    assert.equal(scene.gate(pod), '');
    await settle();
    assert.deepEqual(scene.activated, ['p'], 'what it waited for happened while it was kept out');
  });

  it('tries the pod again when deleting fails, and leaves the other victims', async () => {
    const scene = new Scene();
    scene.node('a', 2);
    for (const name of ['one', 'two']) await scene.pod(name, { nodeName: 'a' });
    await scene.start();
    scene.refuse = ({ verb }) => {
      if (verb === 'delete') throw new Error('no connection');
    };
    const pod = await scene.pod('p', { priority: 9, size: 2 });
    await scene.preempt(pod);
    await until(() => scene.activated.length > 0);
    assert.deepEqual([scene.activated, scene.left, scene.gate(pod)], [['p'], ['one', 'two'], '']);
    assert.deepEqual(scene.said, ['p Warning PreemptionFailed Could not preempt pods on node a: no connection']);
  });

  it('rejects a victim that waits for a permit instead of deleting it', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    const held = await scene.pod('held', { nodeName: 'a' });
    await scene.start();
    const rejected: string[] = [];
    scene.waiting.push({ pod: held, pending: ['gang'], allow: () => undefined, reject: (plugin, reason) => void rejected.push(`${plugin} ${reason}`) });
    const pod = await scene.pod('p', { priority: 9 });
    await scene.preempt(pod);
    await until(() => scene.said.length > 0);
    assert.deepEqual([rejected, scene.left], [['DefaultPreemption preempted'], ['held']]);
    assert.deepEqual(scene.said, [`held Normal Preempted Preempted by pod ${pod.metadata.uid} on node a (in kube-scheduler memory).`]);
  });

  it('takes the node from less important pods that it was set aside for', async () => {
    const scene = new Scene();
    scene.node('a', 1);
    await scene.pod('low', { nodeName: 'a' });
    scene.nominated.push(await scene.pod('middle', { priority: 5, nominated: 'a' }), await scene.pod('top', { priority: 20, nominated: 'a' }));
    await scene.start();
    await scene.preempt(await scene.pod('p', { priority: 9 }));
    await until(() => scene.said.length > 0);
    const nominationOf = async (name: string): Promise<string | undefined> =>
      (await scene.client.get<Pod>(resourceTypes.pods, { namespace: 'default', name })).status?.nominatedNodeName || undefined;
    assert.deepEqual([await nominationOf('middle'), await nominationOf('top')], [undefined, 'a']);
  });

  it('looks at as many nodes as it is told to', async () => {
    const scene = new Scene();
    for (let index = 0; index < 40; index++) {
      scene.node(`n${index}`, 1);
      await scene.pod(`low-${index}`, { nodeName: `n${index}`, priority: index === 0 ? 5 : index === 39 ? 0 : 1 });
    }
    await scene.start({ minCandidateNodesPercentage: 5, minCandidateNodesAbsolute: 1 });
    assert.equal((await scene.preempt(await scene.pod('p', { priority: 9 }))).nominatedNodeName, 'n1');
  });

  it('refuses arguments out of range', async () => {
    await assert.rejects(
      new Scene().start({ minCandidateNodesPercentage: 101 }),
      /minCandidateNodesPercentage: Invalid value: 101: not in valid range \[0, 100\]/,
    );
    await assert.rejects(new Scene().start({ minCandidateNodesAbsolute: -1 }), /not in valid range \[0, inf\)/);
    await assert.rejects(new Scene().start({ minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 }), /cannot be zero at the same time/);
  });
});
