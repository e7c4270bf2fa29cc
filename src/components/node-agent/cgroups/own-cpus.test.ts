import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testContainer, testPod } from '../testing/pods.ts';
import { podCgroupLimits } from './limits.ts';

it('a pod with CPUs of its own has no quota that would make it wait', () => {
  const limits = { cpu: '2', memory: '1Gi' };
  const pod = testPod({ containers: [testContainer('main', { resources: { limits, requests: limits } })] });
  const quota = (hasOwnCpus: boolean): number | undefined => podCgroupLimits(pod, { hugePageSizes: [], hasOwnCpus: () => hasOwnCpus }).cpuQuotaMicroseconds;
  assert.deepEqual([quota(false), quota(true)], [200_000, undefined]);
});
