import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod, PreferredSchedulingTerm, Taint } from '../api/generated/core-v1.ts';
import { NodeFinder } from '../components/scheduler/find-node.ts';
import { NodeCache } from '../components/scheduler/node-cache.ts';
import { Nominations } from '../components/scheduler/nominations.ts';
import { PlainSearch } from '../components/scheduler/plain-search.ts';
import type { NodeInfo, SchedulingPlugin, Status } from '../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../extension-points/scheduling/contract.ts';
import type { AttemptRecorder } from '../extension-points/scheduling/decision.ts';
import { noDecisions } from '../extension-points/scheduling/decision.ts';
import { fitErrorMessage } from '../extension-points/scheduling/fit-error.ts';
import { SchedulingFramework } from '../extension-points/scheduling/run.ts';
import { seededRandom, testNode, testPod } from '../extension-points/scheduling/testing.ts';
import imageLocality from '../extensions/scheduling/image-locality/image-locality.ts';
import nodeAffinity from '../extensions/scheduling/node-affinity/node-affinity.ts';
import nodePorts from '../extensions/scheduling/node-ports/node-ports.ts';
import nodeResourcesBalancedAllocation from '../extensions/scheduling/node-resources-balanced-allocation/node-resources-balanced-allocation.ts';
import nodeResourcesFit from '../extensions/scheduling/node-resources-fit/node-resources-fit.ts';
import nodeUnschedulable from '../extensions/scheduling/node-unschedulable/node-unschedulable.ts';
import taintToleration from '../extensions/scheduling/taint-toleration/taint-toleration.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';

const labelled = (node: NodeInfo, letter: string): boolean => node.node.metadata.labels?.['letter'] === letter;

/** Not signed, one node at a time: as most plugins of others will be. */
const onePerLetter: SchedulingPlugin = {
  filter: (_state, pod, node) => (pod.metadata.labels?.['picky'] && labelled(node, 'c') ? unschedulable('letter c is not for the picky') : success),
  score: (_state, _pod, node) => (labelled(node, 'b') ? 7 : 3),
};

/** The same, with a batch beside it. */
const crowdShy: SchedulingPlugin = {
  filter: (_state, pod, node) => (pod.metadata.labels?.['shy'] && node.pods.length > 2 ? unschedulable('too many here') : success),
  filterAll(_state, pod, { nodes }, verdicts) {
    if (!pod.metadata.labels?.['shy']) return;
    for (const [index, node] of nodes.entries()) if (!verdicts.isRefused(index) && node.pods.length > 2) verdicts.refuse(index, unschedulable('too many here'));
  },
  score: (_state, _pod, node) => node.pods.length,
  scoreAll(_state, _pod, { nodes }, indexes, scores) {
    for (const [position, index] of indexes.entries()) scores[position] = nodes[index]!.pods.length;
  },
  normalizeScores(_state, _pod, scores) {
    for (const entry of scores) entry.score = Math.max(0, 100 - entry.score * 10);
  },
  normalizeAll(_state, _pod, _table, _indexes, scores) {
    for (const [position, score] of scores.entries()) scores[position] = Math.max(0, 100 - score * 10);
  },
};

interface Seen {
  verdicts: Map<string, string>;
  totals: Map<string, number> | undefined;
}

/** Remembers by name what a search showed. */
function recorderOf(seen: Seen): AttemptRecorder {
  return {
    ...noDecisions.begin(testPod('any'), 1),
    verdicts({ nodeCount, nameOf, statusOf }) {
      for (let index = 0; index < nodeCount; index++) seen.verdicts.set(nameOf(index), textOf(statusOf(index)!));
    },
    scored(scores) {
      seen.totals = new Map(Array.from({ length: scores.count }, (_, index) => [scores.nameOf(index), scores.totalOf(index)]));
    },
  };
}

const textOf = ({ code, plugin, reasons }: Status): string => (code === 'success' ? 'fits' : `${plugin} ${code} ${reasons.join()}`);

/** A cluster that changes at random, and the two ways to search it. */
class Trial {
  readonly #random: () => number;
  readonly #cache = new NodeCache();
  readonly #nominations = new Nominations((node) => this.#cache.table.touch(node));
  readonly #framework: SchedulingFramework;
  readonly #finder: NodeFinder;
  readonly #plain: PlainSearch;
  readonly #placed: Pod[] = [];
  #count = 0;

