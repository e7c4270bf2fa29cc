import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Taint, Toleration } from '../../../api/generated/core-v1.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import taintToleration from './taint-toleration.ts';

schedulingConformance('TaintToleration', taintToleration);

const tainted = (...taints: Taint[]) => nodeWith(testNode('n', { spec: { taints } }));
const gpu: Taint = { key: 'gpu', value: 'a100', effect: 'NoSchedule' };

describe('taints', () => {
  const cases: { name: string; taints: Taint[]; tolerations: Toleration[]; fits: boolean }[] = [
    { name: 'keep pods away', taints: [gpu], tolerations: [], fits: false },
    {
      name: 'are tolerated by key, value and effect',
      taints: [gpu],
      tolerations: [{ key: 'gpu', operator: 'Equal', value: 'a100', effect: 'NoSchedule' }],
      fits: true,
    },
    { name: 'are not tolerated by another value', taints: [gpu], tolerations: [{ key: 'gpu', value: 'h200', effect: 'NoSchedule' }], fits: false },
    { name: 'are not tolerated by another effect', taints: [gpu], tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }], fits: false },
    {
      name: 'are tolerated by key alone, in all effects',
      taints: [gpu, { ...gpu, effect: 'NoExecute' }],
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      fits: true,
    },
    { name: 'are all tolerated by Exists without a key', taints: [gpu, { key: 'x', effect: 'NoExecute' }], tolerations: [{ operator: 'Exists' }], fits: true },
    { name: 'do not keep pods away when they only ask to', taints: [{ key: 'x', effect: 'PreferNoSchedule' }], tolerations: [], fits: true },
    {
      name: 'are not tolerated by comparisons, which are off',
      taints: [{ key: 'x', value: '5', effect: 'NoSchedule' }],
      tolerations: [{ key: 'x', operator: 'Gt', value: '1' }],
      fits: false,
    },
  ];
  for (const { name, taints, tolerations, fits } of cases) {
    it(name, () => {
      const want = fits ? 'fits' : 'unschedulable-and-unresolvable: node(s) had untolerated taint(s)';
      assert.deepEqual(new PluginTrial(taintToleration()).filter(testPod('p', { tolerations }), [tainted(...taints)]), [want]);
    });
  }

  it('that ask pods to stay away lower the score', async () => {
    const soft = (key: string): Taint => ({ key, effect: 'PreferNoSchedule' });
    const nodes = [tainted(), tainted(soft('a')), tainted(soft('a'), soft('b')), tainted(soft('tolerated'))];
    assert.deepEqual(
      await new PluginTrial(taintToleration()).score(testPod('p', { tolerations: [{ key: 'tolerated', operator: 'Exists' }] }), nodes),
      [100, 50, 0, 100],
    );
    assert.deepEqual(await new PluginTrial(taintToleration()).score(testPod('p'), [tainted(), tainted()]), [100, 100]);
  });
});
