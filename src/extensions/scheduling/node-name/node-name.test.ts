import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeName from './node-name.ts';

schedulingConformance('NodeName', nodeName);

it('keeps a pod to the node it names', () => {
  const nodes = [nodeWith(testNode('a')), nodeWith(testNode('b'))];
  assert.deepEqual(new PluginTrial(nodeName()).filter(testPod('p', { nodeName: 'b' }), nodes), [
    "unschedulable-and-unresolvable: node(s) didn't match the requested node name",
    'fits',
  ]);
  assert.deepEqual(new PluginTrial(nodeName()).filter(testPod('p'), nodes), ['fits', 'fits']);
});
