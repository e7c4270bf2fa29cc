import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AttemptRecorder, ExtenderContribution } from '../../extension-points/scheduling/decision.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import { testPod } from '../../extension-points/scheduling/testing.ts';
import { createLog } from '../../kernel/log.ts';
import { bindByExtender } from './bind-by-extender.ts';

const extender = (rest: Partial<SchedulingExtender>): SchedulingExtender => ({ name: 'x', isIgnorable: false, weight: 1, isInterested: () => true, ...rest });
const out = (): Promise<never> => Promise.reject(new Error('out of order'));

it('tells which extender bound a pod, and which were passed over or failed', async () => {
  const said: unknown[] = [];
  const record = { extended: ({ durationMilliseconds: _, ...rest }: ExtenderContribution) => said.push(rest) } as unknown as AttemptRecorder;
  const how = { pod: testPod('p'), nodeName: 'a', signal: new AbortController().signal, log: createLog(() => {}, 'error'), record };
  const deaf = extender({ name: 'deaf', isInterested: () => false, bind: out });
  const spare = extender({ name: 'spare', isIgnorable: true, bind: out });
  assert.equal(await bindByExtender([deaf, spare, extender({ name: 'good', bind: async () => {} }), extender({ name: 'late', bind: out })], how), true);
  await assert.rejects(bindByExtender([extender({ name: 'needed', bind: out })], how), { message: 'out of order' });
  assert.deepEqual(said, [
    { name: 'spare', verb: 'bind', error: 'out of order', isIgnored: true },
    { name: 'good', verb: 'bind' },
    { name: 'needed', verb: 'bind', error: 'out of order' },
  ]);
});
