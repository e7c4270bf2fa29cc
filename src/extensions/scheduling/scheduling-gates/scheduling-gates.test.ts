import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { testPod } from '../../../extension-points/scheduling/testing.ts';
import schedulingGates from './scheduling-gates.ts';

schedulingConformance('SchedulingGates', schedulingGates);

it('holds a pod with gates and names them', () => {
  const { preEnqueue } = schedulingGates();
  assert.deepEqual(preEnqueue!(testPod('p', { schedulingGates: [{ name: 'foo' }, { name: 'bar' }] })), {
    code: 'unschedulable-and-unresolvable',
    reasons: ['waiting for scheduling gates: [foo bar]'],
  });
  assert.equal(preEnqueue!(testPod('p')).code, 'success');
});

it('looks again only when the gates of the pod itself went', () => {
  const { hint } = schedulingGates().eventsToRegister!()[0]!;
  assert.deepEqual([hint!(testPod('p'), undefined, testPod('p')), hint!(testPod('p'), undefined, testPod('q'))], ['queue', 'skip']);
});
