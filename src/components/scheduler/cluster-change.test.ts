import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { testNode, testPod } from '../../extension-points/scheduling/testing.ts';
import { nodeUpdates, podUpdates } from './cluster-change.ts';

describe('what changed of a node', () => {
  const ready = (status: string, lastHeartbeatTime: string): Node => testNode('n', { status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime }] } });
  const cases: { name: string; old: Node; current: Node; want: string[] }[] = [
    { name: 'is nothing for a heartbeat', old: ready('True', '1'), current: ready('True', '2'), want: [] },
    { name: 'is a condition', old: ready('True', '1'), current: ready('False', '1'), want: ['UpdateNodeCondition'] },
    { name: 'is what it has to give', old: testNode('n'), current: testNode('n', { allocatable: { cpu: '9' } }), want: ['UpdateNodeAllocatable'] },
    { name: 'is a label', old: testNode('n'), current: testNode('n', { labels: { a: 'b' } }), want: ['UpdateNodeLabel'] },
    { name: 'is a taint when cordoned', old: testNode('n'), current: testNode('n', { spec: { unschedulable: true } }), want: ['UpdateNodeTaint'] },
  ];
  for (const { name, old, current, want } of cases) it(name, () => assert.deepEqual(nodeUpdates(old, current), want));
});

describe('what changed of a pod', () => {
  const cases: { name: string; old: Pod; current: Pod; want: string[] }[] = [
    { name: 'is nothing for its status', old: testPod('p'), current: { ...testPod('p'), status: { phase: 'Running' } }, want: [] },
    {
      name: 'is a label',
      old: testPod('p'),
      current: { ...testPod('p'), metadata: { ...testPod('p').metadata, labels: { a: 'b' } } },
      want: ['UpdatePodLabel'],
    },
    { name: 'is that it asks for less', old: testPod('p', {}, { cpu: '2' }), current: testPod('p', {}, { cpu: '1' }), want: ['UpdatePodScaleDown'] },
    { name: 'is an update when it asks for more', old: testPod('p', {}, { cpu: '1' }), current: testPod('p', {}, { cpu: '2' }), want: ['Update'] },
    {
      name: 'is that its last gate went',
      old: testPod('p', { schedulingGates: [{ name: 'g' }] }),
      current: testPod('p'),
      want: ['UpdatePodSchedulingGatesEliminated'],
    },
    { name: 'is a toleration', old: testPod('p'), current: testPod('p', { tolerations: [{ operator: 'Exists' }] }), want: ['UpdatePodToleration'] },
  ];
  for (const { name, old, current, want } of cases) it(name, () => assert.deepEqual(podUpdates(old, current), want));
});
