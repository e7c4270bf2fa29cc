import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { ClusterEventWithHint } from '../../../extension-points/scheduling/contract.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeResourcesFit from './node-resources-fit.ts';

schedulingConformance('NodeResourcesFit', () => nodeResourcesFit());

const allocatable = { cpu: '4', memory: '4Gi', pods: '3', 'ephemeral-storage': '10Gi', 'example.com/gpu': '2', 'hugepages-2Mi': '8Mi' };
const node = nodeWith(testNode('n', { allocatable }), testPod('there', {}, { cpu: '3', memory: '1Gi', 'example.com/gpu': '1' }));

describe('room on a node', () => {
  const cases: { name: string; requests: Record<string, string>; want: string }[] = [
    { name: 'is enough', requests: { cpu: '1', memory: '3Gi', 'example.com/gpu': '1', 'hugepages-2Mi': '8Mi' }, want: 'fits' },
    { name: 'lacks CPU', requests: { cpu: '1001m' }, want: 'unschedulable: Insufficient cpu' },
    { name: 'lacks several things', requests: { cpu: '2', memory: '3073Mi' }, want: 'unschedulable: Insufficient cpu, Insufficient memory' },
    { name: 'lacks more than there will ever be', requests: { memory: '5Gi' }, want: 'unschedulable-and-unresolvable: Insufficient memory' },
    { name: 'lacks ephemeral storage', requests: { 'ephemeral-storage': '11Gi' }, want: 'unschedulable-and-unresolvable: Insufficient ephemeral-storage' },
    { name: 'lacks an extended resource', requests: { 'example.com/gpu': '2' }, want: 'unschedulable: Insufficient example.com/gpu' },
    { name: 'lacks a resource the node does not have', requests: { 'other.com/gpu': '1' }, want: 'unschedulable-and-unresolvable: Insufficient other.com/gpu' },
    { name: 'lacks huge pages', requests: { 'hugepages-2Mi': '10Mi' }, want: 'unschedulable-and-unresolvable: Insufficient hugepages-2Mi' },
  ];
  for (const { name, requests, want } of cases)
    it(name, () => assert.deepEqual(new PluginTrial(nodeResourcesFit()).filter(testPod('p', {}, requests), [node]), [want]));

  it('ends with the number of pods', () => {
    const full = nodeWith(testNode('n', { allocatable: { pods: '1' } }), testPod('there'));
    assert.deepEqual(new PluginTrial(nodeResourcesFit()).filter(testPod('p'), [full]), ['unschedulable: Too many pods']);
  });

  it('is not looked at for ignored resources', () => {
    const pod = testPod('p', {}, { 'example.com/gpu': '9', 'other.org/x': '1' });
    assert.deepEqual(new PluginTrial(nodeResourcesFit({ ignoredResources: ['other.org/x'], ignoredResourceGroups: ['example.com'] })).filter(pod, [node]), [
      'fits',
    ]);
  });
});

describe('scores by use', () => {
  const empty = nodeWith(testNode('empty', { allocatable: { cpu: '4', memory: '4Gi', pods: '9' } }));
  const used = nodeWith(testNode('used', { allocatable: { cpu: '4', memory: '4Gi', pods: '9' } }), testPod('there', {}, { cpu: '2', memory: '1Gi' }));
  const pod = testPod('p', {}, { cpu: '1', memory: '1Gi' });
  const score = (args: unknown): Promise<number[]> => new PluginTrial(nodeResourcesFit(args)).score(pod, [empty, used]);

  it('prefer empty nodes', async () => assert.deepEqual(await score(undefined), [75, 37]));
  it('prefer full nodes when asked to', async () => assert.deepEqual(await score({ scoringStrategy: { type: 'MostAllocated' } }), [25, 62]));
  it('weigh resources', async () =>
    assert.deepEqual(
      await score({
        scoringStrategy: {
          resources: [
            { name: 'cpu', weight: 3 },
            { name: 'memory', weight: 1 },
          ],
        },
      }),
      [75, 31],
    ));
  it('follow a shape', async () => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ];
    assert.deepEqual(await score({ scoringStrategy: { type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape } } }), [25, 63]);
  });
  it('refuse a strategy that is not known', () =>
    assert.throws(() => nodeResourcesFit({ scoringStrategy: { type: 'Random' } }), /unknown scoring strategy "Random"/));
  it('count containers without requests a little', async () => {
    assert.deepEqual(await new PluginTrial(nodeResourcesFit()).score(testPod('p'), [empty]), [Math.trunc((97 + 95) / 2)]);
  });
});

describe('what may help', () => {
  const hints = nodeResourcesFit().eventsToRegister!();
  const hintOf = (resource: string, action: string): NonNullable<ClusterEventWithHint['hint']> =>
    hints.find(({ event }) => event.resource === resource && (event.actions as readonly string[]).includes(action))!.hint!;
  const pod = testPod('p', {}, { cpu: '2' });

  it('is a node with room, and for a changed node more of what is wanted', () => {
    const hint = hintOf('Node', 'UpdateNodeAllocatable');
    const sized = (cpu: string, memory = '1Gi') => testNode('n', { allocatable: { cpu, memory, pods: '9' } });
    assert.deepEqual(
      [hint(pod, undefined, sized('2')), hint(pod, undefined, sized('1')), hint(pod, sized('2'), sized('4')), hint(pod, sized('2'), sized('2', '2Gi'))],
      ['queue', 'skip', 'queue', 'skip'],
    );
  });

  it('is a running pod that gives back what is wanted', () => {
    const hint = hintOf('AssignedPod', 'UpdatePodScaleDown');
    const using = (cpu: string, memory: string) => testPod('other', { nodeName: 'n' }, { cpu, memory });
    assert.deepEqual([hint(pod, using('2', '2Gi'), using('1', '2Gi')), hint(pod, using('2', '2Gi'), using('2', '1Gi'))], ['queue', 'skip']);
  });
});
