import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nothing, parseLabelSelector } from '../../../api/label-selector.ts';
import { nodeWith, testNode, testPod } from '../testing.ts';
import { PodsByLabel } from './pods-by-label.ts';

const labelled = (name: string, labels: Record<string, string>): Pod => {
  const pod = testPod(name);
  return { ...pod, metadata: { ...pod.metadata, labels } };
};

it('visits the pods that a selector may match with their nodes, whatever came and went', () => {
  const [x, y, bare] = [labelled('x', { app: 'x', tier: 'web' }), labelled('y', { app: 'y' }), testPod('bare')];
  const nodes = new Map([['a', nodeWith(testNode('a'), x, bare)]]);
  const pods = new PodsByLabel(nodes);
  const found = (text: string): string[] => {
    const all: string[] = [];
    pods.eachCandidate(parseLabelSelector(text), (pod, node) => all.push(`${pod.metadata.name} on ${node.metadata.name}`));
    return all;
  };
  assert.deepEqual([found('app=x'), found('app in (x,y)'), found('app=y'), found('app')], [['x on a'], ['x on a'], [], ['x on a', 'bare on a']]);
  nodes.set('b', nodeWith(testNode('b'), y));
  pods.podChanged(y, 'b', 1);
  assert.deepEqual([found('app in (x,y)'), found('app=y'), found('tier=web')], [['x on a', 'y on b'], ['y on b'], ['x on a']]);
  nodes.set('a', nodeWith(testNode('a'), bare));
  pods.podChanged(x, 'a', -1);
  assert.deepEqual([found('app in (x,y)'), found('tier=web'), found('')], [['y on b'], [], ['bare on a', 'y on b']]);
  pods.eachCandidate(nothing, () => assert.fail('nothing is meant'));
});

it('looks at all pods once there are many keys', () => {
  const nodes = new Map([['a', nodeWith(testNode('a'), labelled('x', { 'key-1': 'x', 'key-99': 'x' }), testPod('bare'))]]);
  const pods = new PodsByLabel(nodes);
  const count = (text: string): number => {
    let visits = 0;
    pods.eachCandidate(parseLabelSelector(text), () => visits++);
    return visits;
  };
  assert.deepEqual(
    Array.from({ length: 40 }, (_, index) => count(`key-${index}=x`)).filter((visits) => visits > 0),
    [1, ...Array.from({ length: 24 }, () => 2)],
  );
});
