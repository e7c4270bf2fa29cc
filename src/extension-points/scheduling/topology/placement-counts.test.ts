import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nothing, selectorFromLabels } from '../../../api/label-selector.ts';
import type { PlacementObserver } from '../contract.ts';
import { testNode, testPod } from '../testing.ts';
import { TestCluster } from '../testing-cluster.ts';
import { everyNode } from './domain-tally.ts';
import type { PlacementCounts } from './placement-counts.ts';
import { placementCountsOf } from './placement-counts.ts';
import type { PodSelection } from './pod-selection.ts';
import { podSelection } from './pod-selection.ts';

const labelled = (name: string, app: string): Pod => {
  const pod = testPod(name);
  return { ...pod, metadata: { ...pod.metadata, labels: { app } } };
};
const ofApp = (app: string): PodSelection =>
  podSelection([{ namespaces: new Set(['default']), namespaceSelector: nothing, selector: selectorFromLabels({ app }) }]);

/** How many pods of an app there are in a zone. */
function count(counts: PlacementCounts, app: string, zone: string): number {
  const numbers = counts.numbersOf('zone');
  return counts.selections.find(ofApp(app)).counts.tally(numbers, everyNode).view().counts.get(numbers.find(zone));
}

it('is shared by all who have the same handle', () => {
  const cluster = new TestCluster();
  assert.equal(placementCountsOf(cluster), placementCountsOf(cluster));
  assert.notEqual(placementCountsOf(cluster), placementCountsOf(new TestCluster()));
});

it('counts right when there are more selections than it keeps', () => {
  const cluster = new TestCluster();
  const counts = placementCountsOf(cluster);
  for (let index = 0; index < 100; index++) cluster.setNode(testNode(`n${index}`, { labels: { zone: index === 99 ? 'z2' : 'z1' } }));
  const apps = Array.from({ length: 2_600 }, (_, index) => `app-${index}`);
  for (const round of [1, 2]) {
    for (const [index, app] of apps.entries()) {
      cluster.addPod(labelled(`${app}-${round}`, app), `n${index % 99}`);
      assert.equal(count(counts, app, 'z1'), round, `${app}, round ${round}`);
    }
    // The first was not used for long; it is counted anew, the last was followed.
    for (const app of [apps[0]!, apps.at(-1)!]) assert.deepEqual([count(counts, app, 'z1'), count(counts, app, 'z2')], [round, 0]);
  }
});

it('does not count twice what is told again', () => {
  const cluster = new TestCluster();
  const told: PlacementObserver[] = [];
  const counts = placementCountsOf({
    informers: cluster.informers,
    observe: (observer) => {
      told.push(observer);
      return cluster.observe(observer);
    },
  });
  cluster.setNode(testNode('a', { labels: { zone: 'z1' } }));
  cluster.addPod(labelled('p', 'x'), 'a');
  assert.equal(count(counts, 'x', 'z1'), 1);
  cluster.observe(told[0]!);
  assert.deepEqual([count(counts, 'x', 'z1'), counts.nodeTotal], [1, 1]);
  const numbers = counts.numbersOf('zone');
  assert.equal(counts.nodeCounts.tally(numbers, everyNode).view().counts.sum, 1);
});
