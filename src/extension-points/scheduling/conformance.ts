import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { deepFreeze } from '../../api/object.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { NodeInfo, SchedulingPlugin, Status, StatusCode } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { SchedulingFramework } from './run.ts';
import type { SchedulingState } from './scheduling-state.ts';

/** What a plugin is tried on, beyond the suite's own pods and nodes. */
export interface SchedulingConformanceOptions {
  readonly pods?: readonly Pod[];
  readonly nodes?: readonly Node[];
}

/** The rules every scheduling plugin keeps, whatever it decides. Registers its tests with `node:test`; `create` makes a fresh plugin. */
export function schedulingConformance(name: string, create: () => SchedulingPlugin, options: SchedulingConformanceOptions = {}): void {
  const pods = deepFreeze([...samplePods(), ...(options.pods ?? [])]);
  const nodes = deepFreeze([...sampleNodes(), ...(options.nodes ?? [])]).map((node) => NodeRecord.of(node));

  describe(`${name} keeps the scheduling contract`, () => {
    it('implements something of the framework', () => {
      const methods = Object.entries(create()).filter(([, value]) => typeof value === 'function');
      assert.ok(methods.length > 0);
    });

    it('answers known codes, with a reason for every refusal, and changes neither pods nor nodes', async () => {
      const plugin = create();
      for (const pod of pods) {
        const { framework, state } = hostOf(name, plugin);
        check(plugin.preEnqueue?.(pod), ['success', 'unschedulable', 'unschedulable-and-unresolvable', 'pending']);
        const { status, nodeNames } = framework.preFilter(state, pod, nodes);
        check(status, ['success', 'unschedulable', 'unschedulable-and-unresolvable', 'pending']);
        if (status.code !== 'success') continue;
        for (const node of nodes)
          if (!nodeNames || nodeNames.has(node.name))
            check(framework.filter(state, pod, node), ['success', 'unschedulable', 'unschedulable-and-unresolvable', 'pending']);
      }
    });

    it('judges nodes as before once a pod that was imagined there is gone again, and keeps clones apart', () => {
      const plugin = create();
      for (const pod of pods) {
        const { framework, state } = hostOf(name, plugin);
        if (framework.preFilter(state, pod, nodes).status.code !== 'success') continue;
        const verdicts = (of: SchedulingState): Status[] => nodes.map((node) => framework.filter(of, pod, node));
        const before = verdicts(state);
        const clone = state.clone();
        for (const node of nodes) {
          for (const other of pods) framework.addPod(state, pod, other, node.withPod(other));
          assert.deepEqual(verdicts(clone), before);
          for (const other of pods) framework.removePod(state, pod, other, node);
          assert.deepEqual(verdicts(state), before);
        }
      }
    });

    it('scores within 0 and 100 once normalised, the same way each time', async () => {
      for (const pod of pods) {
        const [first, second] = [await scoresOf(name, create(), pod, nodes), await scoresOf(name, create(), pod, nodes)];
        assert.deepEqual(first, second);
      }
    });

    it('orders the queue consistently', () => {
      const plugin = create();
      if (!plugin.queueSort) return;
      const queued = pods.map((pod, index) => ({ pod, queuedAtMs: 1_000 + (index % 3), attempts: 1 }));
      for (const left of queued)
        for (const right of queued) {
          assert.equal(Math.sign(plugin.queueSort(left, right)), -Math.sign(plugin.queueSort(right, left)) + 0);
        }
    });

    it('undoes reservations that were never made, any number of times', () => {
      const plugin = create();
      const { framework, state } = hostOf(name, plugin);
      for (let times = 0; times < 2; times++) framework.unreserve(state, pods[0]!, nodes[0]!.name);
    });

    it('couples what belongs together', () => {
      const plugin = create();
      if (plugin.addPod || plugin.removePod)
        assert.ok(plugin.preFilter && plugin.addPod && plugin.removePod, 'addPod and removePod need each other and preFilter');
      if (plugin.normalizeScores) assert.ok(plugin.score, 'normalizeScores needs score');
      if (plugin.preBindPreFlight) assert.ok(plugin.preBind, 'preBindPreFlight needs preBind');
    });

    it('registers events that hints can be asked about', () => {
      for (const { event, hint } of create().eventsToRegister?.() ?? []) {
        assert.ok(event.actions.length > 0, `no actions for ${event.resource}`);
        const sample = event.resource === 'Node' ? nodes[0]!.node : pods[0]!;
        if (hint && (event.resource === 'Node' || event.resource.includes('Pod')))
          assert.match(hint(pods[0]!, event.actions[0] === 'Add' ? undefined : sample, event.actions[0] === 'Delete' ? undefined : sample), /^(queue|skip)$/);
      }
    });
  });
}

function check(status: Status | undefined, codes: readonly StatusCode[]): void {
  if (!status) return;
  assert.ok(codes.includes(status.code), `unexpected code ${status.code}`);
  if (status.code !== 'success') assert.ok(status.reasons.length > 0 && status.reasons.every((reason) => reason !== ''), 'a refusal without a reason');
}

function hostOf(name: string, plugin: SchedulingPlugin): { framework: SchedulingFramework; state: SchedulingState } {
  const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
  point.add({ name, origin: 'conformance', implementation: plugin });
  const framework = new SchedulingFramework(point);
  return { framework, state: framework.newState() };
}

async function scoresOf(name: string, plugin: SchedulingPlugin, pod: Pod, nodes: readonly NodeInfo[]): Promise<readonly number[]> {
  const { framework, state } = hostOf(name, plugin);
  const { status } = framework.preFilter(state, pod, nodes);
  return status.code === 'success' ? framework.score(state, pod, nodes, () => undefined) : [];
}

const samplePods = (): Pod[] => [
  { metadata: { name: 'plain', namespace: 'default', uid: '1' }, spec: { containers: [{ name: 'main', image: 'app' }] } },
  {
    metadata: { name: 'demanding', namespace: 'default', uid: '2', labels: { app: 'web' } },
    spec: {
      priority: 1_000,
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'main',
          image: 'registry.example/app:2',
          ports: [{ containerPort: 80, hostPort: 80 }],
          resources: { requests: { cpu: '500m', memory: '1Gi', 'example.com/gpu': '1' } },
        },
      ],
    },
  },
  { metadata: { name: 'empty', namespace: 'default', uid: '3' }, spec: { containers: [] } },
];

const sampleNodes = (): Node[] => [
  { metadata: { name: 'bare' }, spec: {} },
  {
    metadata: { name: 'large', labels: { disk: 'ssd' } },
    spec: {},
    status: {
      allocatable: { cpu: '8', memory: '32Gi', pods: '110', 'example.com/gpu': '4' },
      images: [{ names: ['registry.example/app:2'], sizeBytes: 400_000_000 }],
    },
  },
  {
    metadata: { name: 'cordoned' },
    spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
    status: { allocatable: { cpu: '1', memory: '1Gi', pods: '3' } },
  },
];
