import assert from 'node:assert/strict';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { CycleState, NodeInfo, NodeScore, SchedulingPlugin, Status } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { SchedulingState } from './scheduling-state.ts';
import type { TestCluster } from './testing-cluster.ts';
import { TestVerdicts } from './testing-cluster.ts';

export type Choose = <T>(items: readonly T[]) => T;

export interface EquivalenceOptions {
  readonly cluster: TestCluster;
  readonly choose: Choose;
  /** Makes a pod that might come. */
  readonly newPod: (name: string) => Pod;
  /** Changes the cluster. */
  readonly disturb: () => void;
  /** Where it happened, for messages. */
  readonly place: string;
}

/**
 * For tests of plugins that are fast: holds one against a plain plugin that does the same, for one pod. Verdicts on every node one by one and all at once, also on
 * clones of the state where pods were imagined to come and go, and after the cluster changed in the midst of the cycle; then scores, raw and normalised.
 */
export function assertEquivalent(fast: SchedulingPlugin, plain: SchedulingPlugin, pod: Pod, options: EquivalenceOptions): void {
  const { cluster, choose, place, disturb } = options;
  const nodes = cluster.snapshot();
  const states = { fast: new SchedulingState(), plain: new SchedulingState() };
  const [found, wanted] = [fast.preFilter!(states.fast, pod, nodes).status, plain.preFilter!(states.plain, pod, nodes).status];
  assert.deepEqual(textOf(found), textOf(wanted), `${place}: preFilter`);
  if (wanted.code === 'success') {
    assert.deepEqual(verdictsAtOnce(fast, states.fast, pod, cluster), verdicts(plain, states.plain, pod, nodes), `${place}: filterAll`);
    assertSameVerdicts(fast, plain, pod, { states, nodes, place: `${place}: filter` });
    imagine(fast, plain, pod, { states, nodes, options });
  }
  assertSameScores(fast, plain, pod, { cluster, fitting: nodes.filter(() => choose([true, true, true, false])), place });
  if (choose([true, false, false, false])) {
    disturb();
    if (wanted.code === 'success') assertSameVerdicts(fast, plain, pod, { states, nodes, place: `${place}: filter after a change in the midst of the cycle` });
  }
}

interface States {
  readonly fast: SchedulingState;
  readonly plain: SchedulingState;
}

function imagine(
  fast: SchedulingPlugin,
  plain: SchedulingPlugin,
  pod: Pod,
  { states, nodes, options: { cluster, choose, newPod, place } }: { states: States; nodes: readonly NodeInfo[]; options: EquivalenceOptions },
): void {
  if (nodes.length === 0) return;
  const clones: States = { fast: states.fast.clone(), plain: states.plain.clone() };
  const imagined = [...nodes];
  for (let step = 0; step < 5; step++) {
    const index = choose([...nodes.keys()]);
    const node = NodeRecord.from(imagined[index]!);
    const gone = node.pods.length > 0 && choose([true, true, false]) ? choose(node.pods) : undefined;
    const changed = gone ?? newPod(`imagined-${step}`);
    imagined[index] = gone ? node.withoutPod(gone) : node.withPod(changed);
    for (const [plugin, state] of [
      [fast, clones.fast],
      [plain, clones.plain],
    ] as const)
      plugin[gone ? 'removePod' : 'addPod']!(state, pod, changed, imagined[index]);
    assertSameVerdicts(fast, plain, pod, { states: clones, nodes: imagined, place: `${place}: filter after imagining ${step + 1} changes` });
  }
  assert.deepEqual(verdictsAtOnce(fast, clones.fast, pod, cluster), verdicts(plain, clones.plain, pod, nodes), `${place}: filterAll after imagining changes`);
  assertSameVerdicts(fast, plain, pod, { states, nodes, place: `${place}: filter of the state that was cloned` });
}

function assertSameVerdicts(
  fast: SchedulingPlugin,
  plain: SchedulingPlugin,
  pod: Pod,
  { states, nodes, place }: { states: States; nodes: readonly NodeInfo[]; place: string },
): void {
  assert.deepEqual(verdicts(fast, states.fast, pod, nodes), verdicts(plain, states.plain, pod, nodes), place);
}

function assertSameScores(
  fast: SchedulingPlugin,
  plain: SchedulingPlugin,
  pod: Pod,
  { cluster, fitting, place }: { cluster: TestCluster; fitting: readonly NodeInfo[]; place: string },
): void {
  const states = { fast: new SchedulingState(), plain: new SchedulingState(), atOnce: new SchedulingState() };
  const indexes = Int32Array.from(fitting, ({ name }) => cluster.table.indexOf(name)!);
  const wanted = plain.preScore!(states.plain, pod, fitting);
  assert.deepEqual(textOf(fast.preScore!(states.fast, pod, fitting)), textOf(wanted), `${place}: preScore`);
  assert.deepEqual(textOf(fast.preScoreAll!(states.atOnce, pod, cluster.table, indexes)), textOf(wanted), `${place}: preScoreAll`);
  if (wanted.code !== 'success') return;
  const scores = scored(plain, states.plain, pod, fitting);
  assert.deepEqual(scored(fast, states.fast, pod, fitting), scores, `${place}: score`);
  assert.deepEqual(scored(fast, states.atOnce, pod, fitting), scores, `${place}: score after preScoreAll`);
  // What was in the memory before must not count.
  const all = new Float64Array(fitting.length).fill(7);
  fast.scoreAll!(states.atOnce, pod, cluster.table, indexes, all);
  const raw = Array.from(all);
  fast.normalizeAll!(states.atOnce, pod, cluster.table, indexes, all);
  const atOnce = fitting.map(({ name }, position) => ({ name, raw: raw[position]! + 0, normalized: all[position]! + 0 }));
  assert.deepEqual(atOnce, scores, `${place}: scoreAll`);
}

interface Scored {
  readonly name: string;
  readonly raw: number;
  readonly normalized: number;
}

function scored(plugin: SchedulingPlugin, state: CycleState, pod: Pod, fitting: readonly NodeInfo[]): Scored[] {
  const scores: NodeScore[] = fitting.map((node) => ({ name: node.name, score: plugin.score!(state, pod, node) }));
  const raw = scores.map(({ score }) => score);
  plugin.normalizeScores?.(state, pod, scores);
  return scores.map(({ name, score }, position) => ({ name, raw: raw[position]! + 0, normalized: score + 0 }));
}

const verdicts = (plugin: SchedulingPlugin, state: CycleState, pod: Pod, nodes: readonly NodeInfo[]): string[] =>
  nodes.map((node) => `${node.name} ${textOf(plugin.filter!(state, pod, node))}`);

function verdictsAtOnce(plugin: SchedulingPlugin, state: CycleState, pod: Pod, { table }: TestCluster): string[] {
  const found = new TestVerdicts();
  plugin.filterAll!(state, pod, table, found);
  return table.nodes.map(({ name }, index) => `${name} ${textOf(found.statuses[index])}`);
}

const textOf = (status: Status | undefined): string => (status === undefined ? 'success: ' : `${status.code}: ${status.reasons.join(', ')}`);
