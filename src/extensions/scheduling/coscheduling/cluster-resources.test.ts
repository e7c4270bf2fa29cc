import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nodeWith, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import { resourceGap } from './cluster-resources.ts';
import { podGroupLabel } from './pod-group-type.ts';

const pod = (name: string, cpu: string, group?: string): Pod => {
  const made = testPod(name, {}, { cpu });
  return group === undefined ? made : { ...made, metadata: { ...made.metadata, labels: { [podGroupLabel]: group } } };
};
const node = (name: string, pods: Pod[], allocatable: Record<string, string> = { cpu: '3', memory: '4Gi', pods: '2', 'example.com/gpu': '1' }) =>
  nodeWith(testNode(name, { allocatable }), ...pods);

describe('the resources of the cluster', () => {
  const cases: { name: string; there: [Pod[], Pod[]]; wanted: Record<string, string>; minMember?: number; want: string | undefined }[] = [
    { name: 'are enough when what is left of all nodes is', there: [[pod('p1', '2')], []], wanted: { cpu: '4' }, want: undefined },
    {
      name: 'are too few when all nodes together lack some',
      there: [[pod('p1', '2')], [pod('p2', '1')]],
      wanted: { cpu: '4' },
      want: 'resource gap: map[cpu:1]',
    },
    { name: 'include what members of the group hold', there: [[pod('p1', '2', 'g')], [pod('p2', '1')]], wanted: { cpu: '4' }, want: undefined },
    {
      name: 'do not include what members of other groups hold',
      there: [[pod('p1', '2', 'h')], [pod('p2', '1')]],
      wanted: { cpu: '4' },
      want: 'resource gap: map[cpu:1]',
    },
    { name: 'include a place for each member', there: [[pod('p1', '1')], []], wanted: {}, minMember: 4, want: 'resource gap: map[pods:1]' },
    { name: 'may be of any kind', there: [[], []], wanted: { 'example.com/gpu': '3', memory: '9Gi' }, want: 'resource gap: map[example.com/gpu:1 memory:1Gi]' },
    { name: 'that no node has are lacking', there: [[], []], wanted: { 'example.com/none': '1' }, want: 'resource gap: map[example.com/none:1]' },
    { name: 'are counted in parts of a CPU', there: [[], []], wanted: { cpu: '6500m' }, want: 'resource gap: map[cpu:500m]' },
  ];
  for (const { name, there, wanted, minMember = 1, want } of cases)
    it(name, () => {
      const nodes = there.map((pods, index) => node(`n${index}`, pods));
      assert.equal(resourceGap({ groupKey: 'default/g', minMember, minResources: wanted }, nodes), want);
    });
});