  constructor(seed: number, others: Record<string, SchedulingPlugin>) {
    this.#random = seededRandom(seed);
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    const plugins: Record<string, SchedulingPlugin> = {
      NodeUnschedulable: nodeUnschedulable(),
      TaintToleration: taintToleration(),
      ...others,
      NodeAffinity: nodeAffinity(),
      NodePorts: nodePorts(),
      NodeResourcesFit: nodeResourcesFit(),
      NodeResourcesBalancedAllocation: nodeResourcesBalancedAllocation(),
      ImageLocality: imageLocality(undefined, this.#cache),
    };
    for (const [name, implementation] of Object.entries(plugins)) point.add({ name, origin: 'test', implementation });
    this.#framework = new SchedulingFramework(point);
    const deps = {
      framework: this.#framework,
      table: this.#cache.table,
      nominations: this.#nominations,
      breathe: () => undefined,
      percentageOfNodesToScore: 100,
      random: this.#random,
    };
    this.#finder = new NodeFinder(deps);
    this.#plain = new PlainSearch(deps);
  }

  /** One random event. */
  change(): void {
    const nodes = this.#cache.snapshot();
    const what = this.#below(12);
    if (nodes.length < 3 || what < 2) return this.#cache.setNode(this.#randomNode(`n${this.#below(25)}`));
    if (what === 2) return this.#cache.removeNode(this.#oneOf(nodes).name);
    if (what === 3 && this.#placed.length > 0) return this.#cache.removePod(this.#placed.splice(this.#below(this.#placed.length), 1)[0]!);
    if (what === 4) return this.#nominations.set({ ...this.#randomPod(), status: { nominatedNodeName: this.#oneOf(nodes).name } });
    if (what === 5 && this.#placed.length > 0) {
      const old = this.#placed.pop()!;
      this.#nominations.delete(old);
      const newer: Pod = { ...old, metadata: { ...old.metadata, labels: { changed: 'yes' } } };
      this.#placed.push(newer);
      return this.#cache.setPod(newer);
    }
    const pod = this.#randomPod();
    const placed: Pod = { ...pod, spec: { ...pod.spec!, nodeName: this.#oneOf(nodes).name } };
    this.#placed.push(placed);
    this.#cache.assume(placed);
  }

  /** Searches for a random pod both ways. */
  async compare(): Promise<void> {
    const pod = this.#randomPod();
    if (this.#below(5) === 0) this.#nominations.set(pod, this.#oneOf(this.#cache.snapshot()).name);
    const seen: Seen = { verdicts: new Map(), totals: undefined };
    const outcome = await this.#finder.find(this.#framework.newState(), pod, recorderOf(seen));
    const state = this.#framework.newState();
    const nodes = this.#cache.snapshot();
    this.#framework.preFilter(state, pod, nodes);
    const failures = new Map<string, Status>();
    const feasible = await this.#plain.feasible(state, pod, nodes, failures);
    const want = new Map(nodes.map(({ name }) => [name, textOf(failures.get(name) ?? success)]));
    assert.deepEqual(sorted(seen.verdicts), sorted(want));
    if (outcome.kind === 'unfit') {
      assert.equal(feasible.length, 0);
      const said = fitErrorMessage({ nodeCount: nodes.length, failures, unschedulablePlugins: new Set(), pendingPlugins: new Set() });
      assert.equal(fitErrorMessage(outcome.diagnosis), said);
      assert.deepEqual(sorted(new Map(outcome.diagnosis.failures)), sorted(failures));
    } else if (feasible.length > 1) {
      const totals = await this.#framework.score(state, pod, feasible, () => undefined);
      assert.deepEqual(sorted(seen.totals!), sorted(new Map(feasible.map(({ name }, index) => [name, totals[index]!]))));
      assert.equal(seen.totals!.get(outcome.nodeName), Math.max(...totals));
    } else assert.equal(outcome.nodeName, feasible[0]!.name);
    this.#nominations.delete(pod);
  }

  #randomNode(name: string): Node {
    const taints: Taint[] =
      this.#below(4) === 0 ? [{ key: 'k', value: this.#oneOf(['1', '2']), effect: this.#oneOf(['NoSchedule', 'PreferNoSchedule'] as const) }] : [];
    return testNode(name, {
      labels: { letter: this.#oneOf(['a', 'b', 'c']) },
      spec: { ...(taints.length > 0 ? { taints } : {}), ...(this.#below(9) === 0 ? { unschedulable: true } : {}) },
      allocatable: { cpu: `${1 + this.#below(4)}`, memory: `${1 + this.#below(4)}Gi`, pods: `${3 + this.#below(4)}` },
      status: { images: this.#below(3) === 0 ? [{ names: ['app:1'], sizeBytes: 300e6 + this.#below(3) * 100e6 }] : [] },
    });
  }

  #randomPod(): Pod {
    const pod = testPod(
      `p${this.#count++}`,
      {
        priority: this.#below(3),
        ...(this.#below(3) === 0 ? { tolerations: [{ key: 'k', operator: 'Exists' }] } : {}),
        ...(this.#below(4) === 0 ? { nodeSelector: { letter: this.#oneOf(['a', 'b']) } } : {}),
        ...(this.#below(3) === 0 ? { affinity: { nodeAffinity: preferring(this.#oneOf(['a', 'c'])) } } : {}),
        containers: [
          {
            name: 'main',
            image: this.#oneOf(['app:1', 'other']),
            ...(this.#below(4) === 0 ? { ports: [{ containerPort: 80, hostPort: this.#oneOf([80, 81]) }] } : {}),
            ...(this.#below(5) > 0 ? { resources: { requests: { cpu: this.#oneOf(['250m', '1', '3']), memory: this.#oneOf(['64Mi', '2Gi']) } } } : {}),
          },
        ],
      },
      {},
    );
    const labels = { ...(this.#below(4) === 0 ? { picky: 'yes' } : {}), ...(this.#below(4) === 0 ? { shy: 'yes' } : {}) };
    return { ...pod, metadata: { ...pod.metadata, labels } };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }
}

const preferring = (letter: string): { preferredDuringSchedulingIgnoredDuringExecution: PreferredSchedulingTerm[] } => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: { matchExpressions: [{ key: 'letter', operator: 'In', values: [letter] }] } }],
});

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([left], [right]) => (left < right ? -1 : 1));

describe('a search that remembers', () => {
  const rosters: Record<string, Record<string, SchedulingPlugin>> = {
    'plugins that sign': {},
    'plugins that sign, that batch and that do neither': { onePerLetter, crowdShy },
  };
  for (const [name, others] of Object.entries(rosters)) {
    it(`finds what asking ${name} node by node finds, whatever happens in between`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const trial = new Trial(seed, others);
        for (let step = 0; step < 120; step++) {
          trial.change();
          if (step > 8) await trial.compare();
        }
      }
    });
  }
});
