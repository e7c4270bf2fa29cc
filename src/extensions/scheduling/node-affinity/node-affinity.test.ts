import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelectorTerm, PodSpec } from '../../../api/generated/core-v1.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodeAffinity from './node-affinity.ts';

schedulingConformance('NodeAffinity', () => nodeAffinity());

const nodes = [nodeWith(testNode('a', { labels: { zone: 'x', disk: 'ssd' } })), nodeWith(testNode('b', { labels: { zone: 'y' } }))];
const refused = "unschedulable-and-unresolvable: node(s) didn't match Pod's node affinity/selector";
const required = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const named = (...values: string[]): NodeSelectorTerm => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values }] });

describe('node affinity', () => {
  const cases: { name: string; spec: Partial<PodSpec>; want: string[] }[] = [
    { name: 'lets a pod without wishes go anywhere', spec: {}, want: ['fits', 'fits'] },
    { name: 'follows the node selector', spec: { nodeSelector: { disk: 'ssd' } }, want: ['fits', refused] },
    { name: 'follows required terms', spec: required({ matchExpressions: [{ key: 'zone', operator: 'In', values: ['y'] }] }), want: [refused, 'fits'] },
    {
      name: 'wants selector and terms both',
      spec: { ...required({ matchExpressions: [{ key: 'zone', operator: 'In', values: ['y'] }] }), nodeSelector: { disk: 'ssd' } },
      want: [refused, refused],
    },
    { name: 'looks only at the nodes that all terms name', spec: required(named('b')), want: ['left out', 'fits'] },
    {
      name: 'looks at all nodes when a term names none',
      spec: required(named('b'), { matchExpressions: [{ key: 'disk', operator: 'Exists' }] }),
      want: ['fits', 'fits'],
    },
    {
      name: 'refuses terms that name different nodes at once',
      spec: required({ matchFields: [...named('a').matchFields!, ...named('b').matchFields!] }),
      want: ['unschedulable-and-unresolvable: pod affinity terms conflict', 'unschedulable-and-unresolvable: pod affinity terms conflict'],
    },
  ];
  for (const { name, spec, want } of cases) it(name, () => assert.deepEqual(new PluginTrial(nodeAffinity()).filter(testPod('p', spec), nodes), want));

  it('prefers nodes by the weights of the terms they match', async () => {
    const prefer = (weight: number, key: string, value: string) => ({
      weight,
      preference: { matchExpressions: [{ key, operator: 'In' as const, values: [value] }] },
    });
    const pod = testPod('p', {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            prefer(10, 'zone', 'y'),
            prefer(30, 'disk', 'ssd'),
            prefer(10, 'zone', 'x'),
            { weight: 5, preference: {} },
          ],
        },
      },
    });
    assert.deepEqual(await new PluginTrial(nodeAffinity()).score(pod, nodes), [100, 25]);
    assert.deepEqual(await new PluginTrial(nodeAffinity()).score(testPod('p'), nodes), [0, 0]);
  });

  it('adds what the scheduler enforces', () => {
    const plugin = nodeAffinity({
      addedAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['x'] }] }] },
      },
    });
    assert.deepEqual(new PluginTrial(plugin).filter(testPod('p'), nodes), [
      'fits',
      "unschedulable-and-unresolvable: node(s) didn't match scheduler-enforced node affinity",
    ]);
  });
});
