import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeResourcesBalancedAllocation from './node-resources-balanced-allocation.ts';

schedulingConformance('NodeResourcesBalancedAllocation', () => nodeResourcesBalancedAllocation());

const allocatable = { cpu: '4', memory: '4Gi', pods: '9' };
const node = (requests: Record<string, string>) => nodeWith(testNode('n', { allocatable }), testPod('there', {}, requests));
const scores = (requests: Record<string, string>, ...nodes: ReturnType<typeof node>[]) =>
  new PluginTrial(nodeResourcesBalancedAllocation()).score(testPod('p', {}, requests), nodes);

it('scores 75 where the balance stays', async () => assert.deepEqual(await scores({ cpu: '1', memory: '1Gi' }, node({ cpu: '1', memory: '1Gi' })), [75]));

it('scores more where the pod evens things out, and less where it does the opposite', async () => {
  assert.deepEqual(await scores({ cpu: '2' }, node({ memory: '2Gi' }), node({ cpu: '2' }), node({})), [87, 62, 62]);
});

it('spans 50 to 100', async () => assert.deepEqual(await scores({ cpu: '4' }, node({ memory: '4Gi' }), node({})), [100, 50]));

it('leaves out pods that ask for nothing', async () => assert.deepEqual(await scores({}, node({ cpu: '2' })), [0]));

it('does not count what a node does not have', async () => {
  const bare = nodeWith(testNode('n', { allocatable: { cpu: '4', pods: '9' } }));
  assert.deepEqual(await scores({ cpu: '4' }, bare), [75]);
});
