import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeUnschedulable from './node-unschedulable.ts';

schedulingConformance('NodeUnschedulable', nodeUnschedulable);

it('leaves out cordoned nodes for pods that do not tolerate it', () => {
  const nodes = [nodeWith(testNode('cordoned', { spec: { unschedulable: true } })), nodeWith(testNode('open'))];
  const filter = (spec: object): string[] => new PluginTrial(nodeUnschedulable()).filter(testPod('p', spec), nodes);
  assert.deepEqual(filter({}), ['unschedulable-and-unresolvable: node(s) were unschedulable', 'fits']);
  assert.deepEqual(filter({ tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }] }), ['fits', 'fits']);
});
