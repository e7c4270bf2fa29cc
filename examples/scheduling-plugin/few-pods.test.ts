import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schedulingConformance } from 'wherry/scheduling/conformance';
import { nodeWith, PluginTrial, testNode, testPod } from 'wherry/scheduling/testing';
import fewPods from './few-pods.ts';

describe('few pods', () => {
  const small = testNode('small', { labels: { size: 'small' } });
  const large = testNode('large');
  const [first, second] = [testPod('first'), testPod('second')];
  const trial = (args?: object): PluginTrial => new PluginTrial(fewPods(args));

  it('run on small nodes only', () => {
    const nodes = [nodeWith(small, first), nodeWith(small, first, second), nodeWith(large, first, second)];
    assert.deepEqual(trial({ most: 2 }).filter(testPod('third'), nodes), ['fits', 'unschedulable: node(s) were small and had enough pods', 'fits']);
  });

  it('are three unless told otherwise', () => {
    assert.deepEqual(trial().filter(testPod('third'), [nodeWith(small, first, second)]), ['fits']);
  });
});

schedulingConformance('few pods', () => fewPods({ most: 1 }));
